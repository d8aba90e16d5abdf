import { afterEach, describe, expect, test, vi } from "vitest";
import { sleep } from "../support.ts";
import { completed, suspendable, suspended, valueThrough } from "./suspended.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("time, for a program that was suspended", () => {
  test("goes on: sleeps have their remaining time, those that are overdue wake at once, in their order", async () => {
    await using sandbox = suspendable({ sleepInlineMs: 500 });
    const source = `
      const out = []; const wait = (ms) => sleep(ms).then(() => out.push(ms));
      await Promise.all([wait(70), wait(90), wait(80), tools.later()]); return out`;
    const run = sandbox.start(source);
    await run.suspend();
    const outcome = suspended(await run.outcome);
    // The call had not been made yet when the run was suspended.
    const again = await sandbox.resume(outcome.snapshot, {}).outcome;
    const { pending, snapshot } = suspended(again);
    expect(pending.map(({ kind }) => kind)).toEqual(["deferred"]);
    expect(
      completed(await sandbox.resume(snapshot, { answers: { [pending[0]?.id ?? ""]: { value: 1 } } }).outcome),
    ).toEqual([70, 80, 90]);
  });

  test("a timer that fell due while the run was suspended fires after the answers that it waited for", async () => {
    await using sandbox = suspendable({ sleepInlineMs: 0 });
    const source =
      "const out = []; setTimeout(() => out.push('timer'), 5); out.push(await tools.later()); await sleep(0); return out";
    const { snapshot } = suspended(await sandbox.run(source));
    await sleep(15);
    expect(completed(await sandbox.resume(snapshot, { answers: { 2: { value: "answer" } } }).outcome)).toEqual([
      "answer",
      "timer",
    ]);
  });

  test("runs forward only, even where the host's clock is behind", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(
      await sandbox.run(
        "const then = Date.now(); await tools.later(); return [then, Date.now(), new Date().getTime()]",
      ),
    );
    const now = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => now - 86_400_000);
    const [then, later, date] = completed(
      await sandbox.resume(snapshot, { answers: { 1: { value: 1 } } }).outcome,
    ) as number[];
    expect(later).toBeGreaterThanOrEqual(then ?? 0);
    expect(date).toBeGreaterThanOrEqual(later ?? 0);
  });

  test("jumps over what passed meanwhile", async () => {
    await using sandbox = suspendable({ isolation: "inline" });
    const { snapshot } = suspended(
      await sandbox.run("const then = Date.now(); await tools.later(); return Date.now() - then"),
    );
    const now = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => now + 86_400_000);
    expect(completed(await sandbox.resume(snapshot, { answers: { 1: { value: 1 } } }).outcome)).toBeGreaterThanOrEqual(
      86_400_000,
    );
  });

  test("stands where it was fixed, and moves by timers only", async () => {
    await using sandbox = suspendable({ sleepInlineMs: 0 });
    const source =
      "const out = [Date.now()]; await sleep(1_000); out.push(Date.now()); await tools.later(); out.push(Date.now()); return out";
    const first = suspended(await sandbox.run(source, { now: 5_000 }));
    const second = suspended(await sandbox.resume(first.snapshot, { answers: { 1: { value: 1 } } }).outcome);
    expect(completed(await sandbox.resume(second.snapshot, { answers: { 2: { value: 1 } } }).outcome)).toEqual([
      5_000, 6_000, 6_000,
    ]);
  });

  test("aborts by AbortSignal.timeout when it should, and stays in its zone", async () => {
    await using sandbox = suspendable({ sleepInlineMs: 0, timezone: "Europe/Berlin" });
    const source =
      "const s = AbortSignal.timeout(20); await tools.later(); await sleep(30); return [s.aborted, s.reason.name, new Date(0).getHours()]";
    expect(await valueThrough(sandbox, source)).toEqual([true, "TimeoutError", 1]);
  });
});

describe("randomness, for a program that was suspended", () => {
  const source = "const a = Math.random(); await tools.later(); return [a, Math.random(), crypto.randomUUID()]";

  test("is fresh each time it goes on", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run(source, { seed: 1 }));
    const answers = { 1: { value: 1 } };
    const drawn = new Set<unknown>();
    for (let i = 0; i < 3; i++) {
      const [, random, uuid] = completed(await sandbox.resume(snapshot, { answers }).outcome) as unknown[];
      drawn.add(random).add(uuid);
    }
    expect(drawn.size).toBe(6);
  });

  test("repeats with a seed", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run(source, { seed: "s" }));
    const resume = async () =>
      completed(await sandbox.resume(snapshot, { answers: { 1: { value: 1 } }, seed: 9 }).outcome);
    expect(await resume()).toEqual(await resume());
  });
});
