import { describe, expect, test } from "vitest";
import { createSandbox, defineTool, inspectSnapshot, type RunEvent } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { begun, completed, suspendable, suspended } from "./suspended.ts";

/** A promise that its maker settles. */
function gate<T = void>() {
  let open: (value: T) => void = () => undefined;
  const passed = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { open: (value: T) => open(value), passed };
}

describe("while a run is being suspended", () => {
  test("calls that are out are awaited, and their answers are delivered first when it goes on", async () => {
    const slow = gate<string>();
    await using sandbox = suspendable({ tools: { slow: () => slow.passed } });
    const run = sandbox.start(
      "const v = await tools.slow(); console.log('got', v); return [v, await tools.ok('next')]",
    );
    await begun(run);
    void run.suspend();
    slow.open("answer");
    const { calls, logs, pending, snapshot } = suspended(await run.outcome);
    expect([logs, pending, calls.map(({ output, state }) => [state, output])]).toEqual([
      [],
      [],
      [["completed", "answer"]],
    ]);
    const outcome = await sandbox.resume(snapshot).outcome;
    expect(completed(outcome)).toEqual(["answer", "next"]);
    expect(outcome.logs.map(({ text }) => text)).toEqual(["got answer"]);
  });

  test("the order in which answers arrived is kept", async () => {
    const [one, two] = [gate<string>(), gate<string>()];
    await using sandbox = suspendable({ tools: { one: () => one.passed, two: () => two.passed } });
    const run = sandbox.start(
      "const seen = []; const note = (v) => seen.push(v); await Promise.all([tools.one().then(note), tools.two().then(note), tools.later().then(note)]); return seen",
    );
    await begun(run);
    void run.suspend();
    two.open("two");
    await sleep(1);
    one.open("one");
    const { snapshot } = suspended(await run.outcome);
    expect(completed(await sandbox.resume(snapshot, { answers: { 3: { value: "later" } } }).outcome)).toEqual([
      "two",
      "one",
      "later",
    ]);
  });

  test("failures of calls are kept as well", async () => {
    const slow = gate();
    const tools = {
      slow: () =>
        slow.passed.then(() => {
          throw Object.assign(new RangeError("no"), { code: "E" });
        }),
    };
    await using sandbox = createSandbox({ tools });
    const run = sandbox.start("try { await tools.slow() } catch (e) { return [e.name, e.code] }");
    await begun(run);
    void run.suspend();
    slow.open();
    expect(completed(await sandbox.resume(suspended(await run.outcome).snapshot).outcome)).toEqual(["RangeError", "E"]);
  });

  test("the program stands: its timers don't fire, and nothing of it runs", async () => {
    const slow = gate<number>();
    await using sandbox = createSandbox({ tools: { slow: () => slow.passed } });
    const run = sandbox.start("let n = 0; setInterval(() => n++, 1); await tools.slow(); return n");
    await sleep(20);
    void run.suspend();
    await sleep(30);
    const before = run.outcome;
    slow.open(1);
    const { snapshot, usage } = suspended(await before);
    const outcome = await sandbox.resume(snapshot).outcome;
    expect(completed(outcome)).toBeLessThanOrEqual(21);
    expect(usage.steps).toBeGreaterThanOrEqual(0);
  });

  test("no new call starts; those that wait for their turn are queued and start in their order when it goes on", async () => {
    const slow = gate<number>();
    const started: number[] = [];
    const tools = {
      slow: (n: number) => {
        started.push(n);
        return n === 0 ? slow.passed : n;
      },
    };
    await using sandbox = createSandbox({ tools, limits: { toolCallsInFlight: 1 } });
    const run = sandbox.start("return await Promise.all([0, 1, 2, 3].map((n) => tools.slow(n)))");
    await begun(run);
    void run.suspend();
    slow.open(9);
    const { calls, pending, snapshot } = suspended(await run.outcome);
    expect([started, pending, calls.map(({ state }) => state)]).toEqual([
      [0],
      [],
      ["completed", "waiting", "waiting", "waiting"],
    ]);
    expect(completed(await sandbox.resume(snapshot).outcome)).toEqual([9, 1, 2, 3]);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  test("a call whose policy takes its time doesn't start any more, and isn't in flight", async () => {
    const verdict = gate<"allow">();
    let ran = 0;
    await using sandbox = createSandbox({ tools: { go: () => ++ran }, policy: () => verdict.passed });
    const run = sandbox.start("return await tools.go()");
    await begun(run);
    void run.suspend();
    verdict.open("allow");
    const { pending, snapshot } = suspended(await run.outcome);
    expect([ran, pending]).toEqual([0, []]);
    expect(completed(await sandbox.resume(snapshot).outcome)).toBe(1);
  });

  test("an approval that a tool turns out to need is left to whoever resumes", async () => {
    const needed = gate<boolean>();
    let ran = 0;
    const go = defineTool({ approval: () => needed.passed, run: () => ++ran });
    await using sandbox = createSandbox({ tools: { go } });
    let asked = 0;
    const run = sandbox.start("return await tools.go()", {
      onApproval: () => {
        asked++;
        return { approve: true };
      },
    });
    await begun(run);
    void run.suspend();
    needed.open(true);
    const { pending, snapshot } = suspended(await run.outcome);
    expect([pending.map(({ kind }) => kind), asked]).toEqual([["approval"], 0]);
    expect(completed(await sandbox.resume(snapshot, { answers: { 1: { approve: true } } }).outcome)).toBe(1);
  });

  test("a call may time out, as ever", async () => {
    const slow = defineTool({ timeoutMs: 20, run: () => new Promise(() => undefined) });
    await using sandbox = createSandbox({ tools: { slow } });
    const run = sandbox.start("try { await tools.slow() } catch (e) { return e.code }");
    await begun(run);
    await run.suspend();
    expect(completed(await sandbox.resume(suspended(await run.outcome).snapshot).outcome)).toBe("call_timeout");
  });

  test("its time goes on, and it can be cancelled", async () => {
    const tools = { never: () => new Promise(() => undefined) };
    await using sandbox = createSandbox({ tools, limits: { wallMs: 60 } });
    const late = sandbox.start("await tools.never()");
    await begun(late);
    await late.suspend();
    expect(await late.outcome).toMatchObject({ error: { code: "wall_limit" } });
    const cancelled = sandbox.start("await tools.never()", { limits: { wallMs: 9_000 } });
    await begun(cancelled);
    const suspending = cancelled.suspend();
    cancelled.cancel("enough");
    await suspending;
    expect(await cancelled.outcome).toMatchObject({
      error: { code: "cancelled", message: expect.stringContaining("enough") },
    });
  });

  test("it can be cancelled while its snapshot is being sealed", async () => {
    await using sandbox = suspendable();
    const run = sandbox.start("await tools.later()");
    for await (const event of run) if (event.type === "call" && event.call.state === "waiting") run.cancel();
    expect(await run.outcome).toMatchObject({ error: { code: "cancelled" }, calls: [{ state: "aborted" }] });
  });

  test("closing the sandbox cancels it, suspending or resuming", async () => {
    const sandbox = suspendable({ tools: { never: () => new Promise(() => undefined) } });
    const { snapshot } = suspended(await sandbox.run("await tools.later(); await tools.never()"));
    const suspending = sandbox.start("await tools.never()");
    void suspending.suspend();
    const opening = sandbox.resume(snapshot, { answers: { 1: { value: 1 } } });
    await sandbox.close();
    expect(await opening.outcome).toMatchObject({ error: { code: "cancelled" } });
    expect(["suspended", "failed"]).toContain((await suspending.outcome).status);
    expect(() => sandbox.resume(snapshot)).toThrow("the sandbox is closed");
  });
});

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

describe("a fork", () => {
  test("has an id and idempotency keys of its own; the run it came from can go on as well", async () => {
    const keys: string[] = [];
    const key = defineTool({
      effect: "idempotent",
      run: (_: unknown, { idempotencyKey, runId }) => {
        keys.push(idempotencyKey);
        return runId;
      },
    });
    const snapshotKey = new Uint8Array(32).fill(3);
    await using sandbox = suspendable({ snapshotKey, tools: { key } });
    const { runId, snapshot } = suspended(
      await sandbox.run(
        "const a = await tools.key(); await tools.later(); const b = await tools.key(); await tools.later(); return [a, b]",
      ),
    );
    const answers = { 2: { value: 1 } };
    const fork = sandbox.resume(snapshot, { answers, fork: true });
    const same = sandbox.resume(snapshot, { answers });
    expect([fork.id === runId, same.id]).toEqual([false, runId]);
    const [forked, kept] = [suspended(await fork.outcome), suspended(await same.outcome)];
    expect([forked.runId, kept.runId]).toEqual([fork.id, runId]);
    expect(keys).toEqual([`${runId}:1`, `${fork.id}:3`, `${runId}:3`]);
    expect((await inspectSnapshot(forked.snapshot, snapshotKey)).runId).toBe(fork.id);
    const on = await sandbox.resume(forked.snapshot, { answers: { 4: { value: 1 } } }).outcome;
    expect([on.runId, completed(on)]).toEqual([fork.id, [runId, fork.id]]);
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
