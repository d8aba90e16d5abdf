import { describe, expect, test } from "vitest";
import { type CallBatch, createSandbox, defineTool, inspectSnapshot, UsageError } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { completed, suspendable, suspended } from "./suspended.ts";

const snapshotKey = new Uint8Array(32).fill(9);

describe("beforeCalls", () => {
  test("is asked at each quiet point about the calls that are about to start, before any does", async () => {
    const order: string[] = [];
    const tools = {
      a: (n: number) => {
        order.push(`a ${n}`);
        return n;
      },
    };
    await using sandbox = createSandbox({ tools });
    const source = "await Promise.all([tools.a(1), tools.a(2)]); await sleep(1); return await tools.a(3)";
    const beforeCalls = async ({ calls }: CallBatch) => {
      await sleep(5);
      order.push(
        `before ${calls.map(({ id, input, kind, line, tool }) => `${tool}#${id} ${input} ${kind} ${line}`).join(", ")}`,
      );
    };
    expect(completed(await sandbox.run(source, { beforeCalls }))).toBe(3);
    expect(order).toEqual([
      "before a#1 1 in_flight 1, a#2 2 in_flight 1",
      "a 1",
      "a 2",
      "before a#4 3 in_flight 1",
      "a 3",
    ]);
  });

  test("gets snapshots in which those calls are in flight, and the run goes on from them", async () => {
    let ran = 0;
    const tools = { pay: () => ++ran, later: defineTool({ run: (_, { defer }) => defer() }) };
    await using sandbox = createSandbox({ tools, snapshotKey });
    const snapshots: Uint8Array[] = [];
    const beforeCalls = async ({ snapshot }: CallBatch) => void snapshots.push(await snapshot());
    const source =
      "console.log('start'); const a = await tools.pay(); console.log('paid', a); return a + await tools.pay()";
    expect(completed(await sandbox.run(source, { beforeCalls, name: "payday" }))).toBe(3);
    expect(snapshots).toHaveLength(2);
    const info = await inspectSnapshot(snapshots[1] as Uint8Array, snapshotKey);
    expect(info).toMatchObject({
      name: "payday",
      pending: [{ id: "2", tool: "pay", kind: "in_flight", line: 1 }],
      usage: { toolCalls: 2 },
    });
    const pendingAgain = suspended(await sandbox.resume(snapshots[1] as Uint8Array).outcome);
    expect(pendingAgain.pending).toMatchObject([{ id: "2", kind: "in_flight" }]);
    const outcome = await sandbox.resume(snapshots[1] as Uint8Array, { answers: { 2: { value: 40 } } }).outcome;
    expect([completed(outcome), ran]).toEqual([41, 2]);
    expect(outcome.logs.map(({ text }) => text)).toEqual(["start", "paid 1"]);
    expect(outcome.calls.map(({ output }) => output)).toEqual([1, 40]);
  });

  test("may take several snapshots, which are alike; none at all costs nothing", async () => {
    await using sandbox = suspendable({ snapshotKey });
    const pairs: Uint8Array[][] = [];
    const outcome = await sandbox.run("return await tools.ok(await tools.ok(1))", {
      beforeCalls: async ({ snapshot }) => void pairs.push(await Promise.all([snapshot(), snapshot()])),
    });
    expect(completed(outcome)).toBe(1);
    for (const pair of pairs) {
      for (const snapshot of pair) {
        const [call] = (await inspectSnapshot(snapshot, snapshotKey)).pending;
        expect(call?.kind).toBe("in_flight");
        expect(
          completed(await sandbox.resume(snapshot, { answers: { [call?.id ?? ""]: { reissue: true } } }).outcome),
        ).toBe(1);
      }
    }
    expect(completed(await sandbox.run("return await tools.ok(1)", { beforeCalls: () => undefined }))).toBe(1);
  });

  test.each<[string, () => void | Promise<void>]>([
    [
      "throws",
      () => {
        throw new Error("the disk is full");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("the disk is full");
      },
    ],
  ])("cancels the run where it %s, and no call starts", async (_what, beforeCalls) => {
    let ran = 0;
    await using sandbox = createSandbox({ tools: { go: () => ++ran } });
    const outcome = await sandbox.run("try { await tools.go() } finally { await tools.go() }", { beforeCalls });
    expect(outcome).toMatchObject({
      status: "failed",
      error: { code: "cancelled", message: expect.stringContaining("the disk is full") },
    });
    expect([ran, outcome.calls.map(({ state }) => state)]).toEqual([0, ["aborted"]]);
  });

  test("gives no snapshot after its time", async () => {
    await using sandbox = suspendable();
    const kept: CallBatch[] = [];
    const outcome = await sandbox.run("await tools.ok(1); return 1", { beforeCalls: (batch) => void kept.push(batch) });
    expect(completed(outcome)).toBe(1);
    await expect(kept[0]?.snapshot()).rejects.toThrow(UsageError);
    const run = sandbox.start("await tools.ok(1)", {
      beforeCalls: async (batch) => {
        kept.push(batch);
        await sleep(20);
      },
    });
    await sleep(5);
    run.cancel();
    await expect(kept[1]?.snapshot()).rejects.toThrow(UsageError);
  });

  test("is answered, not left waiting, if the run ends while a snapshot is taken", async () => {
    await using sandbox = suspendable();
    let said: unknown;
    const done = new Promise<void>((resolve) => {
      const run = sandbox.start("await tools.ok(1)", {
        beforeCalls: async ({ snapshot }) => {
          const taken = snapshot();
          run.cancel();
          said = await taken.then(
            () => "bytes",
            (error: Error) => error.name,
          );
          resolve();
        },
      });
    });
    await done;
    expect(["bytes", "UsageError", "Error"]).toContain(said);
  });

  test("holds the program back: answers and timers that come meanwhile are kept, and are in the snapshot", async () => {
    let answer: (value: string) => void = () => undefined;
    const tools = { slow: () => new Promise<string>((resolve) => (answer = resolve)), quick: () => "quick" };
    await using sandbox = createSandbox({ tools, snapshotKey });
    const taken: Uint8Array[] = [];
    const source = `
      const seen = []; const note = (v) => seen.push(v);
      const slow = tools.slow().then(note); await sleep(1); setTimeout(() => note("timer"), 5);
      await tools.quick().then(note); await slow; await sleep(10); return seen`;
    const outcome = await sandbox.run(source, {
      beforeCalls: async ({ calls, snapshot }) => {
        if (calls[0]?.tool !== "quick") return;
        answer("slow");
        await sleep(15);
        taken.push(await snapshot());
      },
    });
    expect(completed(outcome)).toEqual(["slow", "quick", "timer"]);
    const [{ id } = { id: "" }] = (await inspectSnapshot(taken[0] as Uint8Array, snapshotKey)).pending;
    const again = await sandbox.resume(taken[0] as Uint8Array, { answers: { [id]: { reissue: true } } }).outcome;
    expect(completed(again)).toEqual(["slow", "quick", "timer"]);
    expect(again.calls.map(({ state }) => state)).toEqual(["completed", "completed"]);
  });

  test("is asked about approved, reissued and queued calls of a resumed run too", async () => {
    await using sandbox = suspendable();
    const run = sandbox.start("return await Promise.all([tools.ask(1), tools.ok(2)])");
    await run.suspend();
    const first = suspended(await run.outcome);
    const batches: string[] = [];
    const beforeCalls = ({ calls }: CallBatch) => void batches.push(calls.map(({ tool }) => tool).join());
    const second = suspended(await sandbox.resume(first.snapshot, { beforeCalls }).outcome);
    const third = await sandbox.resume(second.snapshot, { beforeCalls, answers: { 1: { approve: true } } }).outcome;
    expect(completed(third)).toEqual([{ approved: 1 }, 2]);
    expect(batches).toEqual(["ask,ok", "ask"]);
  });

  test("comes before the question of an approval, and before an approved call runs, which isn't asked about again", async () => {
    let ran = 0;
    const go = defineTool({ approval: true, run: () => ++ran });
    await using sandbox = createSandbox({ tools: { go }, snapshotKey });
    const taken: Uint8Array[] = [];
    const beforeCalls = async ({ snapshot }: CallBatch) => void taken.push(await snapshot());
    const asked = suspended(await sandbox.run("return await tools.go()", { beforeCalls }));
    await sandbox.resume(asked.snapshot, { beforeCalls, answers: { 1: { approve: true } } }).outcome;
    expect([taken.length, ran]).toEqual([2, 1]);
    const reissued = async (snapshot: Uint8Array | undefined) =>
      await sandbox.resume(snapshot as Uint8Array, { answers: { 1: { reissue: true } } }).outcome;
    expect(suspended(await reissued(taken[0])).pending).toMatchObject([{ kind: "approval" }]);
    expect(completed(await reissued(taken[1]))).toBe(2);
  });

  test("lists every call that its snapshot holds in flight, those that wait for their turn as well", async () => {
    const tools = {
      slow: async (n: number) => {
        await sleep(10);
        return n;
      },
    };
    await using sandbox = createSandbox({ tools, snapshotKey, limits: { toolCallsInFlight: 1 } });
    const listed: string[][] = [];
    const source =
      "const a = tools.slow(1).then(() => tools.slow(4)); return await Promise.all([a, tools.slow(2), tools.slow(3)])";
    const outcome = await sandbox.run(source, {
      beforeCalls: async ({ snapshot }) => {
        const bytes = await snapshot();
        const { pending } = await inspectSnapshot(bytes, snapshotKey);
        const resumed = suspended(await sandbox.resume(bytes).outcome);
        expect(pending.map(({ id }) => id).sort()).toEqual(resumed.pending.map(({ id }) => id).sort());
        listed.push(pending.map(({ id }) => id));
      },
    });
    expect(completed(outcome)).toEqual([4, 2, 3]);
    expect(listed[0]).toEqual(["1", "2", "3"]);
  });

  test("may suspend the run: no call of the batch starts, and all start when it goes on", async () => {
    let ran = 0;
    await using sandbox = createSandbox({ tools: { go: () => ++ran } });
    const run = sandbox.start("return await tools.go()", { beforeCalls: () => void run.suspend() });
    const { pending, snapshot } = suspended(await run.outcome);
    expect([ran, pending]).toEqual([0, []]);
    expect(completed(await sandbox.resume(snapshot).outcome)).toBe(1);
  });

  test("doesn't outlast settleMs: a run that is told to suspend meanwhile does so, calls in flight or not", async () => {
    const tools = { never: () => new Promise(() => undefined), quick: () => 1 };
    await using sandbox = createSandbox({ tools, settleMs: 10 });
    let first = true;
    const run = sandbox.start("tools.never(); await sleep(1); await tools.quick()", {
      beforeCalls: async () => {
        if (!first) await sleep(40);
        first = false;
      },
    });
    await sleep(15);
    await run.suspend();
    expect(suspended(await run.outcome).pending).toMatchObject([{ tool: "never", kind: "in_flight" }]);
  });

  test("takes no snapshot beyond snapshotBytes", async () => {
    await using sandbox = suspendable({ limits: { snapshotBytes: 4_096 } });
    const source =
      "const big = Array.from({ length: 20_000 }, (_, i) => String(Math.random()) + i); await tools.ok(big.length)";
    const outcome = await sandbox.run(source, { beforeCalls: async ({ snapshot }) => void (await snapshot()) });
    expect(outcome).toMatchObject({ error: { code: "snapshot_limit" } });
  });
});
