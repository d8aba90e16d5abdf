import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSandbox } from "../../src/index.ts";
import { type Due, deadlines } from "../../src/sandbox/deadlines.ts";

const never = () => new Promise<never>(() => undefined);

describe("runs that wait at the same time", () => {
  test("are each ended at their own limit, and the others go on", async () => {
    const sandbox = createSandbox({ tools: { never, quick: async () => 1 } });
    const limits = Array.from({ length: 60 }, (_, index) => 20 + ((index * 37) % 60));
    const ended: number[] = [];
    const waiting = limits.map(async (wallMs) => {
      const outcome = await sandbox.run("await tools.never()", { limits: { wallMs } });
      ended.push(wallMs);
      return outcome;
    });
    const going = sandbox.run("await sleep(100); return await tools.quick()");
    for (const [index, outcome] of (await Promise.all(waiting)).entries()) {
      expect(outcome).toMatchObject({ status: "failed", error: { code: "wall_limit" } });
      expect(outcome.usage.wallMs).toBeGreaterThanOrEqual((limits[index] ?? 0) - 2);
    }
    expect(ended).toHaveLength(limits.length);
    expect(await going).toMatchObject({ status: "completed", value: 1 });
  });
});

describe("deadlines", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("are told once and in time, unless they are taken back; none leaves a timer behind", () => {
    const moments = fc.array(fc.tuple(fc.nat(300), fc.option(fc.nat(300))), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(moments, (list) => {
        const start = performance.now();
        const told: [number, number][] = [];
        const dues = list.map(([inMs]): Due => {
          const due = { dueMs: start + inMs, overdue: () => void told.push([inMs, performance.now() - start]) };
          deadlines.add(due);
          return due;
        });
        for (const [index, [, backMs]] of list.entries()) {
          const due = dues[index];
          if (backMs !== null && due) setTimeout(() => deadlines.remove(due), backMs);
        }
        vi.advanceTimersByTime(400);
        const expected = list.filter(([inMs, backMs]) => backMs === null || backMs > inMs).map(([inMs]) => inMs);
        const close = list.filter(([inMs, backMs]) => backMs !== null && Math.abs(backMs - inMs) <= 1).length;
        expect(Math.abs(told.length - expected.length)).toBeLessThanOrEqual(close);
        for (const [inMs, atMs] of told) expect(Math.abs(atMs - inMs)).toBeLessThanOrEqual(1);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });

  test("that end each other are told no more", () => {
    const told: string[] = [];
    const dueMs = performance.now() + 5;
    const second: Due = { dueMs, overdue: () => void told.push("second") };
    deadlines.add({
      dueMs,
      overdue: () => {
        told.push("first");
        deadlines.remove(second);
      },
    });
    deadlines.add(second);
    vi.advanceTimersByTime(50);
    expect(told).toEqual(["first"]);
  });
});
