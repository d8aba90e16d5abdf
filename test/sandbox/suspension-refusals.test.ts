import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  createSandbox,
  defineTool,
  type Outcome,
  type ResumeOptions,
  type RunEvent,
  type SandboxOptions,
  type ToolTree,
  UsageError,
} from "../../src/index.ts";
import { openSnapshot, sealSnapshot } from "../../src/snapshots/index.ts";
import { failureOf } from "../support.ts";
import { completed, suspendable, suspended, waitingTools } from "./suspended.ts";

const KEY = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);

/** A snapshot of a program that waits, as a sandbox of these options makes it. */
async function snapshotOf(options: SandboxOptions = {}, tenant?: string): Promise<Uint8Array> {
  await using sandbox = suspendable({ snapshotKey: KEY, ...options });
  const run = { ...(tenant !== undefined && { tenant }) };
  return suspended(await sandbox.run("return await tools.later()", run)).snapshot;
}

async function resumed(snapshot: unknown, options: SandboxOptions = {}, how: ResumeOptions = {}): Promise<Outcome> {
  await using sandbox = suspendable({ snapshotKey: KEY, ...options });
  return await sandbox.resume(snapshot as Uint8Array, { answers: { 1: { value: "on" } }, ...how }).outcome;
}

describe("bytes that are no snapshot of ours end as failed outcomes, never as throws", () => {
  test.each<[string, (good: Uint8Array) => unknown]>([
    ["none at all", () => new Uint8Array()],
    ["one byte", () => new Uint8Array(1)],
    ["zeros", () => new Uint8Array(5_000)],
    ["text", () => new TextEncoder().encode("not a snapshot, but quite a long text".repeat(50))],
    ["half of one", (good) => good.slice(0, good.length >> 1)],
    ["one without its last byte", (good) => good.slice(0, -1)],
    ["one with a byte more", (good) => Uint8Array.from([...good, 0])],
    ["one whose last byte is another", (good) => good.with(good.length - 1, (good.at(-1) ?? 0) ^ 1)],
    ["one whose middle is another", (good) => good.with(good.length >> 1, (good[good.length >> 1] ?? 0) ^ 1)],
    ["undefined", () => undefined],
    ["null", () => null],
    ["a text in place of bytes", () => "snapshot"],
    ["a number", () => 5],
    ["a list of numbers", (good) => [...good]],
    ["a plain object", () => ({ length: 5_000 })],
  ])("%s", async (_what, make) => {
    const outcome = await resumed(make(await snapshotOf()));
    expect(failureOf(outcome).code).toBe("snapshot_invalid");
    expect(outcome).toMatchObject({ status: "failed", logs: [], calls: [], usage: { cpuMs: 0 } });
    expect(outcome.runId).not.toBe("");
  });

  test("with an event stream that ends, and cancel and suspend that do nothing", async () => {
    await using sandbox = suspendable();
    const run = sandbox.resume(new Uint8Array(10));
    run.cancel();
    await run.suspend();
    const events: RunEvent[] = [];
    for await (const event of run) events.push(event);
    expect(events).toEqual([]);
    expect(failureOf(await run.outcome).code).toBe("snapshot_invalid");
  });

  test("while bytes in a larger buffer, of a Buffer or in a bare ArrayBuffer are as good as any", async () => {
    const good = await snapshotOf();
    const wide = new Uint8Array(good.length + 100);
    wide.set(good, 33);
    expect(completed(await resumed(wide.subarray(33, 33 + good.length)))).toBe("on");
    expect(completed(await resumed(Buffer.from(good)))).toBe("on");
    expect(completed(await resumed(good.slice().buffer))).toBe("on");
  });
});

describe("a snapshot is refused", () => {
  test("by another key, and opened by any of a list", async () => {
    const good = await snapshotOf();
    expect(failureOf(await resumed(good, { snapshotKey: OTHER })).code).toBe("snapshot_key");
    expect(failureOf(await resumed(good, { snapshotKey: [OTHER] })).code).toBe("snapshot_key");
    expect(completed(await resumed(good, { snapshotKey: [OTHER, KEY] }))).toBe("on");
    const own = suspendable();
    const { snapshot } = suspended(await own.run("await tools.later()"));
    await using another = suspendable();
    expect(failureOf(await another.resume(snapshot).outcome).code).toBe("snapshot_key");
  });

  test("for another tenant, for none, and for a tenant where it had none", async () => {
    const good = await snapshotOf({}, "acme");
    for (const tenant of ["other", ""])
      expect(failureOf(await resumed(good, {}, { tenant })).code).toBe("snapshot_key");
    expect(failureOf(await resumed(good)).code).toBe("snapshot_key");
    expect(completed(await resumed(good, {}, { tenant: "acme" }))).toBe("on");
    expect(failureOf(await resumed(await snapshotOf(), {}, { tenant: "acme" })).code).toBe("snapshot_key");
  });

  test("of another engine build, which it names; the bytes are refused before a machine sees them", async () => {
    const opened = await openSnapshot(await snapshotOf(), [KEY], undefined);
    const other = { ...opened, engine: "another", delta: { ...opened.delta, engine: "another" } };
    const outcome = await resumed(await sealSnapshot(other, KEY));
    expect(failureOf(outcome)).toMatchObject({ code: "snapshot_engine", data: { engine: "another" } });
    expect(failureOf(outcome).message).toContain("engines");
  });

  test("of a session, with a word about what goes on with it", async () => {
    const opened = await openSnapshot(await snapshotOf(), [KEY], undefined);
    const session = await sealSnapshot({ ...opened, meta: { ...opened.meta, kind: "session" } }, KEY);
    expect(failureOf(await resumed(session))).toMatchObject({
      code: "snapshot_invalid",
      message: expect.stringContaining("session"),
    });
  });

  test("where a function of the run's own globals is not brought again; data of them stays what it was", async () => {
    await using sandbox = suspendable();
    const source = "await tools.later(); return [rate, await now()]";
    const { snapshot } = suspended(await sandbox.run(source, { globals: { rate: 2, now: () => "then" } }));
    const answers = { 1: { value: 1 } };
    expect(failureOf(await sandbox.resume(snapshot, { answers }).outcome)).toMatchObject({
      code: "snapshot_tools",
      data: { gone: ["now"] },
    });
    const brought = sandbox.resume(snapshot, { answers, globals: { rate: 9, now: () => "now" } });
    expect(completed(await brought.outcome)).toEqual([2, "now"]);
  });

  test("without telling whose it is", async () => {
    const outcome = await resumed(await snapshotOf({}, "acme-secret"), { snapshotKey: OTHER });
    expect(JSON.stringify(outcome)).not.toContain("acme");
  });

  test("where a tool is gone or has another schema, which it tells; onToolChange: 'accept' lets it go on", async () => {
    const first = { extra: defineTool({ input: z.object({ a: z.number() }), run: () => 1 }), gone: () => 2 };
    const now: ToolTree = { extra: defineTool({ input: z.object({ a: z.string() }), run: () => 3 }) };
    const snapshotKey = KEY;
    const before = createSandbox({ snapshotKey, tools: { ...waitingTools, ...first } });
    const source =
      "await tools.later(); const out = []; for (const go of [() => tools.extra({ a: 'x' }), () => tools.gone()]) { try { out.push(await go()) } catch (e) { out.push(e.code) } } return out";
    const { snapshot } = suspended(await before.run(source));
    await before.close();
    await using after = createSandbox({ snapshotKey, tools: { ...waitingTools, ...now } });
    const refused = await after.resume(snapshot, { answers: { 1: { value: 1 } } }).outcome;
    expect(failureOf(refused)).toMatchObject({ code: "snapshot_tools", data: { gone: ["gone"], changed: ["extra"] } });
    expect(failureOf(refused).message).toMatch(/gone.*changed|changed.*gone/);
    const on = await after.resume(snapshot, { answers: { 1: { value: 1 } }, onToolChange: "accept" }).outcome;
    expect(completed(on)).toEqual([3, "unknown_tool"]);
  });

  test("not where tools were added or described anew", async () => {
    const good = await snapshotOf();
    const later = defineTool({ description: "Other words", run: (_, { defer }) => defer() });
    expect(completed(await resumed(good, { tools: { later, more: () => 1 } }))).toBe("on");
  });

  test("with a pending call of a tool that is gone: it can be answered, and fails if it is issued again", async () => {
    const sandbox = createSandbox({ snapshotKey: KEY, tools: { old: defineTool({ run: (_, { defer }) => defer() }) } });
    const { snapshot } = suspended(await sandbox.run("try { return await tools.old() } catch (e) { return e.code }"));
    await sandbox.close();
    await using after = createSandbox({ snapshotKey: KEY });
    const resumed = async (answer: { value: unknown } | { reissue: true }) =>
      completed(await after.resume(snapshot, { onToolChange: "accept", answers: { 1: answer } }).outcome);
    expect(await resumed({ value: 5 })).toBe(5);
    expect(await resumed({ reissue: true })).toBe("unknown_tool");
  });
});

describe("misuse of resume throws UsageError at once", () => {
  test.each<[string, unknown]>([
    ["an unknown option", { answer: {} }],
    ["a run's option that resuming can't have", { input: 1 }],
    ["limits, which are the run's own", { limits: {} }],
    ["fork that is no boolean", { fork: "yes" }],
    ["onToolChange that is neither", { onToolChange: "ignore" }],
    ["a tenant that is no text", { tenant: 5 }],
    ["a signal that is none", { signal: {} }],
    ["onApproval that is no function", { onApproval: true }],
    ["beforeCalls that is no function", { beforeCalls: {} }],
    ["no options but null", null],
  ])("%s", async (_what, options) => {
    await using sandbox = suspendable();
    expect(() => sandbox.resume(new Uint8Array(), options as ResumeOptions)).toThrow(UsageError);
  });
});

describe("the same bytes", () => {
  test("can be resumed twice, side by side: single use is the holder's duty", async () => {
    await using sandbox = suspendable({ snapshotKey: KEY });
    const { runId, snapshot } = suspended(
      await sandbox.run("const v = await tools.later(); return [v, await tools.ok(v)]"),
    );
    const outcomes = await Promise.all(
      ["a", "b"].map((value) => sandbox.resume(snapshot, { answers: { 1: { value } } }).outcome),
    );
    expect(outcomes.map(completed)).toEqual([
      ["a", "a"],
      ["b", "b"],
    ]);
    expect(outcomes.map((outcome) => outcome.runId)).toEqual([runId, runId]);
  });

  test("aren't touched by it", async () => {
    const good = await snapshotOf();
    const copy = good.slice();
    await resumed(good);
    expect(good).toEqual(copy);
  });
});

describe("the events of a run that suspends", () => {
  test("end with one that says so, live and resumed", async () => {
    await using sandbox = suspendable();
    const run = sandbox.start("console.log(1); await tools.later(); console.log(2); await tools.later()");
    const types = async (events: AsyncIterable<RunEvent>) => {
      const all: string[] = [];
      for await (const event of events) all.push(event.type === "log" ? event.entry.text : event.type);
      return all;
    };
    expect(await types(run)).toEqual(["1", "call", "call", "suspended"]);
    const { snapshot } = suspended(await run.outcome);
    const resumed = sandbox.resume(snapshot, { answers: { 1: { value: 1 } } });
    expect(await types(resumed)).toEqual(["call", "2", "call", "call", "suspended"]);
    expect(await types(resumed)).toHaveLength(5);
  });
});
