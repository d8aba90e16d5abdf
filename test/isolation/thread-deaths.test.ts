import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { code, oneThread } from "./one-thread.ts";

const threads: Worker[] = [];
const noted = (worker: Worker) => void threads.push(worker);
beforeAll(() => void process.on("worker", noted));
afterAll(() => void process.off("worker", noted));
afterEach(() => void threads.splice(0));

describe("a thread that dies", () => {
  const kill = () => Promise.all(threads.map((thread) => thread.terminate()));

  test("while it starts is replaced", async () => {
    const { sandbox } = oneThread();
    const outcome = sandbox.run("return 40 + 2");
    await Promise.resolve();
    while (threads.length === 0) await sleep(1);
    await kill();
    expect(await outcome).toMatchObject({ value: 42 });
  });

  test("takes the run along that it was working on, and nothing else", async () => {
    const { gates, sandbox } = oneThread();
    const waiting = sandbox.run("const a = await tools.gate(); return a + 1");
    while (gates.length === 0) await sleep(1);
    const working = sandbox.run("for (;;);");
    await sleep(30);
    await kill();
    expect(code(await working)).toBe("machine_crashed");
    gates[0]?.();
    expect(await waiting).toMatchObject({ status: "completed", value: 2, calls: [{ state: "completed" }] });
    expect(await sandbox.run("return 40 + 2")).toMatchObject({ value: 42 });
  });

  test("leaves calls that are out as they are: their answers reach the program", async () => {
    const { effects, gates, sandbox } = oneThread();
    const runs = Array.from({ length: 10 }, (_, i) => {
      return sandbox.run(
        `await tools.note("${i}"); const a = await tools.gate(); await tools.note("${i}!"); return ${i}`,
      );
    });
    while (gates.length < 10) await sleep(1);
    await kill();
    for (const open of gates) open();
    expect((await Promise.all(runs)).map((outcome) => outcome.status === "completed" && outcome.value)).toEqual([
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ]);
    expect(effects).toHaveLength(20);
  });

  test("loses nothing of a session, whose run may be over when its thread dies", async () => {
    const { sandbox } = oneThread();
    const names = Array.from({ length: 12 }, (_, i) => i);
    let kills = 0;
    const killing = setInterval(() => kills++ < 3 && void kill(), 250);
    const sessions = names.map(async (name) => {
      const session = sandbox.session();
      const seen: unknown[] = [];
      for (let i = 0; i < 8; i++) {
        const source =
          i === 0 ? `let count = 0; const name = ${name}; count` : "count += 1; await tools.wait(30); count";
        const outcome = await session.run(source);
        if (outcome.status === "completed") seen.push(outcome.value);
        else return code(outcome);
      }
      return seen;
    });
    const told = await Promise.all(sessions);
    clearInterval(killing);
    for (const seen of told) {
      if (typeof seen === "string") expect(["machine_crashed", "session_ended"]).toContain(seen);
      else expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }
    expect(told.filter((seen) => typeof seen !== "string").length).toBeGreaterThan(0);
  });

  test("settles every promise and aborts every signal, in whatever phase of a run", async () => {
    const { sandbox } = oneThread();
    const source = `const all = []; for (let i = 0; i < 50; i++) { all.push(await tools.wait(1)); for (let j = 0; j < 2e4; j++); } return all.length`;
    for (let round = 0; round < 6; round++) {
      const runs = [
        ...Array.from({ length: 4 }, () => sandbox.start(source)),
        sandbox.start("await Promise.all([tools.signalled(), tools.signalled()])", { limits: { wallMs: 400 } }),
        sandbox.start("for await (const x of (async function* () { for (;;) yield 1 })());", {
          limits: { cpuMs: 300 },
        }),
      ];
      await sleep(20 + round * 7);
      void runs[0]?.suspend();
      runs[1]?.cancel("enough");
      await kill();
      const outcomes = await Promise.all(runs.map(({ outcome }) => outcome));
      expect(["suspended", "completed", "machine_crashed"]).toContain(code(outcomes[0] as Outcome));
      expect(code(outcomes[1] as Outcome)).toBe("cancelled");
      for (const outcome of outcomes.slice(2, 4)) {
        if (outcome.status === "completed") expect(outcome.value).toBe(50);
        else expect(code(outcome)).toBe("machine_crashed");
      }
      expect(code(outcomes[4] as Outcome)).toBe("wall_limit");
      expect(outcomes[4]?.calls.map(({ state }) => state)).toEqual(["aborted", "aborted"]);
      for (const { calls } of outcomes) for (const { state } of calls) expect(state).not.toBe("running");
    }
    expect(await sandbox.run("return 40 + 2")).toMatchObject({ value: 42 });
  });

  test("again and again is no endless loop: a run that can't be served says so", async () => {
    const { sandbox } = oneThread();
    const killing = (worker: Worker) => void worker.terminate();
    process.on("worker", killing);
    try {
      expect(code(await sandbox.run("return 1"))).toBe("machine_crashed");
    } finally {
      process.off("worker", killing);
    }
    expect(await sandbox.run("return 40 + 2")).toMatchObject({ value: 42 });
  });
});
