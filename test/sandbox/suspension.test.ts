import { describe, expect, test } from "vitest";
import { createSandbox, defineTool, inspectSnapshot } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { completed, suspendable, suspended, valueThrough } from "./suspended.ts";

describe("a program that is suspended goes on at its line", () => {
  test.each<[string, string, unknown]>([
    [
      "in the middle of loops, with closures over what they count",
      "const out = []; for (let i = 0; i < 3; i++) { const seen = () => i * 10; out.push(await tools.later(i)); out.push(seen()) } return out",
      ["v", 0, "v", 10, "v", 20],
    ],
    [
      "inside try, catch and finally, which see nothing of it",
      `const seen = [];
       try { try { seen.push(await tools.later()); throw new Error("own") } catch (e) { seen.push(e.message, await tools.later()) } finally { seen.push("finally", await tools.later()) } } finally { seen.push("end") }
       return seen`,
      ["v", "own", "v", "finally", "v", "end"],
    ],
    [
      "with Promise.all, race, allSettled and any half done",
      `const slow = () => tools.later(); const bad = async () => { await tools.later(); throw new RangeError("bad") };
       return [await Promise.all([slow(), 1, slow()]), await Promise.race([slow(), new Promise(() => {})]), (await Promise.allSettled([bad(), slow()])).map((r) => r.status), await Promise.any([bad(), slow()])]`,
      [["v", 1, "v"], "v", ["rejected", "fulfilled"], "v"],
    ],
    [
      "with Maps, Sets, dates and regular expressions in its hands",
      `const m = new Map([["a", new Set([1])]]), d = new Date(5), r = /a/g; r.exec("aa"); await tools.later(); m.get("a").add(2); return [m, d.getTime(), r.lastIndex]`,
      [new Map([["a", new Set([1, 2])]]), 5, 1],
    ],
    [
      "between the steps of generators, sync and async, whose finally runs when it should",
      `const log = []; function* count() { try { for (let i = 0; ; i++) log.push(yield i) } finally { log.push("done") } }
       const g = count(); g.next(); await tools.later(); log.push(g.next("sent").value); await tools.later(); g.return();
       async function* slow() { for (let i = 0; i < 2; i++) yield [i, await tools.later()] }
       for await (const part of slow()) log.push(part); return log`,
      ["sent", 1, "done", [0, "v"], [1, "v"]],
    ],
    [
      "with private fields, getters and inheritance",
      `class A { #n = 1; static made = 0; constructor() { A.made++ } get n() { return this.#n } async grow() { this.#n += (await tools.later()).length; return this } }
       class B extends A { async grow() { await super.grow(); return super.grow() } } return [(await new B().grow()).n, A.made]`,
      [3, 1],
    ],
    [
      "deep in recursion",
      "const sum = async (n) => n === 0 ? (await tools.later()).length : n + await sum(n - 1); return sum(50)",
      1276,
    ],
    [
      "with weak references and weak maps that still hold",
      "const key = {}, weak = new WeakMap([[key, 7]]), ref = new WeakRef(key), set = new WeakSet([key]); await tools.later(); return [weak.get(key), ref.deref() === key, set.has(key)]",
      [7, true, true],
    ],
    [
      "with tagged templates that are the same at each call",
      "const tag = (parts) => parts; const make = () => tag`a${1}b`; const one = make(); await tools.later(); return [one === make(), one.raw.join()]",
      [true, "a,b"],
    ],
    [
      "with microtasks in their order",
      `const log = []; const wait = tools.later().then(() => log.push("answer")); queueMicrotask(() => log.push("before")); await wait;
       queueMicrotask(() => log.push("second")); Promise.resolve().then(() => log.push("third")); log.push("first"); await null; await null; return log`,
      ["before", "answer", "first", "second", "third"],
    ],
    [
      "with symbols, proxies, bound functions and accessors",
      `const s = Symbol("s"), o = { [s]: 1, get twice() { return this[s] * 2 } }; const p = new Proxy(o, { get: (t, k, r) => k === "magic" ? "yes" : Reflect.get(t, k, r) }); const f = function (a) { return [this.x, a] }.bind({ x: 3 }, 4);
       await tools.later(); return [p.magic, p.twice, f(), Symbol.for("a") === Symbol.for("a")]`,
      ["yes", 2, [3, 4], true],
    ],
    [
      "at a top-level yield's side",
      "const a = yield 1; await tools.later(); const b = yield 2; return [a, b]",
      [undefined, undefined],
    ],
    [
      "with an AbortController that others listen to",
      `const c = new AbortController(); const seen = []; c.signal.addEventListener("abort", () => seen.push(c.signal.reason.message)); await tools.later(); c.abort(new Error("own")); return [seen, c.signal.aborted]`,
      [["own"], true],
    ],
    [
      "with bytes, views on them, and numbers too large for others",
      "const b = new Uint8Array([1, 2, 3]); const view = new DataView(b.buffer, 1); const n = 2n ** 80n; await tools.later(); b[1] = 9; return [view.getUint8(0), String(n + 1n)]",
      [9, "1208925819614629174706177"],
    ],
    [
      "with its own globals and changed prototypes",
      "globalThis.mine = 1; Array.prototype.last = function () { return this[this.length - 1] }; await tools.later(); return [mine, [1, 2].last()]",
      [1, 2],
    ],
  ])("%s", async (_what, source, value) => {
    await using sandbox = suspendable();
    expect(await valueThrough(sandbox, source, "v")).toEqual(value);
  });

  test("in another sandbox of another runtime, given the key and the tools", async () => {
    const snapshotKey = crypto.getRandomValues(new Uint8Array(32));
    const first = suspendable({ snapshotKey });
    const { snapshot } = suspended(await first.run("const n = 20; return n + await tools.later()"));
    await first.close();
    await using second = suspendable({ snapshotKey });
    expect(completed(await second.resume(snapshot, { answers: { 1: { value: 22 } } }).outcome)).toBe(42);
  });

  test("and ends with the failure, in the author's lines, that it would have had", async () => {
    await using sandbox = suspendable();
    const source = "const o = null;\nawait tools.later();\nconst f = () =>\n  o.x;\nf()";
    const { snapshot } = suspended(await sandbox.run(source));
    const outcome = await sandbox.resume(snapshot, { answers: { 1: { value: 1 } } }).outcome;
    expect(outcome).toMatchObject({
      error: { code: "threw", name: "TypeError", line: 4, frame: expect.stringContaining("o.x") },
    });
  });

  test("and may wait again for what nobody will settle, which is a deadlock as ever", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run("await tools.later();\nawait new Promise(() => {})"));
    const outcome = await sandbox.resume(snapshot, { answers: { 1: { value: 1 } } }).outcome;
    expect(outcome).toMatchObject({ error: { code: "deadlock", line: 2 } });
  });
});

describe("a run suspends", () => {
  test("by itself when only deferred calls, approvals and long sleeps are out; siblings go on first", async () => {
    await using sandbox = suspendable({ sleepInlineMs: 1_000 });
    const source = `
      const two = async () => [await tools.ok(1), await tools.ok(2)];
      return await Promise.all([tools.later("it"), tools.ask({ n: 1 }),
        sleep(3_600_000), two().then((v) => { console.log(v); return v })])`;
    const outcome = suspended(await sandbox.run(source));
    expect(outcome.logs.map(({ text }) => text)).toEqual(["[1, 2]"]);
    const [later, ask, slept] = outcome.pending;
    expect(later).toMatchObject({ tool: "later", kind: "deferred", input: "it", details: { for: "it" }, line: 3 });
    expect(ask).toMatchObject({ tool: "ask", kind: "approval", input: { n: 1 }, line: 3 });
    expect(slept).toMatchObject({ tool: "sleep", kind: "sleep", input: [3_600_000], line: 4 });
    expect(slept?.wakeAt).toBe((slept?.since ?? 0) + 3_600_000);
    expect(outcome.calls.map(({ state }) => state)).toEqual(["waiting", "waiting", "completed", "completed"]);
    const answers = {
      [later?.id ?? ""]: { value: "a" },
      [ask?.id ?? ""]: { approve: true },
      [slept?.id ?? ""]: { value: undefined },
    } as const;
    const resumed = await sandbox.resume(outcome.snapshot, { answers }).outcome;
    expect(completed(resumed)).toEqual(["a", { approved: { n: 1 } }, undefined, [1, 2]]);
  });

  test("not for a sleep or a timer within sleepInlineMs", async () => {
    await using sandbox = createSandbox({ sleepInlineMs: 1_000 });
    expect(
      completed(await sandbox.run("await sleep(20); return await new Promise((done) => setTimeout(done, 20, 5))")),
    ).toBe(5);
    await using strict = createSandbox({ sleepInlineMs: 0 });
    expect((await strict.run("await sleep(20)")).status).toBe("suspended");
    expect((await strict.run("await sleep(0); return 1")).status).toBe("completed");
  });

  test("where a timer of its own keeps going, only when it is asked to", async () => {
    await using sandbox = suspendable();
    const run = sandbox.start(
      "let n = 0; const every = setInterval(() => n++, 5); const v = await tools.later(); clearInterval(every); return n > 3 ? v : n",
    );
    await sleep(50);
    await run.suspend();
    const { pending, snapshot } = suspended(await run.outcome);
    expect(pending.map(({ kind, tool }) => `${tool} ${kind}`).sort()).toEqual(["later deferred", "setInterval sleep"]);
    expect(
      completed(await sandbox.resume(snapshot, { answers: { 1: { value: "v" }, 2: { value: "v" } } }).outcome),
    ).toBe("v");
  });

  test("at its first wait, if it is asked to before it started; never inside a turn", async () => {
    await using sandbox = suspendable();
    const run = sandbox.start(
      "let n = 0; while (n < 1000) n++; console.log(n); const m = await tools.ok(n); return n + m",
    );
    await run.suspend();
    const { calls, logs, pending, snapshot } = suspended(await run.outcome);
    expect([logs[0]?.text, pending, calls[0]?.state]).toEqual(["1000", [], "waiting"]);
    expect(completed(await sandbox.resume(snapshot).outcome)).toBe(2000);
  });

  test("once, however often it is asked; asking a run that is over changes nothing", async () => {
    await using sandbox = suspendable();
    const run = sandbox.start("return await tools.ok(1)");
    await Promise.all([run.suspend(), run.suspend(), run.suspend()]);
    const { snapshot } = suspended(await run.outcome);
    await run.suspend();
    const resumed = sandbox.resume(snapshot);
    const outcome = await resumed.outcome;
    await resumed.suspend();
    expect([completed(outcome), completed(await resumed.outcome)]).toEqual([1, 1]);
    const quick = sandbox.start("return 1");
    await quick.suspend();
    expect(completed(await quick.outcome)).toBe(1);
  });

  test("by a tool's doing, and a run that fails in the same turn fails", async () => {
    let stop: () => void = () => undefined;
    await using sandbox = suspendable({ tools: { stop: () => stop() } });
    const run = sandbox.start("await tools.stop(); return 'on'");
    stop = () => void run.suspend();
    const { snapshot } = suspended(await run.outcome);
    expect(completed(await sandbox.resume(snapshot).outcome)).toBe("on");
    const failing = sandbox.start("throw new Error('own')");
    await failing.suspend();
    expect(await failing.outcome).toMatchObject({ status: "failed", error: { message: "own" } });
  });

  test("as often as it must, keeping its id and counting generations", async () => {
    const { inspectSnapshot } = await import("../../src/index.ts");
    const snapshotKey = new Uint8Array(32).fill(7);
    await using sandbox = suspendable({ snapshotKey });
    let outcome = suspended(
      await sandbox.run("for (let i = 0; i < 5; i++) await tools.later(i); return 'end'", { name: "five" }),
    );
    const first = outcome.runId;
    for (let generation = 0; generation < 4; generation++) {
      expect(await inspectSnapshot(outcome.snapshot, snapshotKey)).toMatchObject({
        runId: first,
        generation,
        name: "five",
      });
      const [{ id } = { id: "" }] = outcome.pending;
      outcome = suspended(await sandbox.resume(outcome.snapshot, { answers: { [id]: { value: 0 } } }).outcome);
    }
    const [{ id } = { id: "" }] = outcome.pending;
    const end = await sandbox.resume(outcome.snapshot, { answers: { [id]: { value: 0 } } }).outcome;
    expect([completed(end), end.runId, end.calls.length]).toEqual(["end", first, 5]);
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
    expect(keys.toSorted()).toEqual([`${runId}:1`, `${runId}:3`, `${fork.id}:3`].toSorted());
    expect((await inspectSnapshot(forked.snapshot, snapshotKey)).runId).toBe(fork.id);
    const on = await sandbox.resume(forked.snapshot, { answers: { 4: { value: 1 } } }).outcome;
    expect([on.runId, completed(on)]).toEqual([fork.id, [runId, fork.id]]);
  });
});
