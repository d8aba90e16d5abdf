import { afterAll, describe, expect, test } from "vitest";
import { createRuntime, createSandbox } from "../../src/index.ts";
import { Claims } from "../../src/isolation/threads/claims.ts";
import { failureOf } from "../support.ts";

const NEVER_LOOKS = "const x = 3n ** 100000n; for (;;) x * x";
const KILLS = 12;
const WORKERS = 8;
const SOURCES = [
  ["return 1", 1],
  ["return await tools.add(20, 22)", 42],
  ["let n = 0; for (let i = 0; i < 5; i++) n = await tools.add(n, i); return n", 10],
] as const;

describe("runs beside ones whose threads have to be ended", () => {
  const runtime = createRuntime({ threads: 2 });
  const sandbox = createSandbox({ runtime, tools: { add: async (a: number, b: number) => a + b } });
  afterAll(async () => {
    await sandbox.close();
    runtime.close();
  });

  test("all complete, however short and however many they are", async () => {
    let killed = 0;
    const wrong: string[] = [];
    const killing = async () => {
      for (; killed < KILLS; killed++) {
        const { status } = await sandbox.run(NEVER_LOOKS, { limits: { wallMs: 60, cpuMs: 60 } });
        if (status !== "failed") wrong.push(`what never ends ${status}`);
      }
    };
    const working = async () => {
      for (let run = 0; killed < KILLS; run++) {
        const [source, value] = SOURCES[run % SOURCES.length] ?? SOURCES[0];
        const outcome = await sandbox.run(source);
        if (outcome.status !== "completed" || outcome.value !== value) wrong.push(failureOf(outcome).message);
      }
    };
    await Promise.all([killing(), ...Array.from({ length: WORKERS }, working)]);
    expect(wrong).toEqual([]);
  }, 60_000);
});

describe("the claim to a machine", () => {
  test("is its run's: a thread that is behind does nothing for the run that had its place before", () => {
    const claims = Claims.make(1) as Claims;
    claims.give(0, 1);
    expect(claims.take(0, 1)).toBe(true);
    claims.give(0, 2);
    expect(claims.enter(0, 1)).toBe(false);
    expect(claims.enter(0, 2)).toBe(true);
    expect(claims.isRunning(0, 1)).toBe(false);
    expect(claims.isRunning(0, 2)).toBe(true);
    expect(claims.take(0, 2)).toBe(false);
  });

  test("is free for its host between two commands, and what it took the thread does not get back", () => {
    const claims = Claims.make(2) as Claims;
    claims.give(1, 7);
    expect(claims.enter(1, 7)).toBe(true);
    claims.leave(1, 7);
    expect([claims.done(1), claims.done(0)]).toEqual([1, 0]);
    expect(claims.take(1, 7)).toBe(true);
    expect(claims.enter(1, 7)).toBe(false);
  });
});
