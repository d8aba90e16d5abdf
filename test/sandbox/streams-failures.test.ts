import { describe, expect, test } from "vitest";
import { defineTool, type SandboxOptions } from "../../src/index.ts";
import { failureFrom, runOnce } from "../support.ts";

describe("a stream that fails", () => {
  async function* failing() {
    yield 1;
    throw Object.assign(new RangeError("broke"), { code: "E_PART", data: { at: 2 } });
  }

  test("rejects the part that was asked for, and ends", async () => {
    const source = `
      const it = await tools.failing();
      const steps = [await it.next()];
      try { await it.next() } catch (e) { steps.push([e instanceof RangeError, e.message, e.code, e.data.at]) }
      return [...steps, await it.next()]`;
    const outcome = await runOnce(source, { tools: { failing } });
    expect(outcome).toMatchObject({
      value: [{ value: 1 }, [true, "broke", "E_PART", 2], { done: true }],
      calls: [{ state: "failed", parts: 1, error: { code: "tool_failed", name: "RangeError", message: "broke" } }],
    });
  });

  test("fails the program that doesn't catch it, at the line of the call", async () => {
    const source = "const a = 1;\nfor await (const part of tools.failing()) {\n  a + part;\n}";
    expect(await failureFrom(source, { tools: { failing } })).toMatchObject({
      code: "tool_failed",
      message: "broke",
      line: 2,
      data: { at: 2, code: "E_PART" },
    });
  });

  test("fails like any call where it never begins", async () => {
    const tools = {
      throws: () => {
        throw new Error("not today");
      },
      strict: defineTool({ input: { type: "number" }, run: async function* () {} }),
      broken: () => ({
        [Symbol.asyncIterator]() {
          throw new Error("no iterator");
        },
      }),
    };
    const reading = (call: string) => failureFrom(`for await (const part of ${call}) 1`, { tools });
    expect(await reading("tools.throws()")).toMatchObject({ code: "tool_failed", message: "not today", line: 1 });
    expect(await reading("tools.strict('x')")).toMatchObject({ code: "invalid_input", line: 1 });
    expect(await reading("tools.broken()")).toMatchObject({ code: "tool_failed", message: "no iterator" });
    expect(await reading("tools.unknown()")).toMatchObject({ code: "unknown_tool" });
  });

  test.each([
    ["is larger than toolOutputBytes", () => "x".repeat(2_000), "output_limit"],
    ["cannot cross", () => () => 1, "unserializable"],
    ["breaks the output schema", () => 7, "invalid_output"],
  ])("because a part %s ends the generator", async (_why, part, code) => {
    const diary: string[] = [];
    const parts = defineTool({
      output: { type: "string" },
      async *run() {
        try {
          yield "fits";
          yield part() as string;
        } finally {
          diary.push("closed");
        }
      },
    });
    if (code === "unserializable") expect(await failingWith({ parts: unchecked(part, diary) })).toBe(code);
    else expect(await failingWith({ parts })).toBe(code);
    expect(diary).toEqual(["closed"]);
  });

  async function failingWith(tools: NonNullable<SandboxOptions["tools"]>): Promise<unknown> {
    const source = `
      const seen = [];
      try { for await (const part of tools.parts()) seen.push(part) } catch (e) { seen.push(e.code) }
      return seen`;
    const outcome = await runOnce(source, { tools, limits: { toolOutputBytes: 1_000 } });
    const [first, code] = (outcome as { value: unknown[] }).value;
    expect(first).toBe("fits");
    expect(outcome.calls).toMatchObject([{ state: "failed", parts: 1, error: { code } }]);
    return code;
  }

  function unchecked(part: () => unknown, diary: string[]) {
    return async function* () {
      try {
        yield "fits";
        yield part();
      } finally {
        diary.push("closed");
      }
    };
  }

  test("because a part took longer than timeoutMs is aborted; the time that the program takes doesn't count", async () => {
    const signals: AbortSignal[] = [];
    const slow = defineTool({
      timeoutMs: 60,
      async *run(_input: unknown, { signal }) {
        signals.push(signal);
        yield 1;
        yield 2;
        await new Promise(() => undefined);
      },
    });
    const source = `
      const seen = [];
      for await (const part of tools.slow()) { seen.push(part); await new Promise((done) => setTimeout(done, 80)) }`;
    const outcome = await runOnce(source, { tools: { slow } });
    expect(outcome).toMatchObject({
      error: { code: "call_timeout", message: "slow did not answer within 60 ms" },
      calls: [{ state: "failed", parts: 2 }],
    });
    expect(signals[0]?.aborted).toBe(true);
  });

  test("because it tries to defer a part says so", async () => {
    const deferring = defineTool({
      async *run(_input: unknown, context) {
        yield 1;
        context.defer();
      },
    });
    expect(await failureFrom("for await (const part of tools.deferring()) 1", { tools: { deferring } })).toMatchObject({
      code: "tool_failed",
      message: "deferring cannot defer a part of its stream",
    });
  });

  test("because its iterator is none fails the call", async () => {
    const tools = { odd: () => ({ [Symbol.asyncIterator]: () => ({ next: () => 5 }) }) };
    expect(await failureFrom("for await (const part of tools.odd()) 1", { tools })).toMatchObject({
      code: "tool_failed",
      message: "the stream's next() gave no object",
    });
  });
});
