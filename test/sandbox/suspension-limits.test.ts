import { describe, expect, test, vi } from "vitest";
import { createSandbox, type Limits, Omitted, type Outcome, type Sandbox } from "../../src/index.ts";
import { failureOf, sleep } from "../support.ts";
import { begun, completed, suspendable, suspended } from "./suspended.ts";

/** Runs a program whose deferred calls are answered as soon as they suspend it; gives every outcome on the way. */
async function outcomesOf(sandbox: Sandbox, source: string): Promise<Outcome[]> {
  const outcomes = [await sandbox.run(source)];
  for (let last = outcomes[0]; last?.status === "suspended"; last = outcomes.at(-1)) {
    const answers = Object.fromEntries(last.pending.map(({ id }) => [id, { value: 1 }]));
    outcomes.push(await sandbox.resume(last.snapshot, { answers }).outcome);
  }
  return outcomes;
}

describe("limits go on over suspensions", () => {
  test.each<[keyof Limits, number, string, string]>([
    ["toolCalls", 4, "for (;;) await tools.later()", "call_limit"],
    [
      "cpuMs",
      250,
      "for (;;) { await tools.later(); const end = performance.now() + 60; while (performance.now() < end); }",
      "cpu_limit",
    ],
    ["steps", 60, "for (;;) { await tools.later(); for (let i = 0; i < 20_000; i++); }", "step_limit"],
    ["yields", 3, "for (;;) { await tools.later(); await emit(1) }", "yield_limit"],
    [
      "memoryBytes",
      4 << 20,
      "const kept = []; for (;;) { await tools.later(); kept.push(new Array(60_000).fill({})) }",
      "memory_limit",
    ],
  ])("%s of %d", async (name, limit, source, code) => {
    await using sandbox = suspendable({ limits: { [name]: limit } });
    const outcomes = await outcomesOf(sandbox, source);
    expect(failureOf(outcomes.at(-1) as Outcome).code).toBe(code);
    expect(outcomes.length).toBeGreaterThan(3);
  });

  test("wallMs counts the time of each part, and no time in which the run was suspended", async () => {
    await using sandbox = suspendable({ limits: { wallMs: 400 } });
    const source = "for (let i = 0; i < 9; i++) { await sleep(100); await tools.later() }";
    let outcome = await sandbox.run(source);
    let times = 0;
    for (; outcome.status === "suspended"; times++) {
      await sleep(times === 0 ? 450 : 1);
      const answers = Object.fromEntries(outcome.pending.map(({ id }) => [id, { value: 1 }]));
      outcome = await sandbox.resume(outcome.snapshot, { answers }).outcome;
    }
    expect(failureOf(outcome).code).toBe("wall_limit");
    expect(times).toBeGreaterThan(1);
    expect(times).toBeLessThan(5);
  });

  test("those of the run are kept, whatever the limits of the sandbox that resumes it", async () => {
    const snapshotKey = new Uint8Array(32).fill(1);
    const first = suspendable({ snapshotKey });
    const { snapshot } = suspended(
      await first.run("await tools.later(); await tools.ok(); await tools.ok()", { limits: { toolCalls: 2 } }),
    );
    await first.close();
    await using second = suspendable({ snapshotKey, limits: { toolCalls: 100 } });
    expect(await second.resume(snapshot, { answers: { 1: { value: 1 } } }).outcome).toMatchObject({
      error: { code: "call_limit" },
    });
  });

  test("logs keep their head and their tail, once each", async () => {
    await using sandbox = suspendable({ limits: { logEntries: 6 } });
    const outcomes = await outcomesOf(
      sandbox,
      "for (let i = 0; i < 20; i++) { console.log(i); if (i % 4 === 3) await tools.later() } return 1",
    );
    const told = (outcome: Outcome | undefined) => outcome?.logs.map(({ text }) => Number(text));
    expect(told(outcomes.at(-1))).toEqual([0, 1, 2, 3, 4, 19]);
    expect(outcomes.at(-1)?.warnings).toMatchObject([{ code: "logs_dropped", message: "14 log entries were dropped" }]);
    expect(told(outcomes[0])).toEqual([0, 1, 2, 3]);
    expect(told(outcomes[1])).toEqual([0, 1, 2, 3, 4, 7]);
    expect(outcomes[1]?.warnings).toMatchObject([{ code: "logs_dropped", message: "2 log entries were dropped" }]);
  });

  test("records keep within recordBytes, and what was let go is counted once", async () => {
    await using sandbox = suspendable({ limits: { recordBytes: 500 } });
    const outcomes = await outcomesOf(
      sandbox,
      "for (let i = 0; i < 8; i++) { await tools.ok('x'.repeat(200)); await tools.later() } return 1",
    );
    const { calls, warnings } = outcomes.at(-1) as Outcome;
    const omitted = calls.filter(({ input }) => input instanceof Omitted).length;
    expect([calls.length, omitted > 5]).toEqual([16, true]);
    expect(warnings).toMatchObject([
      { code: "records_omitted", message: `inputs and outputs of ${omitted} calls were not kept` },
    ]);
  });

  test("records of parallel calls that were let go are counted once as well", async () => {
    await using sandbox = createSandbox({ tools: { ok: async (v: unknown) => v }, limits: { recordBytes: 0 } });
    const outcome = await sandbox.run("await Promise.all([1, 2, 3].map((n) => tools.ok(n))); return 1");
    expect(outcome.calls.filter(({ input }) => input instanceof Omitted)).toHaveLength(3);
    expect(outcome.warnings).toMatchObject([{ message: "inputs and outputs of 3 calls were not kept" }]);
  });

  test("usage adds up", async () => {
    await using sandbox = suspendable();
    const outcomes = await outcomesOf(
      sandbox,
      "for (let i = 0; i < 3; i++) { await tools.later('abc'); await emit(i); console.log(i) } return 'v'",
    );
    const last = outcomes.at(-1)?.usage;
    expect(last).toMatchObject({ toolCalls: 3, yields: 3, logEntries: 3, resultBytes: 3 });
    expect(last?.toolInputBytes).toBe((outcomes[0]?.usage.toolInputBytes ?? 0) * 3);
    for (const part of ["wallMs", "cpuMs", "memoryBytes"] as const) {
      const spent = outcomes.map(({ usage }) => usage[part]);
      expect(spent).toEqual(spent.toSorted((a, b) => a - b));
    }
  });

  test("calls in flight: those beyond the limit are queued in the snapshot, and go on one by one", async () => {
    let running = 0;
    let most = 0;
    const slow = async () => {
      most = Math.max(most, ++running);
      await sleep(5);
      running--;
    };
    await using sandbox = createSandbox({ tools: { slow }, limits: { toolCallsInFlight: 2 } });
    const run = sandbox.start("await Promise.all(Array.from({ length: 7 }, () => tools.slow())); return 1");
    await begun(run);
    await run.suspend();
    const outcome = suspended(await run.outcome);
    expect(outcome.calls.map(({ state }) => state)).toEqual(["completed", "completed", ...Array(5).fill("waiting")]);
    expect(completed(await sandbox.resume(outcome.snapshot).outcome)).toBe(1);
    expect(most).toBe(2);
  });
});

describe("a snapshot that is larger than snapshotBytes", () => {
  test("fails the run with snapshot_limit, whose report is whole", async () => {
    await using sandbox = suspendable({ limits: { snapshotBytes: 8_192 } });
    const outcome = await sandbox.run(
      "const big = Array.from({ length: 50_000 }, (_, i) => Math.random()); console.log('before'); await tools.later()",
    );
    expect(outcome).toMatchObject({
      status: "failed",
      error: {
        code: "snapshot_limit",
        name: "LimitError",
        message: expect.stringMatching(/\d+ bytes; 8192 are allowed/),
      },
    });
    expect([outcome.logs.length, outcome.calls.map(({ state }) => state)]).toEqual([1, ["aborted"]]);
    expect(outcome.warnings).toMatchObject([{ code: "call_aborted" }]);
  });

  test("is no matter for a small program", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run("const order = { id: 1, total: 5 }; await tools.ask(order)"));
    expect(snapshot.length).toBeLessThan(8_192);
  });
});

describe("a clock that was set back while the run was suspended", () => {
  test("makes no duration negative", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run("await tools.later()"));
    const now = Date.now();
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now - 3_600_000);
    const outcome = await sandbox.resume(snapshot, { answers: { 1: { value: 1 } } }).outcome;
    clock.mockRestore();
    expect(outcome.calls[0]?.durationMs).toBeGreaterThanOrEqual(0);
  });
});
