import { describe, expect, test } from "vitest";
import { createSandbox, defineTool, type RunEvent } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { gate } from "./gates.ts";
import { begun, completed, suspended } from "./suspended.ts";

describe("a call that is still out after settleMs", () => {
  const keyed = (effect: "once" | "idempotent" | "verifiable") => {
    const seen: string[] = [];
    const slow = defineTool({
      effect,
      run: async (_: unknown, { attempt, idempotencyKey, signal }) => {
        seen.push(`${idempotencyKey} ${attempt}`);
        if (attempt === 1) await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return `attempt ${attempt}`;
      },
    });
    return { seen, sandbox: createSandbox({ tools: { slow }, settleMs: 10 }) };
  };
  const inFlight = async (sandbox: ReturnType<typeof createSandbox>) => {
    const run = sandbox.start("try { return await tools.slow({ n: 1 }) } catch (e) { return e.code }");
    await begun(run);
    await run.suspend();
    return suspended(await run.outcome);
  };

  test("is in flight: it stays pending without an answer, and is issued again by one, under the same key", async () => {
    for (const effect of ["once", "verifiable"] as const) {
      const { sandbox, seen } = keyed(effect);
      const { pending, runId, snapshot } = await inFlight(sandbox);
      expect(pending).toMatchObject([{ id: "1", kind: "in_flight", tool: "slow", input: { n: 1 }, line: 1 }]);
      const again = suspended(await sandbox.resume(snapshot).outcome);
      expect(again.pending).toEqual(pending);
      const outcome = await sandbox.resume(again.snapshot, { answers: { 1: { reissue: true } } }).outcome;
      expect([completed(outcome), seen]).toEqual(["attempt 2", [`${runId}:1 1`, `${runId}:1 2`]]);
      await sandbox.close();
    }
  });

  test("is issued again unasked if its tool is idempotent, unless an answer is given", async () => {
    const { sandbox, seen } = keyed("idempotent");
    const { runId, snapshot } = await inFlight(sandbox);
    expect(completed(await sandbox.resume(snapshot, { answers: { 1: { value: "known" } } }).outcome)).toBe("known");
    expect(seen).toHaveLength(1);
    expect(completed(await sandbox.resume(snapshot).outcome)).toBe("attempt 2");
    expect(seen).toEqual([`${runId}:1 1`, `${runId}:1 2`]);
    await sandbox.close();
  });

  test("may be answered, or failed by outcome_unknown; not approved or denied", async () => {
    const { sandbox } = keyed("once");
    const { snapshot } = await inFlight(sandbox);
    expect(completed(await sandbox.resume(snapshot, { answers: { 1: { value: "it ran" } } }).outcome)).toBe("it ran");
    const unknown = { error: { code: "outcome_unknown", message: "nobody knows" } };
    expect(completed(await sandbox.resume(snapshot, { answers: { 1: unknown } }).outcome)).toBe("outcome_unknown");
    for (const answer of [{ approve: true }, { deny: "no" }] as const) {
      const outcome = suspended(await sandbox.resume(snapshot, { answers: { 1: answer } }).outcome);
      expect(outcome.warnings).toMatchObject([{ code: "answer_ignored" }]);
    }
    await sandbox.close();
  });

  test("is told by its signal that the run was suspended, and its late answer has no effect", async () => {
    const reasons: unknown[] = [];
    const late = gate<string>();
    const slow = defineTool({
      run: (_: unknown, { signal }) => {
        signal.addEventListener("abort", () => reasons.push((signal.reason as Error).message));
        return late.passed;
      },
    });
    await using sandbox = createSandbox({ tools: { slow }, settleMs: 0 });
    const run = sandbox.start("return await tools.slow()");
    await begun(run);
    await run.suspend();
    late.open("late");
    await sleep(1);
    const outcome = suspended(await run.outcome);
    expect([reasons, outcome.calls.map(({ state }) => state)]).toEqual([["the run was suspended"], ["running"]]);
  });
});

describe("an async tool of a resumed run", () => {
  test("gets the context that resuming brought, the same key, and is told that it is another attempt", async () => {
    const seen: unknown[] = [];
    const slow = defineTool({
      run: async (_input: unknown, { attempt, data, idempotencyKey, signal }) => {
        seen.push([attempt, data, idempotencyKey]);
        if (attempt === 1) await new Promise((done) => signal.addEventListener("abort", done));
        return attempt;
      },
    });
    await using sandbox = createSandbox({ tools: { slow }, settleMs: 10 });
    const run = sandbox.start("return await tools.slow()", { context: "one" });
    await sleep(20);
    await run.suspend();
    const { pending, runId, snapshot } = suspended(await run.outcome);
    expect(pending).toMatchObject([{ id: "1", kind: "in_flight", tool: "slow" }]);
    const outcome = await sandbox.resume(snapshot, { context: "two", answers: { 1: { reissue: true } } }).outcome;
    expect(completed(outcome)).toBe(2);
    expect(seen).toEqual([
      [1, "one", `${runId}:1`],
      [2, "two", `${runId}:1`],
    ]);
  });
});

describe("yields of a run that is suspended", () => {
  test("whose answer is out are awaited, and the answer is delivered first", async () => {
    const answer = gate<string>();
    await using sandbox = createSandbox();
    const run = sandbox.start("const a = yield 1; console.log(a); return a", { onYield: () => answer.passed });
    await begun(run);
    void run.suspend();
    answer.open("answer");
    const { logs, pending, snapshot } = suspended(await run.outcome);
    expect([logs, pending]).toEqual([[], []]);
    expect(completed(await sandbox.resume(snapshot).outcome)).toBe("answer");
  });

  test("that stay out are in flight: answered, failed or asked again", async () => {
    await using sandbox = createSandbox({ settleMs: 10 });
    const run = sandbox.start(
      "try { return [yield { n: 1 }] } catch (e) { return [e.name, e.message] } finally { console.log('finally') }",
      { onYield: () => new Promise(() => undefined) },
    );
    await begun(run);
    await run.suspend();
    const { logs, pending, snapshot } = suspended(await run.outcome);
    expect(logs).toEqual([]);
    expect(pending).toMatchObject([{ tool: "yield", kind: "in_flight", input: { n: 1 } }]);
    const [{ id } = { id: "" }] = pending;
    const resumed = async (options: Parameters<typeof sandbox.resume>[1]) =>
      completed(await sandbox.resume(snapshot, options).outcome);
    expect(await resumed({ answers: { [id]: { value: "v" } } })).toEqual(["v"]);
    expect(await resumed({ answers: { [id]: { error: { name: "TypeError", message: "m" } } } })).toEqual([
      "TypeError",
      "m",
    ]);
    expect(await resumed({ answers: { [id]: { reissue: true } }, onYield: (value) => [value] })).toEqual([[{ n: 1 }]]);
    const denied = suspended(await sandbox.resume(snapshot, { answers: { [id]: { deny: "no" } } }).outcome);
    expect([denied.pending, denied.warnings.length]).toEqual([pending, 1]);
  });

  test("made while it was being suspended are not sent out before it goes on", async () => {
    const seen: unknown[] = [];
    await using sandbox = createSandbox();
    const onYield = (value: unknown) => {
      seen.push(value);
      return value;
    };
    const run = sandbox.start("return yield 5", { onYield });
    await run.suspend();
    const { pending, snapshot } = suspended(await run.outcome);
    expect([seen, pending]).toEqual([[], []]);
    const resumed = sandbox.resume(snapshot, { onYield });
    const events: RunEvent[] = [];
    for await (const event of resumed) events.push(event);
    expect([completed(await resumed.outcome), seen, events.map(({ type }) => type)]).toEqual([5, [5], ["yield"]]);
  });
});
