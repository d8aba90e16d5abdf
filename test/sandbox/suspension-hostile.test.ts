import { describe, expect, test } from "vitest";
import { createSandbox, type Outcome, type Sandbox } from "../../src/index.ts";
import { failureOf } from "../support.ts";
import { completed, suspendable, suspended, valueThrough } from "./suspended.ts";

/** Resumes with every pending call answered. */
async function answered(sandbox: Sandbox, outcome: Outcome, value: unknown = "v"): Promise<Outcome> {
  const { pending, snapshot } = suspended(outcome);
  return await sandbox.resume(snapshot, { answers: Object.fromEntries(pending.map(({ id }) => [id, { value }])) })
    .outcome;
}

describe("a program that makes much of everything", () => {
  test("keeps ten thousand timers over a suspension, in their order", async () => {
    await using sandbox = suspendable({ sleepInlineMs: 0 });
    const source = `
      let last = -1, sorted = true, n = 0;
      for (let i = 0; i < 9_990; i++) setTimeout(() => { if (i < last) sorted = false; last = i; n++ }, 3_600_000 + i);
      await tools.later(); return [sorted, n]`;
    const first = suspended(await sandbox.run(source));
    expect(first.pending).toHaveLength(9_991);
    expect(
      completed(
        await sandbox.resume(first.snapshot, {
          answers: { [first.pending.find(({ kind }) => kind === "deferred")?.id ?? ""]: { value: 1 } },
        }).outcome,
      ),
    ).toEqual([true, 0]);
    expect(completed(await answered(sandbox, first))).toEqual([true, 0]);
  });

  test("sleeps for a hundred years, or for ever, and is woken by an answer", async () => {
    await using sandbox = suspendable();
    for (const sleeping of [
      "sleep(3_155_760_000_000)",
      "sleep(Infinity)",
      "sleepUntil(8.64e15)",
      "sleepUntil('9999-12-31')",
      "sleep(1e300)",
    ]) {
      const outcome = suspended(await sandbox.run(`await ${sleeping}; return "woken"`));
      expect(outcome.pending[0]?.wakeAt).toBeGreaterThan(Date.now() + 1e12);
      const still = suspended(await sandbox.resume(outcome.snapshot).outcome);
      expect(still.pending).toEqual(outcome.pending);
      expect(completed(await answered(sandbox, still))).toBe("woken");
    }
  });

  test("sleeps for no time or into the past and isn't suspended by it", async () => {
    await using sandbox = createSandbox({ sleepInlineMs: 0 });
    expect(
      completed(await sandbox.run("await sleep(0); await sleep(-5); await sleep(NaN); await sleepUntil(0); return 1")),
    ).toBe(1);
  });

  test("keeps a chain of ten thousand promises", async () => {
    await using sandbox = suspendable();
    const source =
      "let p = tools.later().then(() => 0); for (let i = 0; i < 10_000; i++) p = p.then((n) => n + 1); return await p";
    expect(await valueThrough(sandbox, source, 1)).toBe(10_000);
  });

  test("waits in ten thousand places at once for one answer", async () => {
    await using sandbox = suspendable();
    const source =
      "const one = tools.later(); const all = Array.from({ length: 10_000 }, async (_, i) => { await one; return i }); return (await Promise.all(all)).length";
    expect(await valueThrough(sandbox, source, 1)).toBe(10_000);
  });

  test("leaves hundreds of calls pending with large inputs", async () => {
    await using sandbox = suspendable();
    const source =
      "const all = Array.from({ length: 200 }, (_, i) => tools.later(i + 'x'.repeat(20_000))); return (await Promise.all(all)).join('')";
    const outcome = suspended(await sandbox.run(source));
    expect(outcome.pending).toHaveLength(200);
    expect(outcome.snapshot.length).toBeLessThan(200_000);
    expect(completed(await answered(sandbox, outcome))).toBe("v".repeat(200));
  });

  test("leaves a deep value pending, and one with everything in it", async () => {
    await using sandbox = suspendable();
    const deep = suspended(
      await sandbox.run("let v = 0; for (let i = 0; i < 990; i++) v = [v]; return await tools.later(v)"),
    );
    expect(completed(await answered(sandbox, deep))).toBe("v");
    const rich = suspended(
      await sandbox.run(
        "return await tools.later({ m: new Map([[1, new Set([NaN])]]), d: new Date(1), e: new RangeError('r'), b: 1n, u: undefined, z: -0, bytes: new Uint8Array([1]) })",
      ),
    );
    const again = suspended(await sandbox.resume(rich.snapshot).outcome);
    expect(again.pending).toEqual(rich.pending);
    expect(again.pending[0]?.input).toMatchObject({ m: new Map([[1, new Set([Number.NaN])]]), d: new Date(1), b: 1n });
  });

  test("calls in the turn in which it is suspended, and in the one in which it ends", async () => {
    await using sandbox = suspendable();
    const run = sandbox.start(
      "for (let i = 0; i < 50; i++) tools.ok(i); await tools.later(); tools.ok('lost'); return 1",
    );
    await run.suspend();
    const first = suspended(await run.outcome);
    expect([first.pending, first.calls.length]).toEqual([[], 51]);
    const second = suspended(await sandbox.resume(first.snapshot).outcome);
    const last = await answered(sandbox, second);
    expect([completed(last), last.calls.map(({ state }) => state)]).toEqual([
      1,
      [...Array(51).fill("completed"), "aborted"],
    ]);
    expect(last.warnings).toMatchObject([{ code: "call_aborted" }]);
  });
});

describe("a program that meddles with its world", () => {
  test.each<[string, string]>([
    [
      "plants getters and setters on Object.prototype",
      "for (const k of ['value', 'id', 'then', 'fulfilled', 'callback', 'resolve', 'delayMs', 'length']) Object.defineProperty(Object.prototype, k, { __proto__: null, get() { throw new Error('trap') }, set() { throw new Error('trap') }, configurable: true })",
    ],
    [
      "replaces Promise and its methods",
      "Promise.prototype.then = () => { throw 1 }; Promise.resolve = null; globalThis.Promise = class {}",
    ],
    [
      "replaces Map, JSON, Date and the timers",
      "Map.prototype.get = Map.prototype.set = null; JSON.parse = JSON.stringify = () => '0'; Date.now = () => NaN; globalThis.setTimeout = null; globalThis.sleep = null",
    ],
    [
      "breaks arrays",
      "Array.prototype.push = Array.prototype[Symbol.iterator] = () => { throw 1 }; Object.defineProperty(Array.prototype, '0', { set() { throw 1 }, get() { return 'planted' } })",
    ],
    [
      "freezes all",
      "for (const key of Object.getOwnPropertyNames(globalThis)) { try { Object.freeze(globalThis[key]); Object.freeze(globalThis[key].prototype) } catch {} }",
    ],
    [
      "breaks functions and symbols",
      "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = null; Object.defineProperty = Reflect.apply = null; Error.prototype.toString = null",
    ],
  ])("and %s goes on as before", async (_what, meddle) => {
    await using sandbox = suspendable();
    const source = `const one = tools.later(); ${meddle}; const a = await one; let b; try { await tools.later(2) } catch (e) { b = e.message } return a + ", " + b`;
    const first = suspended(await sandbox.run(source));
    const second = suspended(await answered(sandbox, first));
    const [{ id } = { id: "" }] = second.pending;
    const last = await sandbox.resume(second.snapshot, { answers: { [id]: { error: { message: "no" } } } }).outcome;
    expect(completed(last)).toBe("v, no");
  });

  test("can't see that it was suspended: nothing is caught, no finally runs, no time inside passes", async () => {
    await using sandbox = suspendable();
    const source = `
      const seen = []; const watch = async (f) => { try { return await f() } catch (e) { seen.push("caught " + e) } finally { seen.push("finally") } };
      const registry = new FinalizationRegistry(() => seen.push("collected")); registry.register({}, 1);
      const keys = Object.getOwnPropertyNames(globalThis).join(); const before = new Error().stack;
      const v = await watch(() => tools.later());
      return [v, seen.filter((s) => s !== "collected"), Object.getOwnPropertyNames(globalThis).join() === keys, typeof before]`;
    expect(completed(await answered(sandbox, await sandbox.run(source)))).toEqual(["v", ["finally"], true, "string"]);
  });
});

describe("memory", () => {
  test("near its limit is suspended and goes on; beyond it, the limit holds after resuming", async () => {
    await using sandbox = suspendable({ limits: { memoryBytes: 16 << 20 } });
    const fill = "const kept = []; for (let i = 0; i < 110; i++) kept.push(new Uint8Array(1e5).fill(i));";
    const full = await sandbox.run(`${fill} await tools.later(); return kept.reduce((sum, a) => sum + a[99_999], 0)`);
    expect(completed(await answered(sandbox, full))).toBe(5_995);
    const over = await sandbox.run(`${fill} await tools.later(); for (;;) kept.push(new Uint8Array(1e5).fill(1))`);
    expect(failureOf(await answered(sandbox, over)).code).toBe("memory_limit");
    const large = suspended(await sandbox.run(`${fill} const v = await tools.later(); return v.length`));
    const outcome = await answered(sandbox, large, "x".repeat(4_000_000));
    expect(outcome.status === "completed" ? outcome.value : failureOf(outcome).code).toBeOneOf([
      4_000_000,
      "memory_limit",
    ]);
  });

  test("of a resumed run doesn't reach the next one on the same machine", async () => {
    await using sandbox = suspendable();
    const secret = suspended(await sandbox.run("globalThis.secret = 'planted'; await tools.later(); return secret"));
    for (let i = 0; i < 5; i++) {
      expect(completed(await answered(sandbox, secret))).toBe("planted");
      expect(completed(await sandbox.run("return typeof secret"))).toBe("undefined");
    }
  });
});

describe("a snapshot", () => {
  test("of a program that loops for ever once it goes on ends by its limits", async () => {
    await using sandbox = suspendable({ limits: { cpuMs: 100 } });
    expect(failureOf(await answered(sandbox, await sandbox.run("await tools.later(); for (;;);"))).code).toBe(
      "cpu_limit",
    );
  });

  test("holds no secret of the host: not the context, not what tools keep", async () => {
    await using sandbox = suspendable({ snapshotKey: new Uint8Array(32) });
    const { snapshot } = suspended(await sandbox.run("await tools.later()", { context: { token: "tok-7f3a" } }));
    const state = await sandbox.resume(snapshot).outcome;
    expect(JSON.stringify(state)).not.toContain("tok-7f3a");
    expect(new TextDecoder().decode(snapshot)).not.toContain("tools.later");
  });

  test("of a hundred runs at once, suspended and resumed side by side", async () => {
    await using sandbox = suspendable();
    const outcomes = await Promise.all(
      Array.from(
        { length: 100 },
        async (_, n) => await answered(sandbox, await sandbox.run(`const n = ${n}; await tools.later(); return n`)),
      ),
    );
    expect(outcomes.map(completed)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});
