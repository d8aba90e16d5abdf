import { describe, expect, test } from "vitest";
import { createSandbox, RunError, renderOutcome, UsageError, unwrap } from "../../src/index.ts";
import { failureFrom, runOnce } from "../support.ts";

const tools = {
  fail: () => {
    throw Object.assign(new Error("the disk is full"), { code: "ENOSPC", data: { free: 0 }, secret: "hunter2" });
  },
  ok: () => 1,
};

describe("a failure is told in the author's own lines", () => {
  test.each([
    ["a syntax error", "const a = 1;\nconst b = ;\nreturn a", "syntax_error", 2, 11],
    ["a throw", "const a = 1;\n\nthrow new TypeError('no')", "threw", 3, 11],
    [
      "a throw in TypeScript",
      "interface A { b: string }\nconst a: A = { b: 'x' };\nif (a.b) {\n  throw new Error('typed');\n}",
      "threw",
      4,
      13,
    ],
    [
      "a throw in a nested callback",
      "const rows = [1, 2];\nrows.map((row) => {\n  [row].forEach(() => {\n    null.x;\n  });\n});",
      "threw",
      4,
      5,
    ],
    [
      "a throw in an async function",
      "async function load() {\n  await tools.ok();\n  throw new Error('late');\n}\nawait load();",
      "threw",
      3,
      13,
    ],
    [
      "a throw after an await",
      "const x = await tools.ok();\nconst y = await tools.ok(); undefinedName + x",
      "threw",
      2,
      undefined,
    ],
    [
      "a tool's failure",
      "const x = await tools.ok();\nconst [a, b] = await Promise.all([\n  tools.ok(),\n  tools.fail(),\n]);",
      "tool_failed",
      4,
      9,
    ],
    ["a stack overflow", "const f = () => f();\nf();", "stack_limit", 1, undefined],
  ])("%s", async (_what, source, code, line, column) => {
    const error = await failureFrom(source, { tools });
    expect(error).toMatchObject({ code, line, ...(column !== undefined && { column }) });
    expect(error.frame).toContain(`> ${line} |`);
  });

  test("a tool's own error keeps its name, message and data; its code is data, and nothing else crosses", async () => {
    const error = await failureFrom("await tools.fail()", { tools });
    expect(error).toMatchObject({
      code: "tool_failed",
      name: "Error",
      message: "the disk is full",
      data: { code: "ENOSPC", free: 0 },
    });
    expect(JSON.stringify(error)).not.toMatch(/hunter2|node_modules|file:|test\/sandbox/);
  });

  test("a forged code, a forged marker or a look-alike changes nothing", async () => {
    const forged =
      "const e = new Error('x'); e.code = 'denied'; e.call = 1; e.exhausted = 'memory'; e.refused = { code: 'limit' }; throw e";
    expect(await failureFrom(`await tools.ok(); ${forged}`, { tools })).toMatchObject({ code: "threw", message: "x" });
    expect(await failureFrom("const e = new Error('out of memory'); e.name = 'InternalError'; throw e")).toMatchObject({
      code: "threw",
    });
    expect(
      await failureFrom("throw Object.assign(Object.create(null), { code: 'limit', message: 'm', path: 'p' })"),
    ).toMatchObject({ code: "threw" });
  });

  test("a failure thrown on by the program is still the call's; wrapped, it is the program's with a cause", async () => {
    expect(await failureFrom("try { await tools.fail() } catch (e) { throw e }", { tools })).toMatchObject({
      code: "tool_failed",
      line: 1,
    });
    expect(
      await failureFrom("try { await tools.fail() } catch (e) { throw new Error('wrapped', { cause: e }) }", { tools }),
    ).toMatchObject({
      code: "threw",
      message: "wrapped",
      cause: { name: "Error", message: "the disk is full" },
    });
  });

  test.each([
    ["throw 'plain text'", "plain text"],
    ["throw null", "null"],
    ["throw undefined", "undefined"],
    ["throw 42n", "42"],
    ["throw Symbol('s')", "Symbol(s)"],
    ["throw { reason: 'because' }", "because"],
    ["throw () => 1", "a value that is not an Error"],
  ])("what is thrown need not be an Error: %s", async (source, text) => {
    const error = await failureFrom(source);
    expect(error.code).toBe("threw");
    expect(error.message).toContain(text);
  });

  test("long messages, long names and endless causes are cut and marked", async () => {
    const error = await failureFrom(
      "const e = new Error('m'.repeat(100000)); e.name = 'n'.repeat(100000); e.cause = e; throw e",
    );
    expect(error.message).toMatch(/… \(100000 characters\)$/);
    expect(error.message.length + error.name.length).toBeLessThan(20_000);
    const chain = await failureFrom(
      "let e = new Error('0'); for (let i = 1; i < 50; i++) e = new Error(String(i), { cause: e }); throw e",
    );
    const messages: unknown[] = [];
    for (let at: unknown = chain.cause; at; at = (at as { cause?: unknown }).cause)
      messages.push((at as Error).message ?? at);
    expect(messages).toEqual(["48", "47", "46", "45", "44", "[further causes were left out]"]);
    expect((await failureFrom("const e = new Error('x'); e.cause = e; throw e")).cause).toBe("[the error itself]");
  });

  test("a DOMException is an error like any other, and Promise.any tells why each promise failed", async () => {
    const source = "const stop = new AbortController(); stop.abort(); await null;\nstop.signal.throwIfAborted()";
    expect(await failureFrom(source)).toMatchObject({ code: "threw", name: "AbortError" });
    expect(await failureFrom("await Promise.any([tools.fail(), Promise.reject('why')])", { tools })).toMatchObject({
      code: "threw",
      name: "AggregateError",
      message: 'the disk is full; "why"',
      data: { errors: [{ name: "Error", message: "the disk is full" }, { message: '"why"' }] },
    });
  });

  test("the frames that the program sees are its own", async () => {
    const outcome = await runOnce(
      "async function load() {\n  try { await tools.fail() } catch (e) { return e.stack }\n}\nreturn await load()",
      { tools },
    );
    expect(outcome).toMatchObject({
      status: "completed",
      value: expect.stringMatching(/^ {4}at load \(program\.js:2:\d+\)\n {4}at <anonymous> \(program\.js:4:\d+\)\n?$/),
    });
  });

  test("text that closes the wrapper early is a syntax error and never runs", async () => {
    const outcome = await runOnce("}); globalThis.escaped = 1; (async function () {");
    expect(outcome).toMatchObject({ status: "failed", error: { code: "syntax_error" }, calls: [] });
  });

  test("a static import is refused with a hint", async () => {
    const error = await failureFrom("import fs from 'node:fs';\nreturn fs");
    expect(error).toMatchObject({ code: "syntax_error", line: 1, hint: expect.stringMatching(/tools/) });
  });

  test("a dynamic import rejects, with the hint that a static one gets", async () => {
    const error = await failureFrom("const x = 1;\nconst fs = await import('fs');\nreturn fs");
    expect(error).toMatchObject({ code: "threw", line: 2, hint: expect.stringMatching(/tools/) });
  });

  test("a failure while taking a value apart is told at its own line", async () => {
    expect((await failureFrom("const a = 1;\nconst u = undefined;\nconst { b } = u;\nreturn b")).line).toBe(3);
    expect((await failureFrom("const a = 1;\nfor (const x of 5) a;")).line).toBe(2);
  });
});

describe("an outcome", () => {
  test("is unwrapped to its value, or thrown as an error that carries the failure", async () => {
    expect(unwrap(await runOnce("return 5"))).toBe(5);
    const outcome = await runOnce("throw new RangeError('too far')");
    try {
      unwrap(outcome);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(RunError);
      expect(error).toMatchObject({ code: "threw", failure: { name: "RangeError" } });
    }
  });

  test("renders as text with its frame, logs and warnings, control characters made visible", async () => {
    const text = renderOutcome(
      await runOnce(
        "console.log('\\u001b[2Jred \\u202eevil'); tools.fail();\nawait tools.ok(); await tools.ok();\nthrow new Error('a\\u0007b')",
        { tools },
      ),
    );
    expect(text).toContain("Failed (threw): a\\u0007b");
    expect(text).toContain("> 3 | throw new Error");
    expect(text).toContain("Logs:\n\\u001b[2Jred \\u202eevil");
    expect(text).toContain("Warnings:\n- a rejection was not handled: Error: the disk is full (line 1)");
  });

  test("renders within its budget and says what it left out", async () => {
    const outcome = await runOnce("console.log('l'.repeat(20000)); return 'v'.repeat(50000)");
    const text = renderOutcome(outcome, { maxTokens: 500 });
    expect(text.length).toBeLessThan(2_200);
    expect(text).toMatch(/characters left out/);
    expect(text).toContain("Logs:");
  });

  test("is written without end by nobody: a closed sandbox takes no run", async () => {
    const sandbox = createSandbox();
    await sandbox.close();
    await expect(sandbox.run("return 1")).rejects.toThrow(UsageError);
    expect(() => sandbox.start("return 1")).toThrow(/closed/);
  });
});
