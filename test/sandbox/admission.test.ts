import { describe, expect, test } from "vitest";
import { defineTool } from "../../src/index.ts";
import { failureOf, sleep } from "../support.ts";
import { Doors, NOTHING, note, waitFor } from "./admitting.ts";

describe("runs at a time", () => {
  test("are as many as may be: further ones wait, and begin in their order", async () => {
    const doors = new Doors({ maxConcurrentRuns: 2 });
    const runs = ["a", "b", "c", "d"].map((name) => doors.sandbox.run(waitFor(name)));
    await Promise.all([doors.arrivalOf("a"), doors.arrivalOf("b")]);
    expect(doors.runs).toEqual({ running: 2, queued: 2, parked: 0 });
    expect(doors.called).toEqual(["a", "b"]);
    doors.open("b");
    await doors.arrivalOf("c");
    expect(doors.runs).toEqual({ running: 2, queued: 1, parked: 0 });
    doors.open("a", "c", "d");
    expect(await Promise.all(runs)).toMatchObject(["a", "b", "c", "d"].map((value) => ({ value })));
    expect(doors.runtime.stats()).toMatchObject({ ...NOTHING, admitted: 4, refused: { busy: 0, queueTimeout: 0 } });
  });

  test("are runs of all sandboxes of the runtime, and of their sessions", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1 });
    const session = doors.sandbox.session();
    const first = session.run("await tools.wait('first'); let a = 1");
    await doors.arrivalOf("first");
    const second = doors.sandbox.run(note("second"));
    const third = doors.sandbox.session().run(note("third"));
    await sleep(5);
    expect(doors.called).toEqual(["first"]);
    doors.open("first");
    await Promise.all([first, second, third]);
    expect(doors.called).toEqual(["first", "second", "third"]);
    expect(await session.run("a")).toMatchObject({ value: 1 });
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });

  test("are not those that are suspended; one that goes on waits as any other", async () => {
    const approved = defineTool({ approval: true, run: () => "done" });
    const doors = new Doors({ maxConcurrentRuns: 1 }, { tools: { approved } });
    const suspended = await doors.sandbox.run("return await tools.approved()");
    if (suspended.status !== "suspended") throw new Error(failureOf(suspended).message);
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
    const other = doors.sandbox.run(waitFor("other"));
    await doors.arrivalOf("other");
    const [{ id = "" } = {}] = suspended.pending;
    const resumed = doors.sandbox.resume(suspended.snapshot, { answers: { [id]: { approve: true } } });
    while (doors.runs.queued === 0) await sleep(1);
    doors.open("other");
    expect(await resumed.outcome).toMatchObject({ status: "completed", value: "done" });
    await other;
    expect(doors.runtime.stats()).toMatchObject({ ...NOTHING, admitted: 3 });
  });

  test("end in a deadlock of hosts whose tools run programs: the inner run waits until its time in the queue is over", async () => {
    const inner = async (): Promise<string> => failureOf(await doors.sandbox.run("return 1")).code;
    const doors = new Doors({ maxConcurrentRuns: 1, queueTimeoutMs: 30 }, { tools: { inner } });
    expect(await doors.sandbox.run("return await tools.inner()")).toMatchObject({ value: "queue_timeout" });
  });
});

describe("a run in the queue", () => {
  test("is refused at once where the queue is full: an outcome, and nothing of the program ran", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1, maxQueuedRuns: 1 });
    const first = doors.sandbox.run(waitFor("first"));
    const second = doors.sandbox.run(note("second"));
    const third = await doors.sandbox.run(note("third"));
    expect(failureOf(third)).toEqual({
      code: "busy",
      name: "RunError",
      message: "1 runs wait already; 1 may",
    });
    expect(third.usage).toMatchObject({ wallMs: 0, cpuMs: 0, toolCalls: 0 });
    doors.open("first");
    await Promise.all([first, second]);
    expect(doors.called).toEqual(["first", "second"]);
    expect(doors.runtime.stats()).toMatchObject({ ...NOTHING, refused: { busy: 1, queueTimeout: 0 } });
  });

  test("is refused at once where there is no queue", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1, maxQueuedRuns: 0 });
    const first = doors.sandbox.run(waitFor("first"));
    expect(failureOf(await doors.sandbox.run("return 1")).code).toBe("busy");
    doors.open("first");
    await first;
    expect(await doors.sandbox.run("return 1")).toMatchObject({ value: 1 });
  });

  test("is refused when it waited too long; those that came later have their own time", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1, queueTimeoutMs: 500 });
    const first = doors.sandbox.run(waitFor("first"));
    const second = doors.sandbox.run(note("second"));
    await sleep(300);
    const third = doors.sandbox.run(note("third"));
    expect(failureOf(await second)).toEqual({
      code: "queue_timeout",
      name: "RunError",
      message: "the run waited 500 ms for its turn",
    });
    expect(doors.runs).toEqual({ running: 1, queued: 1, parked: 0 });
    doors.open("first");
    await Promise.all([first, third]);
    expect(doors.called).toEqual(["first", "third"]);
    expect(doors.runtime.stats()).toMatchObject({ ...NOTHING, refused: { busy: 0, queueTimeout: 1 } });
  });

  test("spends none of its time there", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1 });
    const first = doors.sandbox.run(waitFor("first"));
    const second = doors.sandbox.run("return 1", { limits: { wallMs: 200 } });
    await sleep(300);
    doors.open("first");
    await first;
    const outcome = await second;
    expect(outcome).toMatchObject({ status: "completed", value: 1 });
    expect(outcome.usage.wallMs).toBeLessThan(200);
  });

  test("ends at once when it is cancelled, by whatever means", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1 });
    const first = doors.sandbox.run(waitFor("first"));
    await doors.arrivalOf("first");
    const controller = new AbortController();
    const run = doors.sandbox.start(note("run"));
    const signalled = doors.sandbox.run(note("signalled"), { signal: controller.signal });
    const last = doors.sandbox.run(note("last"));
    expect(doors.runs.queued).toBe(3);
    run.cancel("enough");
    expect(doors.runs.queued).toBe(2);
    expect(failureOf(await run.outcome)).toMatchObject({ code: "cancelled", message: "the run was cancelled: enough" });
    controller.abort();
    expect(failureOf(await signalled).code).toBe("cancelled");
    expect(doors.runs.queued).toBe(1);
    await doors.sandbox.close();
    expect(failureOf(await last).code).toBe("cancelled");
    await first;
    expect(doors.called).toEqual(["first"]);
    expect(doors.runtime.stats()).toMatchObject({ ...NOTHING, admitted: 1 });
  });

  test("is cancelled with the session that it belongs to", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1 });
    const first = doors.sandbox.run(waitFor("first"));
    const session = doors.sandbox.session();
    const queued = session.run(note("queued"));
    while (doors.runs.queued === 0) await sleep(1);
    await session.close();
    expect(failureOf(await queued).code).toBe("cancelled");
    doors.open("first");
    await first;
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });

  test("suspends when its turn has come, if it was asked to", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1 });
    const first = doors.sandbox.run(waitFor("first"));
    const run = doors.sandbox.start("return await tools.wait('second')");
    const suspended = run.suspend();
    doors.open("first", "second");
    await suspended;
    const outcome = await run.outcome;
    if (outcome.status !== "suspended") throw new Error(failureOf(outcome).message);
    await first;
    expect(await doors.sandbox.resume(outcome.snapshot).outcome).toMatchObject({ value: "second" });
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });

  test("has the input that it was given, whatever its caller does to it meanwhile", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1 });
    const first = doors.sandbox.run(waitFor("first"));
    const input = { list: [1] };
    const second = doors.sandbox.run("return input.list", { input });
    input.list.push(2);
    doors.open("first");
    await first;
    expect(await second).toMatchObject({ value: [1] });
  });

  test("needs no place to be refused for its own sake", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1, maxQueuedRuns: 0 });
    const first = doors.sandbox.run(waitFor("first"));
    const large = await doors.sandbox.run("return 12345", { limits: { sourceBytes: 5 } });
    expect(failureOf(large).code).toBe("source_limit");
    doors.open("first");
    await first;
    expect(doors.runtime.stats()).toMatchObject({ ...NOTHING, admitted: 1 });
  });

  test("is as many as may be, also where ten thousand wait and leave", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1 });
    const first = doors.sandbox.run(waitFor("first"));
    const runs = Array.from({ length: 10_000 }, () => doors.sandbox.start("return 1"));
    expect(doors.runs.queued).toBe(10_000);
    for (const run of runs.slice(10)) run.cancel();
    expect(doors.runs.queued).toBe(10);
    doors.open("first");
    const outcomes = await Promise.all(runs.map((run) => run.outcome));
    expect(outcomes.filter(({ status }) => status === "completed").length).toBe(10);
    await first;
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });
});

describe("the memory budget", () => {
  const MiB = 1024 * 1024;

  test("counts what machines take: of many runs at once only some begin, and each has its turn", async () => {
    const doors = new Doors({ memoryBytes: 8 * MiB });
    const names = Array.from({ length: 40 }, (_, at) => `run ${at}`);
    const runs = names.map((name) => doors.sandbox.run(waitFor(name)));
    await doors.arrivalOf("run 5");
    const { memoryBytes, runs: counts } = doors.runtime.stats();
    expect(counts.running).toBeGreaterThan(5);
    expect(counts.running).toBeLessThan(16);
    expect(counts.queued).toBe(40 - counts.running);
    expect(memoryBytes).toMatchObject({ budget: 8 * MiB, parked: 0 });
    expect(memoryBytes.machines).toBeLessThan(9 * MiB);
    doors.open(...names);
    expect(await Promise.all(runs)).toMatchObject(names.map((value) => ({ value })));
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });

  test("counts the heaps that programs fill", async () => {
    const doors = new Doors({ memoryBytes: 16 * MiB });
    const large = doors.sandbox.run(
      "const a = new Uint8Array(2e7).fill(1); await tools.wait('large'); return a.length",
    );
    await doors.arrivalOf("large");
    expect(doors.runtime.stats().memoryBytes.machines).toBeGreaterThan(20_000_000);
    const small = doors.sandbox.run(note("small"));
    await sleep(60);
    expect(doors.runs).toMatchObject({ running: 1, queued: 1 });
    doors.open("large");
    expect(await large).toMatchObject({ value: 2e7 });
    expect(await small).toMatchObject({ status: "completed" });
  });

  test("counts the inputs of calls that are out, and no longer", async () => {
    const doors = new Doors({}, { limits: { toolInputBytes: 8 * MiB, recordBytes: 100 } });
    const run = doors.sandbox.run(`
      const text = "x".repeat(7e6);
      await Promise.all([tools.wait("a", text), tools.wait("b", text)]);
      await tools.wait("after")`);
    await doors.arrivalOf("b");
    expect(doors.runtime.stats().memoryBytes.tools).toBeGreaterThan(14_000_000);
    doors.open("a", "b");
    await doors.arrivalOf("after");
    // The records may keep 100 bytes.
    expect(doors.runtime.stats().memoryBytes.tools).toBeLessThan(200);
    doors.open("after");
    expect(await run).toMatchObject({ status: "completed" });
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });

  test("counts the answers that records keep; the run that is over it goes on", async () => {
    const answer = () => "x".repeat(1e6);
    const doors = new Doors({ memoryBytes: 20 * MiB }, { limits: { recordBytes: 64 * MiB }, tools: { answer } });
    const large = doors.sandbox.run(`
      for (let i = 0; i < 25; i++) await tools.answer();
      await tools.wait("large");
      return (await tools.answer()).length`);
    await doors.arrivalOf("large");
    const { machines, tools } = doors.runtime.stats().memoryBytes;
    expect(tools).toBeGreaterThan(25_000_000);
    expect(machines).toBeLessThan(20 * MiB);
    const other = doors.sandbox.run(note("other"));
    await sleep(60);
    expect(doors.runs).toMatchObject({ running: 1, queued: 1 });
    doors.open("large");
    expect(await large).toMatchObject({ value: 1e6 });
    expect(await other).toMatchObject({ status: "completed" });
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });

  test("counts answers that are kept back while a run is being suspended", async () => {
    const answer = () => doors.arrivalOf("asked").then(() => "x".repeat(1e6));
    const doors: Doors = new Doors({}, { limits: { recordBytes: 10 }, tools: { answer } });
    const run = doors.sandbox.start("const texts = [tools.answer(), tools.wait('asked')]; await Promise.all(texts)");
    await doors.arrivalOf("asked");
    const suspended = run.suspend();
    await sleep(10);
    expect(doors.runtime.stats().memoryBytes.tools).toBeGreaterThan(1_000_000);
    doors.open("asked");
    await suspended;
    expect((await run.outcome).status).toBe("suspended");
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });

  test("lets one run begin however small it is", async () => {
    const doors = new Doors({ memoryBytes: MiB });
    const runs = ["a", "b", "c"].map((name) => doors.sandbox.run(note(name)));
    expect((await Promise.all(runs)).map(({ status }) => status)).toEqual(Array(3).fill("completed"));
    expect(doors.called).toEqual(["a", "b", "c"]);
  });
});
