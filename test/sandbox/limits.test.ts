import { describe, expect, test } from "vitest";
import { createSandbox, DEFAULT_LIMITS, type Limits, UsageError } from "../../src/index.ts";
import { failureFrom, runOnce, sleep, valueFrom } from "../support.ts";

describe("limits", () => {
  test.each<[keyof Limits, number, string, string]>([
    ["cpuMs", 60, "for (;;);", "cpu_limit"],
    ["wallMs", 60, "await new Promise((done) => setTimeout(done, 9_000))", "wall_limit"],
    ["steps", 50, "for (;;);", "step_limit"],
    ["memoryBytes", 8 << 20, "const a = []; for (;;) a.push(new Uint8Array(1e5).fill(1))", "memory_limit"],
    ["sourceBytes", 20, "return 1; // and a long comment", "source_limit"],
    ["resultBytes", 100, "return 'x'.repeat(101)", "result_limit"],
    ["resultBytes", 100, "return 'é'.repeat(60)", "result_limit"],
    ["toolCalls", 2, "for (;;) await tools.ok()", "call_limit"],
    ["toolInputBytes", 100, "await tools.ok('x'.repeat(101))", "input_limit"],
    ["toolOutputBytes", 100, "await tools.big()", "output_limit"],
    ["yields", 3, "for (let i = 0; i < 10; i++) { try { await emit(i) } catch {} }", "yield_limit"],
  ])("%s of %d ends the run, or rejects the call, with a code of its own: %s", async (name, limit, source, code) => {
    const tools = { ok: () => 1, big: () => "x".repeat(1000) };
    const error = await failureFrom(source, { tools, limits: { [name]: limit } });
    expect(error.code).toBe(code);
    expect(error.message).not.toBe("");
  });

  test("a deep recursion is a RangeError that the program can catch, and stack_limit if it doesn't", async () => {
    expect(
      await valueFrom(
        "const f = (n) => n === 0 ? 0 : 1 + f(n - 1); let r; try { f(1e6) } catch (e) { r = [e instanceof RangeError, e.name] } return [...r, f(300)]",
      ),
    ).toEqual([true, "RangeError", 300]);
    expect((await failureFrom("const f = () => f(); f()")).code).toBe("stack_limit");
  });

  test("memory that ran out can't be used by the next run on the same sandbox", async () => {
    await using sandbox = createSandbox({ limits: { memoryBytes: 4 << 20 } });
    for (let i = 0; i < 3; i++) {
      expect(await sandbox.run("const a = []; for (;;) a.push({ a: [1, 2, 3] })")).toMatchObject({
        error: { code: "memory_limit" },
      });
      expect(await sandbox.run("return 40 + 2")).toMatchObject({ value: 42 });
    }
  });

  test("logs keep their head and their tail, and say how many were dropped", async () => {
    const outcome = await runOnce("for (let i = 0; i < 5000; i++) console.log(i); return 1", {
      limits: { logEntries: 100 },
    });
    expect(outcome.logs).toHaveLength(100);
    expect(outcome.logs.at(0)?.text).toBe("0");
    expect(outcome.logs.at(-1)?.text).toBe("4999");
    expect(outcome.warnings).toMatchObject([{ code: "logs_dropped", message: "4900 log entries were dropped" }]);
    const bytes = await runOnce(
      "for (let i = 0; i < 500; i++) console.log('x'.repeat(1000)); console.log('last'); return 1",
    );
    expect(bytes.usage.logBytes).toBeLessThanOrEqual(DEFAULT_LIMITS.logBytes);
    expect(bytes.logs.at(-1)?.text).toBe("last");
    expect((await runOnce("console.log(1)", { limits: { logEntries: 0 } })).logs).toEqual([]);
  });

  test("time waiting does not count as time inside the machine", async () => {
    const outcome = await runOnce("await tools.wait(150); return 1", {
      tools: { wait: sleep },
      limits: { cpuMs: 100 },
    });
    expect(outcome.status).toBe("completed");
    expect(outcome.usage.wallMs).toBeGreaterThan(outcome.usage.cpuMs);
  });

  test("usage tells what was spent", async () => {
    const tools = { echo: (text: string) => text };
    const outcome = await runOnce(
      "console.log('hello'); await emit(1); for (let i = 0; i < 200000; i++); return await tools.echo('abc')",
      { tools },
    );
    expect(outcome.usage).toMatchObject({
      toolCalls: 1,
      toolInputBytes: 7,
      toolOutputBytes: 5,
      resultBytes: 5,
      logEntries: 1,
      logBytes: 9,
      yields: 1,
      sourceBytes: 101,
    });
    expect(outcome.usage.steps).toBeGreaterThan(5);
    expect(outcome.usage.memoryBytes).toBeGreaterThan(100_000);
  });

  test("a run may set its own, within the same ranges", async () => {
    await using sandbox = createSandbox({ limits: { toolCalls: 1 }, tools: { ok: () => 1 } });
    expect(await sandbox.run("await tools.ok(); return await tools.ok()", { limits: { toolCalls: 2 } })).toMatchObject({
      value: 1,
    });
    expect(await sandbox.run("await tools.ok(); return await tools.ok()")).toMatchObject({
      error: { code: "call_limit" },
    });
  });
});

describe("misuse is thrown as a UsageError that names the option, the expectation and the value", () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      "limits.wallMs out of range",
      () => createSandbox({ limits: { wallMs: 0 } }),
      /limits\.wallMs .* from 1 to 2147483647, got 0 \(number\)/,
    ],
    [
      "limits.memoryBytes too small",
      () => createSandbox({ limits: { memoryBytes: 1000 } }),
      /memoryBytes .* from 1048576 to 1073741824/,
    ],
    [
      "a limit that is no number",
      () => createSandbox({ limits: { cpuMs: "5s" as never } }),
      /limits\.cpuMs .*got "5s" \(string\)/,
    ],
    ["NaN as a limit", () => createSandbox({ limits: { cpuMs: Number.NaN } }), /got NaN/],
    [
      "an unknown limit",
      () => createSandbox({ limits: { timeout: 5 } as never }),
      /unknown "timeout" in limits; known are: wallMs/,
    ],
    ["an unknown option", () => createSandbox({ tool: {} } as never), /unknown "tool" in .*known are: tools/],
    ["options that are no object", () => createSandbox(5 as never), /got 5 \(number\)/],
    ["a tool that is none", () => createSandbox({ tools: { github: { list: 5 } } as never }), /github\.list/],
    ["a tool with a bad name", () => createSandbox({ tools: { "list-issues": () => 1 } }), /list-issues/],
    // biome-ignore lint/suspicious/noThenProperty: that it is refused is what is tested
    ["a reserved tool name", () => createSandbox({ tools: { a: { then: () => 1 } } }), /then/],
    ["a global that hides one of the guest's own", () => createSandbox({ globals: { console: 1 } }), /console/],
    ["a policy that is no function", () => createSandbox({ policy: "allow" as never }), /policy .* function/],
    ["a time zone nobody knows", () => createSandbox({ timezone: "Mars/Base" }), /timezone .*"Mars\/Base"/],
    ["an isolation that does not exist", () => createSandbox({ isolation: "process" as never }), /isolation/],
  ])("%s", (_what, misuse, message) => {
    expect(misuse).toThrow(UsageError);
    expect(misuse).toThrow(message);
  });

  test.each<[string, unknown, unknown, RegExp]>([
    ["a source that is no string", 5, {}, /source to be a string, got 5/],
    ["no source", undefined, {}, /source to be a string, got undefined/],
    ["an unknown run option", "1", { timeout: 1 }, /unknown "timeout"/],
    ["a signal that is none", "1", { signal: {} }, /signal .* AbortSignal/],
    ["a seed that is none", "1", { seed: {} }, /seed/],
    ["a time that is none", "1", { now: "today" }, /now/],
    ["a tenant that is no string", "1", { tenant: 5 }, /tenant/],
  ])("%s", async (_what, source, options, message) => {
    await using sandbox = createSandbox();
    expect(() => sandbox.start(source as never, options as never)).toThrow(message);
    await expect(sandbox.run(source as never, options as never)).rejects.toThrow(UsageError);
  });
});
