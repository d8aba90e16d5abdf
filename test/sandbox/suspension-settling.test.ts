import { describe, expect, test } from "vitest";
import { createSandbox, defineTool } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { gate } from "./gates.ts";
import { begun, completed, suspendable, suspended } from "./suspended.ts";

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
