import { describe, expect, test } from "vitest";
import { failureOf, sleep } from "../support.ts";
import { Doors, NOTHING, note, waitFor } from "./admitting.ts";

describe("tenants", () => {
  test("take turns: one that floods the queue holds nobody up", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1 });
    const first = doors.sandbox.run(waitFor("first"), { tenant: "flood" });
    const quiet = Array.from({ length: 9 }, (_, at) => `quiet ${at}`);
    const flood = Array.from({ length: 500 }, (_, at) => doors.sandbox.run(note(`flood ${at}`), { tenant: "flood" }));
    const others = quiet.map((tenant) => doors.sandbox.run(note(tenant), { tenant }));
    const own = doors.sandbox.run(note("own"));
    doors.open("first");
    await Promise.all([first, ...flood, ...others, own]);
    expect(doors.called.slice(0, 14)).toEqual(["first", "flood 0", ...quiet, "own", "flood 1", "flood 2"]);
    expect(doors.runtime.stats()).toMatchObject({ ...NOTHING, admitted: 511 });
  });

  test("share what there is: with two at a time each of three gets its third", async () => {
    const doors = new Doors({ maxConcurrentRuns: 2 });
    const blocks = ["x", "y"].map((name) => doors.sandbox.run(waitFor(name), { tenant: "a" }));
    const runs = ["a", "b", "c"].flatMap((tenant, at) =>
      Array.from({ length: [90, 60, 30][at] ?? 0 }, () => doors.sandbox.run(note(tenant), { tenant })),
    );
    doors.open("x", "y");
    await Promise.all([...blocks, ...runs]);
    const order = doors.called.slice(2);
    expect(order.slice(0, 90).filter((tenant) => tenant === "c").length).toBe(30);
    expect(order.slice(90, 150).filter((tenant) => tenant === "b").length).toBe(30);
    expect(order.slice(150)).toEqual(Array(30).fill("a"));
  });

  test("share the queue: a full one has room for who has least in it", async () => {
    const doors = new Doors({ maxConcurrentRuns: 1, maxQueuedRuns: 4 });
    const first = doors.sandbox.run(waitFor("first"));
    const flood = ["f0", "f1", "f2", "f3", "f4"].map((name) => doors.sandbox.run(note(name), { tenant: "flood" }));
    const quiet = ["q0", "q1", "q2"].map((name) => doors.sandbox.run(note(name), { tenant: "quiet" }));
    doors.open("first");
    const outcomes = await Promise.all([...flood, ...quiet]);
    const codes = outcomes.map((outcome) => (outcome.status === "completed" ? "ran" : failureOf(outcome).code));
    // The longest waiting ones give way, until both have the same.
    expect(codes).toEqual(["busy", "busy", "ran", "ran", "busy", "ran", "ran", "busy"]);
    expect(failureOf(outcomes[0]!).message).toBe("the queue is full, and other tenants have less in it");
    await first;
    expect(doors.runtime.stats()).toMatchObject({ ...NOTHING, refused: { busy: 4 } });
  });

  test("may be called anything", async () => {
    const doors = new Doors({ tenantLimits: { runs: 1 } });
    const names = ["__proto__", "constructor", "", "undefined", "x".repeat(10_000), "\0"];
    const runs = names.map((tenant) => doors.sandbox.run(waitFor("go"), { tenant }));
    await doors.arrivalOf("go");
    const { tenants } = doors.runtime.stats();
    expect(Object.keys(tenants).sort()).toEqual([...names].sort());
    for (const name of names)
      expect(Object.getOwnPropertyDescriptor(tenants, name)?.value).toMatchObject({ running: 1 });
    doors.open("go");
    await Promise.all(runs);
  });
});

describe("limits of a tenant", () => {
  test("hold its runs, and nobody else's", async () => {
    const doors = new Doors({ maxConcurrentRuns: 4, tenantLimits: { runs: 2 } });
    const own = ["a", "b", "c", "d"].map((name) => doors.sandbox.run(waitFor(name), { tenant: "one" }));
    await Promise.all([doors.arrivalOf("a"), doors.arrivalOf("b")]);
    const other = await doors.sandbox.run(note("other"), { tenant: "two" });
    expect(other.status).toBe("completed");
    expect(doors.runtime.stats().tenants).toMatchObject({ one: { running: 2, queued: 2 }, two: { running: 0 } });
    doors.open("a");
    await doors.arrivalOf("c");
    expect(doors.runtime.stats().tenants).toMatchObject({ one: { running: 2, queued: 1 } });
    doors.open("b", "c", "d");
    await Promise.all(own);
    expect(doors.called).toEqual(["a", "b", "other", "c", "d"]);
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });

  test("hold no runs without a tenant", async () => {
    const doors = new Doors({ tenantLimits: { runs: 1, callsInFlight: 1 } });
    const runs = ["a", "b"].map((name) => doors.sandbox.run(waitFor(name)));
    await Promise.all([doors.arrivalOf("a"), doors.arrivalOf("b")]);
    expect(doors.runtime.stats()).toMatchObject({ runs: { running: 2, queued: 0 }, tenants: {} });
    doors.open("a", "b");
    await Promise.all(runs);
  });

  test("may differ, and change between two runs", async () => {
    const limits: Record<string, { runs: number } | undefined> = { small: { runs: 1 } };
    const doors = new Doors({ tenantLimits: (tenant) => limits[tenant] });
    const large = ["a", "b", "c"].map((name) => doors.sandbox.run(waitFor(name), { tenant: "large" }));
    const small = ["d", "e"].map((name) => doors.sandbox.run(waitFor(name), { tenant: "small" }));
    await Promise.all(["a", "b", "c", "d"].map((name) => doors.arrivalOf(name)));
    expect(doors.runs).toMatchObject({ running: 4, queued: 1 });
    limits.small = { runs: 3 };
    small.push(doors.sandbox.run(waitFor("f"), { tenant: "small" }));
    await Promise.all([doors.arrivalOf("e"), doors.arrivalOf("f")]);
    doors.open("a", "b", "c", "d", "e", "f");
    await Promise.all([...large, ...small]);
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });

  test("hold back who spent its time until there is some again; runs under way go on", async () => {
    const doors = new Doors({ tenantLimits: (tenant) => (tenant === "busy" ? { cpuMsPerMinute: 600 } : undefined) });
    const burn = "const end = Date.now() + 605; while (Date.now() < end); return await tools.wait('go')";
    const first = doors.sandbox.run(burn, { tenant: "busy" });
    await doors.arrivalOf("go");
    expect(doors.runtime.stats().tenants.busy?.cpuMs).toBeGreaterThan(600);
    const second = doors.sandbox.run(note("second"), { tenant: "busy" });
    await doors.sandbox.run(note("other"), { tenant: "other" });
    doors.open("go");
    expect(await first).toMatchObject({ value: "go" });
    expect(doors.runtime.stats().tenants).toMatchObject({ busy: { running: 0, queued: 1 } });
    const cancelled = doors.sandbox.start(note("third"), { tenant: "busy" });
    cancelled.cancel();
    await second;
    // Some milliseconds more than it may: that takes a second.
    expect(doors.called).toEqual(["go", "other", "second"]);
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  }, 30_000);

  test("are given up on as any other wait", async () => {
    const doors = new Doors({ queueTimeoutMs: 40, tenantLimits: { cpuMsPerMinute: 1 } });
    await doors.sandbox.run("const end = Date.now() + 20; while (Date.now() < end);", { tenant: "a" });
    const late = await doors.sandbox.run("return 1", { tenant: "a" });
    expect(failureOf(late).code).toBe("queue_timeout");
    expect(doors.runtime.stats()).toMatchObject(NOTHING);
  });
});

describe("calls of a tenant", () => {
  const calls = (...names: string[]): string =>
    `return await Promise.all(${JSON.stringify(names)}.map((name) => tools.wait(name).catch((e) => e.code)))`;

  test("are as many as may be over all of its runs, which take turns", async () => {
    const doors = new Doors({ tenantLimits: { callsInFlight: 2 } });
    const first = doors.sandbox.run(calls("a0", "a1", "a2", "a3"), { tenant: "t" });
    await doors.arrivalOf("a1");
    const second = doors.sandbox.run(calls("b0", "b1"), { tenant: "t" });
    const other = doors.sandbox.run(calls("other"), { tenant: "u" });
    await doors.arrivalOf("other");
    await sleep(20);
    expect(doors.called).toEqual(["a0", "a1", "other"]);
    expect(doors.runtime.stats().tenants).toMatchObject({ t: { callsInFlight: 2 }, u: { callsInFlight: 1 } });
    for (const name of ["a0", "a1", "a2", "b0", "a3", "b1", "other"]) {
      await doors.arrivalOf(name);
      doors.open(name);
    }
    expect(await Promise.all([first, second, other])).toMatchObject([
      { value: ["a0", "a1", "a2", "a3"] },
      { value: ["b0", "b1"] },
      { value: ["other"] },
    ]);
    expect(doors.called).toEqual(["a0", "a1", "other", "a2", "b0", "a3", "b1"]);
    expect(doors.runtime.stats().tenants).toMatchObject({ t: { callsInFlight: 0 } });
  });

  test.each([
    ["is cancelled", async (run: { cancel(): void }) => run.cancel()],
    ["suspends", async (run: { suspend(): Promise<void> }) => run.suspend()],
  ])("go to others when a run that holds all of them %s", async (_, end) => {
    const doors = new Doors({ tenantLimits: { callsInFlight: 2 } }, { settleMs: 0 });
    const first = doors.sandbox.start(calls("a0", "a1", "a2"), { tenant: "t" });
    await doors.arrivalOf("a1");
    const second = doors.sandbox.run(calls("b0", "b1", "b2"), { tenant: "t" });
    await sleep(20);
    await end(first);
    await doors.arrivalOf("b1");
    doors.open("b0", "b1", "b2");
    expect(await second).toMatchObject({ value: ["b0", "b1", "b2"] });
    await first.outcome;
    expect(doors.runtime.stats().tenants).toMatchObject({ t: { callsInFlight: 0, running: 0 } });
  });

  test("are not kept for a run that ended while it waited for one", async () => {
    const doors = new Doors({ tenantLimits: { callsInFlight: 1 } });
    const first = doors.sandbox.run(calls("a0"), { tenant: "t" });
    await doors.arrivalOf("a0");
    const second = doors.sandbox.start(calls("b0", "b1"), { tenant: "t" });
    const third = doors.sandbox.run(calls("c0"), { tenant: "t" });
    await sleep(20);
    second.cancel();
    doors.open("a0");
    await doors.arrivalOf("c0");
    doors.open("c0");
    await Promise.all([first, third]);
    expect(doors.called).toEqual(["a0", "c0"]);
    expect(doors.runtime.stats().tenants).toMatchObject({ t: { callsInFlight: 0 } });
  });

  test("are counted where tools fail, time out and stream", async () => {
    const tools = {
      fails: () => Promise.reject(new Error("no")),
      async *parts() {
        for (let part = 0; part < 5; part++) yield part;
      },
    };
    const doors = new Doors({ tenantLimits: { callsInFlight: 1 } }, { tools });
    const source = `
      const failed = await tools.fails().catch((e) => e.message);
      const parts = [];
      for await (const part of tools.parts()) parts.push([part, await tools.note("x")]);
      for await (const part of tools.parts()) break;
      return [failed, parts.length, await Promise.allSettled([tools.nope(), tools.fails()]).then((all) => all.length)]`;
    const runs = Array.from({ length: 4 }, () => doors.sandbox.run(source, { tenant: "t" }));
    expect(await Promise.all(runs)).toMatchObject(Array(4).fill({ value: ["no", 5, 2] }));
    expect(doors.runtime.stats().tenants).toMatchObject({ t: { callsInFlight: 0 } });
  });
});

describe("tenants that have nothing going on", () => {
  test("are forgotten: twenty thousand leave no trace", async () => {
    const doors = new Doors({ tenantLimits: { runs: 5, cpuMsPerMinute: 1000 } });
    const first = doors.sandbox.run(waitFor("first"), { tenant: "first" });
    // Refused before it begins: many of them in no time.
    const limits = { sourceBytes: 5 };
    for (let at = 0; at < 20_000; at++) await doors.sandbox.run("return 1", { tenant: `tenant ${at}`, limits });
    const { tenants } = doors.runtime.stats();
    expect(Object.keys(tenants).length).toBeLessThanOrEqual(10_001);
    expect(tenants.first).toMatchObject({ running: 1 });
    doors.open("first");
    await first;
  }, 60_000);
});
