import { describe, expect, test } from "vitest";
import { defineTool, type Outcome, type Sandbox } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { counter, sandboxOf } from "./streaming.ts";

describe("a suspended run", () => {
  const approved = defineTool({ approval: true, run: () => "approved" });

  function resumed(sandbox: Sandbox, outcome: Outcome, answers = {}): Promise<Outcome> {
    if (outcome.status !== "suspended") throw new Error(`the run ${outcome.status}`);
    return sandbox.resume(outcome.snapshot, { answers }).outcome;
  }

  test("loses an open stream: the host closes it, and the next part rejects with the reason", async () => {
    const { count, diary } = counter();
    const sandbox = sandboxOf({ tools: { count, approved } });
    const source = `
      const seen = [];
      try {
        for await (const part of tools.count()) { seen.push(part); seen.push(await tools.approved()) }
      } catch (e) { seen.push([e.code, e.message]) }
      return seen`;
    const suspended = await sandbox.run(source);
    expect(suspended).toMatchObject({
      status: "suspended",
      pending: [{ tool: "approved" }],
      calls: [{ state: "failed", parts: 1, error: { code: "outcome_unknown" } }, { state: "waiting" }],
    });
    await sleep(1);
    expect(diary).toEqual(["makes 1", "is closed"]);
    const outcome = await resumed(sandbox, suspended, { 3: { approve: true } });
    const message = "the run was suspended while this stream was open: its further parts are lost";
    expect(outcome).toMatchObject({
      value: [1, "approved", ["outcome_unknown", message]],
      calls: [{ state: "failed", parts: 1, error: { code: "outcome_unknown" } }, { state: "completed" }],
      warnings: [],
    });
  });

  test("waits for a stream as for any call, and loses a part that takes longer than settleMs", async () => {
    let makesSecond: () => void = () => undefined;
    const second = new Promise<void>((resolve) => {
      makesSecond = resolve;
    });
    async function* slow() {
      yield 1;
      makesSecond();
      await new Promise(() => undefined);
    }
    const sandbox = sandboxOf({ tools: { slow }, settleMs: 20 });
    const run = sandbox.start("for await (const part of tools.slow()) console.log(part)");
    await second;
    await run.suspend();
    const suspended = await run.outcome;
    expect(suspended).toMatchObject({ status: "suspended", pending: [], logs: [{ text: "1" }] });
    expect(await resumed(sandbox, suspended)).toMatchObject({
      status: "failed",
      error: { code: "outcome_unknown", line: 1 },
      calls: [{ state: "failed", parts: 1 }],
    });
  });

  test("keeps a part that arrives within settleMs, for the program to have first when it goes on", async () => {
    const { count, diary } = counter();
    const sandbox = sandboxOf({ tools: { count } });
    const source = `
      const seen = [];
      try { for await (const part of tools.count()) seen.push(part) } catch (e) { seen.push(e.code) }
      return seen`;
    const run = sandbox.start(source);
    while (diary.length === 0) await sleep(0);
    await run.suspend();
    const suspended = await run.outcome;
    expect(suspended).toMatchObject({ status: "suspended", calls: [{ state: "failed", parts: 1 }] });
    expect(diary).toEqual(["makes 1", "is closed"]);
    expect(await resumed(sandbox, suspended)).toMatchObject({ value: [1, "outcome_unknown"] });
  });

  test("suspends although a stream never ends", async () => {
    async function* always() {
      for (;;) yield 1;
    }
    const sandbox = sandboxOf({ tools: { always }, settleMs: 30 });
    const run = sandbox.start("for await (const part of tools.always()) 1");
    await sleep(5);
    await run.suspend();
    expect(await run.outcome).toMatchObject({ status: "suspended" });
  });

  test("of a batch's snapshot has no stream, while the run itself goes on with it", async () => {
    const { count } = counter();
    const snapshots: Uint8Array[] = [];
    const sandbox = sandboxOf({ tools: { count, note: () => "noted" } });
    const source = `
      const seen = [];
      for await (const part of tools.count()) seen.push(part, await tools.note());
      return seen`;
    const outcome = await sandbox.run(source, {
      beforeCalls: async (batch) => void snapshots.push(await batch.snapshot()),
    });
    expect(outcome).toMatchObject({ value: [1, "noted", 2, "noted", 3, "noted"], calls: { length: 4 } });
    const later = sandbox.resume(snapshots[1] as Uint8Array, { answers: { 3: { value: "answered" } } });
    expect(await later.outcome).toMatchObject({
      status: "failed",
      error: { code: "outcome_unknown" },
      calls: [
        { tool: "count", state: "failed", parts: 1 },
        { state: "completed", output: "answered" },
      ],
    });
  });
});

test("a stream that opened while a batch was looked at is lost in its snapshot too", async () => {
  const { count } = counter();
  let open: () => void = () => undefined;
  const late = () =>
    new Promise((resolve) => {
      open = () => resolve(count());
    });
  const sandbox = sandboxOf({ tools: { late, quick: () => 1 } });
  const source = `
    const stream = tools.late();
    await tools.quick();
    const quick = tools.quick();
    const seen = []; for await (const part of stream) seen.push(part);
    return [seen, await quick]`;
  const snapshots: Uint8Array[] = [];
  const outcome = await sandbox.run(source, {
    beforeCalls: async (batch) => {
      if (batch.calls[0]?.tool === "quick") {
        open();
        await sleep(5);
      }
      snapshots.push(await batch.snapshot());
    },
  });
  expect(outcome).toMatchObject({ value: [[1, 2, 3], 1] });
  const later = sandbox.resume(snapshots.at(-1) as Uint8Array, { answers: { 3: { value: 1 } } });
  expect(await later.outcome).toMatchObject({ error: { code: "outcome_unknown", line: 2 } });
});
