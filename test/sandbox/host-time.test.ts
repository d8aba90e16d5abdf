import { describe, expect, test } from "vitest";
import { createSandbox, defineTool } from "../../src/index.ts";
import { failureOf } from "../support.ts";

describe("the host has its turn", () => {
  for (const isolation of ["thread", "inline"] as const) {
    test(`while a program calls tools that answer at once, without end (${isolation})`, async () => {
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      await using sandbox = createSandbox({
        isolation,
        tools: { add: () => 1 },
        limits: { toolCalls: Number.POSITIVE_INFINITY, wallMs: 400 },
      });
      const outcome = await sandbox.run("for (;;) await tools.add()");
      clearInterval(timer);
      expect(failureOf(outcome).code).toBe("wall_limit");
      expect(ticks).toBeGreaterThan(5);
    });
  }

  test("in the midst of what one turn let out, and all of it comes in order", async () => {
    await using sandbox = createSandbox({ isolation: "inline" });
    const seen: unknown[] = [];
    const outcome = await sandbox.run(
      "const g = (i) => { console.log(i) }; for (let i = 0; i < 500; i++) g(i); for (let i = 0; i < 300; i++) yield i; return 1",
      {
        onYield(value) {
          const until = performance.now() + 0.2;
          while (performance.now() < until);
          seen.push(value);
        },
      },
    );
    expect(outcome).toMatchObject({ status: "completed", value: 1 });
    expect(seen).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(outcome.logs.map(({ values }) => values[0])).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });
});

describe("what would take the host too long", () => {
  test("is refused: an input that a pattern goes through in exponential time", async () => {
    const name = { type: "string", pattern: "^(a+)+$" };
    const find = defineTool({ input: { type: "object", properties: { name } }, run: () => "found" });
    await using sandbox = createSandbox({ tools: { find } });
    const refused = await sandbox.run("await tools.find({ name: 'a'.repeat(40) + '!' })");
    expect(failureOf(refused)).toMatchObject({ code: "invalid_input" });
    expect(failureOf(refused).message).toContain("too long for its pattern");
    expect(await sandbox.run("return await tools.find({ name: 'a'.repeat(40) })")).toMatchObject({ value: "found" });
  });

  test("is refused: a value whose regular expressions are long", async () => {
    await using sandbox = createSandbox();
    const long = await sandbox.run("return Array.from({ length: 20 }, (_, i) => new RegExp('a'.repeat(1000)))");
    expect(failureOf(long)).toMatchObject({ code: "unserializable" });
    const classes = await sandbox.run("return new RegExp('\\\\p{L}'.repeat(101), 'u')");
    expect(failureOf(classes)).toMatchObject({ code: "unserializable" });
    expect(await sandbox.run("return new RegExp('\\\\p{L}'.repeat(99), 'u')")).toMatchObject({ status: "completed" });
  });

  test("is spelled out: a table that is much larger than its rows", async () => {
    await using sandbox = createSandbox();
    const outcome = await sandbox.run(
      "const wide = Object.fromEntries(Array.from({ length: 50 }, (_, i) => ['x'.repeat(59) + i, 0])); console.table([wide, ...Array(900).fill(0)])",
    );
    expect(outcome.logs[0]?.text.length).toBeLessThan(50_000);
  });

  test("is decoded when somebody looks at it: what events and records hold", async () => {
    await using sandbox = createSandbox({ tools: { echo: (value: unknown) => value } });
    const run = sandbox.start("return await tools.echo({ a: 1 })");
    const calls = [];
    for await (const event of run) if (event.type === "call") calls.push(event.call);
    const { calls: records } = await run.outcome;
    const input = (call: object | undefined) => Object.getOwnPropertyDescriptor(call, "input");
    expect(input(calls[0])?.get).toBeTypeOf("function");
    expect(calls.map((call) => call.input)).toEqual(calls.map(() => [{ a: 1 }]));
    expect(input(calls[0])).toMatchObject({ value: [{ a: 1 }], writable: true });
    expect(JSON.parse(JSON.stringify(records[0]))).toMatchObject({ input: [{ a: 1 }], output: { a: 1 } });
  });

  test("leaves the host's own errors their stacks", async () => {
    const { stackTraceLimit } = Error;
    await using sandbox = createSandbox();
    await sandbox.run(
      "return [new Error('a'), new Map([[new Set([1]), new Error('b', { cause: new Map([[1, 2]]) })]])]",
    );
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});
