import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createSandbox, defineTool, renderOutcome, UsageError } from "../../src/index.ts";
import { failureFrom, runOnce, valueFrom } from "../support.ts";

const unreadable = () => ({
  rows: [
    {
      get id() {
        throw new Error("no");
      },
    },
  ],
});

describe("a careless host", () => {
  test("may change an input after it asked for the run", async () => {
    await using sandbox = createSandbox();
    const input = { n: 0 };
    const runs = [0, 1, 2].map((n) => {
      input.n = n;
      return sandbox.run("return input.n", { input });
    });
    expect((await Promise.all(runs)).map((outcome) => outcome.status === "completed" && outcome.value)).toEqual([
      0, 1, 2,
    ]);
  });

  test("is told the path where an input, a global or an answer cannot be read", async () => {
    expect(await failureFrom("return 1", {}, { input: unreadable() })).toMatchObject({
      code: "unserializable",
      message: "the input at rows[0].id cannot enter the program: not readable: no",
    });
    expect(await failureFrom("return 1", {}, { globals: { bad: { at: Symbol("s") } } })).toMatchObject({
      code: "unserializable",
      message: "the global bad.at cannot enter the program: a symbol",
    });
    expect(await failureFrom("await tools.bad()", { tools: { bad: unreadable } })).toMatchObject({
      code: "unserializable",
      data: { path: "rows[0].id" },
    });
  });

  test("may cancel with any reason", async () => {
    await using sandbox = createSandbox({ tools: { hang: () => new Promise(() => undefined) } });
    const controller = new AbortController();
    const aborted = sandbox.run("await tools.hang()", { signal: controller.signal });
    const run = sandbox.start("await tools.hang()");
    controller.abort(Object.create(null));
    run.cancel(Symbol("why") as never);
    for (const outcome of [await aborted, await run.outcome]) {
      expect(outcome).toMatchObject({ error: { code: "cancelled", message: "the run was cancelled" } });
    }
  });

  test("cannot leak what its policy threw, and cannot change a call by a policy", async () => {
    const leaking = {
      tools: { read: () => 1 },
      policy: () => {
        throw new Error("password hunter2");
      },
    };
    const outcome = await runOnce("return await tools.read().catch((e) => [e.code, e.message, e.cause])", leaking);
    expect(outcome).toMatchObject({ value: ["denied", "read is not allowed here: the policy failed", undefined] });
    expect(outcome.calls[0]?.error?.cause).toMatchObject({ message: "password hunter2" });
    const meddling = {
      tools: { read: (input: { a: number }) => input.a },
      policy: (call: { input: unknown }) => {
        (call.input as { a: number }[])[0]!.a = 99;
        return "allow" as const;
      },
    };
    expect(await valueFrom("return await tools.read({ a: 1 })", meddling)).toBe(1);
    expect(
      (await failureFrom("await tools.read()", { tools: { read: () => 1 }, policy: (() => true) as never })).message,
    ).toMatch(/the policy answered something else/);
  });

  test("is told at once about a runtime, globals or an outcome that is none", () => {
    expect(() => createSandbox({ runtime: {} as never })).toThrow(UsageError);
    expect(() => createSandbox({ globals: [] as never })).toThrow(UsageError);
    expect(() => renderOutcome(5 as never)).toThrow(UsageError);
  });

  test("is told that a class is no tool, and that an object of schemas is no schema", () => {
    class Account {}
    expect(() => createSandbox({ tools: { bank: { Account: Account as never } } })).toThrow(
      /`bank.Account` is a class/,
    );
    expect(() => defineTool({ input: { id: z.string() } as never, run: () => 1 })).toThrow(/wrap it, as in z.object/);
  });
});

describe("a careless program", () => {
  test("may print and ask tools like any object, and keeps a tool's numeric code", async () => {
    const tools = {
      web: {
        get: () => {
          throw Object.assign(new Error("gone"), { code: 404 });
        },
      },
    };
    const source =
      "return [`${tools.web.get}`, String(tools), tools.hasOwnProperty('web'), await tools.web.get().catch((e) => e.code)]";
    expect(await valueFrom(source, { tools })).toEqual(["[tools.web.get]", "[tools]", true, 404]);
  });

  test("that forgets to await is told that the call was never started", async () => {
    let ran = 0;
    const outcome = await runOnce("[1, 2].forEach(async (x) => { await tools.send(x) });\nreturn 'done'", {
      tools: { send: () => ++ran },
    });
    expect(outcome).toMatchObject({
      value: "done",
      warnings: [
        {
          code: "call_aborted",
          message: "2 calls of send were never started: the run ended first; a call must be awaited",
          line: 1,
        },
      ],
    });
    expect(ran).toBe(0);
  });

  test("cannot keep the console busy by its labels", async () => {
    const source =
      "console.count(new Array(2 ** 26)); console.time({ toString() { for (;;); } }); console.count(Symbol()); return 1";
    expect(await valueFrom(source)).toBe(1);
  });

  test("that returns a promise inside a value is told to await it", async () => {
    expect(await failureFrom("return [tools.x()]", { tools: { x: () => 1 } })).toMatchObject({
      code: "unserializable",
      hint: expect.stringMatching(/await/),
    });
  });
});
