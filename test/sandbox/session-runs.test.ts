import { afterAll, describe, expect, test } from "vitest";
import { createRuntime, createSandbox, type SessionRunOptions } from "../../src/index.ts";
import type { Isolation } from "../../src/isolation/index.ts";
import { failureOf, sleep } from "../support.ts";
import { outcomeValue, sessionSandbox, value } from "./sessions.ts";

const { sandbox } = sessionSandbox();
afterAll(() => sandbox.close());

describe("a run of a session", () => {
  test("has input and limits of its own; the sandbox's globals are set up once", async () => {
    const session = sandbox.session({ globals: { extra: { n: 1 } } });
    expect(await value(session, "config.rate = 7; extra.n++; [input, twice.name]", { input: 1 })).toEqual([1, "twice"]);
    expect(await value(session, "[typeof input, config.rate, extra.n, await twice(4)]")).toEqual([
      "undefined",
      7,
      2,
      8,
    ]);
    expect(
      await value(session, "[input, mine, await give()]", { input: 2, globals: { mine: 3, give: () => 4 } }),
    ).toEqual([2, 3, 4]);
    expect(failureOf(await session.run("await give()")).code).toBe("unknown_tool");
    const limited = await session.run("await tools.add(1, 1); await tools.add(1, 1)", { limits: { toolCalls: 1 } });
    expect(failureOf(limited).code).toBe("call_limit");
    expect(await value(session, "await tools.add(1, 1) + await tools.add(1, 1)")).toBe(4);
  });

  test("comes after those that were asked for before, whatever they take", async () => {
    const session = sandbox.session();
    const input = { n: 1 };
    const outcomes = [
      session.run("let order = []; order.push(await tools.slow(1)); order"),
      session.run("order.push(2); order"),
      session.run("order.push(input.n); order", { input }),
    ];
    input.n = 99;
    expect((await Promise.all(outcomes)).map(outcomeValue)).toEqual([[1], [1, 2], [1, 2, 1]]);
  });

  test("is told its own lines, and those of earlier programs by their number", async () => {
    const session = sandbox.session();
    await session.run("let calls = 0\nfunction fail() {\n  throw new Error('no')\n}");
    const outcome = await session.run("1;\n\n  fail()");
    expect(outcome).toMatchObject({
      error: { line: 3, column: 3, stack: "    at fail (program-1.js:3)\n    at <anonymous> (program-2.js:3:3)" },
    });
    expect(failureOf(outcome).frame).toContain("> 3 |   fail()");
    expect(await session.run("\nawait new Promise(() => {})")).toMatchObject({ error: { code: "deadlock", line: 2 } });
    const called = await session.run("\nawait tools.add(1, 2)");
    expect(called.calls).toMatchObject([{ line: 2 }]);
  });

  test("may be cancelled, or run out of time while it waits: the session goes on", async () => {
    const session = sandbox.session();
    await session.run("let a = 1");
    const controller = new AbortController();
    const running = session.run("a = 2; await tools.slow(1); a = 3", { signal: controller.signal });
    await sleep(5);
    controller.abort();
    expect(failureOf(await running).code).toBe("cancelled");
    const late = await session.run("let b = 1; await new Promise((r) => setTimeout(r, 5000)); b = 2", {
      limits: { wallMs: 30 },
    });
    expect(failureOf(late).code).toBe("wall_limit");
    expect(await value(session, "[a, b]")).toEqual([2, 1]);
  });

  test("keeps its own machine, also where that of a cancelled one comes late", async () => {
    const runtime = createRuntime();
    const { isolation } = runtime;
    const delays = [60, 0, 0];
    const slow: Isolation = {
      engineId: isolation.engineId,
      close: () => isolation.close(),
      stats: () => isolation.stats(),
      open: async (need) => {
        await sleep(delays.shift() ?? 0);
        return isolation.open(need);
      },
    };
    await using own = createSandbox({ runtime: { ...runtime, isolation: slow } });
    const session = own.session();
    const controller = new AbortController();
    const cancelled = session.run("1", { signal: controller.signal });
    await sleep(10);
    controller.abort();
    expect(failureOf(await cancelled).code).toBe("cancelled");
    await value(session, "let a = 1; await new Promise((r) => setTimeout(r, 120))");
    expect(await value(session, "a")).toBe(1);
  });

  test("drops what earlier ones left waiting", async () => {
    const session = sandbox.session();
    const first = await session.run(
      "let told = []; tools.slow(1).then(() => told.push('call')); setTimeout(() => told.push('timer'), 1); 1",
    );
    expect(first.warnings).toMatchObject([{ code: "call_aborted" }]);
    await sleep(40);
    expect(await value(session, "await new Promise((r) => setTimeout(r, 10)); told")).toEqual([]);
  });

  test("may yield and emit", async () => {
    const session = sandbox.session();
    const onYield = (n: unknown) => (n as number) * 2;
    expect(await value(session, "const got = yield 1\nconst more = await emit(got)\nmore", { onYield })).toBe(4);
    expect(await value(session, "[got, more]")).toEqual([2, 4]);
  });

  test("is not called where it only declares a function", async () => {
    const session = sandbox.session();
    const outcome = await session.run("let times = 0\nasync function main() { return ++times }");
    expect([outcome.status, outcome.warnings]).toEqual(["completed", []]);
    expect(await value(session, "await main()")).toBe(1);
  });

  test("is refused for misuse only", async () => {
    const session = sandbox.session();
    await expect(session.run(5 as unknown as string)).rejects.toThrow(/expected the source to be a string/);
    await expect(session.run("1", { tenant: "x" } as SessionRunOptions)).rejects.toThrow(/unknown "tenant"/);
    await expect(session.run("1", { limits: { memoryBytes: 1 << 20 } })).rejects.toThrow(/the session's/);
    await expect(session.resume()).rejects.toThrow(/no run of the session is suspended/);
    expect(() => sandbox.session({ snapshots: 1 } as never)).toThrow(/unknown "snapshots"/);
    expect((await session.run("let a = ;")).status).toBe("failed");
    expect(failureOf(await session.run("1", { input: () => 1 })).code).toBe("unserializable");
    expect(await value(session, "1")).toBe(1);
  });
});

describe("a session that lost its machine", () => {
  test.each([
    ["time", "for (;;);", "cpu_limit"],
    ["memory", "let all = []; for (;;) all.push(new Array(10000).fill(7))", "memory_limit"],
    ["yields", "for (;;) emit(1)", "yield_limit"],
  ])("by %s says so, and still gives the state before", async (_name, source, code) => {
    const session = sandbox.session({ limits: { yields: 10, cpuMs: 500, memoryBytes: 8 << 20 } });
    await session.run("let a = 1; function f() { return a }");
    expect(failureOf(await session.run(`a = 2; ${source}`)).code).toBe(code);
    const after = failureOf(await session.run("a"));
    expect([after.code, after.message]).toEqual(["session_ended", expect.stringContaining(code)]);
    const again = sandbox.session({ snapshot: await session.snapshot() });
    expect(await value(again, "f()")).toBe(1);
    expect(await value(await session.fork(), "f()")).toBe(1);
    expect((await session.variables()).map(({ name, preview }) => [name, preview])).toEqual([
      ["a", "1"],
      ["f", "f()"],
    ]);
  });

  test("has not lost it by an ordinary error, a full stack included", async () => {
    const session = sandbox.session();
    expect(failureOf(await session.run("let a = 1; const f = () => f(); f()")).code).toBe("stack_limit");
    expect(await value(session, "a")).toBe(1);
  });

  test("with its sandbox is cancelled, whatever it waits for", async () => {
    const own = createSandbox({ tools: { hang: () => new Promise(() => undefined) } });
    const run = own.session().run("await tools.hang()", { limits: { wallMs: 20_000 } });
    await sleep(20);
    await own.close();
    expect(failureOf(await run)).toMatchObject({
      code: "cancelled",
      message: expect.stringContaining("sandbox was closed"),
    });
  });

  test("by being closed runs nothing more", async () => {
    const session = sandbox.session();
    await session.run("let a = 1");
    const running = session.run("await new Promise((r) => setTimeout(r, 5000))");
    const waiting = session.run("1");
    await sleep(5);
    await session.close();
    expect(failureOf(await running).code).toBe("cancelled");
    expect(failureOf(await waiting).code).toBe("session_ended");
    expect(failureOf(await session.run("a")).code).toBe("session_ended");
    await expect(session.snapshot()).rejects.toThrow(/closed/);
  });

  test("was given bytes that are no snapshot of a session", async () => {
    const bad = sandbox.session({ snapshot: Uint8Array.of(1, 2, 3) });
    expect(failureOf(await bad.run("1")).code).toBe("snapshot_invalid");
    await expect(bad.snapshot()).rejects.toMatchObject({ code: "snapshot_invalid" });
    await expect(bad.variables()).rejects.toMatchObject({ code: "snapshot_invalid" });
    const suspended = await sandbox.run("await tools.refund({ order: 'A' })");
    if (suspended.status !== "suspended") throw new Error("not suspended");
    const run = sandbox.session({ snapshot: suspended.snapshot });
    expect(failureOf(await run.run("1"))).toMatchObject({ code: "snapshot_invalid", message: /sandbox\.resume/ });
    const idle = await sandbox.session().snapshot();
    const resumed = await sandbox.resume(idle).outcome;
    expect(failureOf(resumed)).toMatchObject({ code: "snapshot_invalid", message: /sandbox\.session/ });
    const others = sandbox.session({ snapshot: await sandbox.session({ tenant: "a" }).snapshot(), tenant: "b" });
    expect(failureOf(await others.run("1")).code).toBe("snapshot_key");
  });

  test("with its sandbox is refused", async () => {
    const own = createSandbox();
    const session = own.session();
    await session.run("let a = 1");
    await own.close();
    await expect(session.run("a")).rejects.toThrow(/the sandbox is closed/);
    expect(() => own.session()).toThrow(/the sandbox is closed/);
  });
});
