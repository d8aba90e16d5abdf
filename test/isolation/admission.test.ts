import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Admission } from "../../src/isolation/admission.ts";
import type { RunPlace } from "../../src/isolation/index.ts";
import { type TenantLimiter, Tenants } from "../../src/isolation/tenants.ts";

const MiB = 1024 * 1024;
const LIMITS = { maxConcurrentRuns: 100, maxQueuedRuns: 100, queueTimeoutMs: 1_000, memoryBytes: 10 * MiB };

/** An admission over machines that are only numbers. */
function admission(limits: Partial<typeof LIMITS> = {}, tenantLimits?: TenantLimiter) {
  const memory = { takenBytes: 0, freeMachines: 1000 };
  const admitted: string[] = [];
  const refused: [name: string, code: string][] = [];
  const made = new Admission({ ...LIMITS, ...limits }, new Tenants(tenantLimits), memory);
  const enter = (name: string, tenant?: string): RunPlace => {
    const place = made.place(tenant, { fail: (code) => refused.push([name, code]) });
    const turn = place.enter();
    if (turn) void turn.then(() => admitted.push(name));
    else admitted.push(name);
    return place;
  };
  return { admitted, refused, memory, enter, admission: made };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("memory that is free again lets runs begin, though no run ended: others were parked", async () => {
  const { admitted, enter, memory } = admission();
  enter("a").spent(0);
  memory.takenBytes = 11 * MiB;
  enter("b");
  enter("c");
  await vi.advanceTimersByTimeAsync(500);
  expect(admitted).toEqual(["a"]);
  memory.takenBytes = 5 * MiB;
  await vi.advanceTimersByTimeAsync(50);
  expect(admitted).toEqual(["a", "b", "c"]);
});

test("who comes when memory is free again does not overtake those that wait for it", async () => {
  const { admitted, enter, memory } = admission();
  enter("a").spent(0);
  memory.takenBytes = 11 * MiB;
  enter("b");
  memory.takenBytes = 0;
  enter("c");
  await vi.advanceTimersByTimeAsync(0);
  expect(admitted).toEqual(["a", "b", "c"]);
});

test("runs that are about to get a machine count as if they had it, as many as there are machines", () => {
  const bursts = [1000, 8, 0].map((freeMachines) => {
    const { admitted, enter, memory } = admission({ memoryBytes: 10 * MiB, maxConcurrentRuns: 10_000 });
    memory.freeMachines = freeMachines;
    for (let at = 0; at < 2_000; at++) enter(`run ${at}`);
    return admitted.length;
  });
  expect(bursts).toEqual([14, 513, 1281]);
});

test("no timer is left when nobody waits", async () => {
  const { admission: made, enter, memory } = admission({ maxConcurrentRuns: 1 }, { cpuMsPerMinute: 10 });
  const places = [enter("a", "t"), enter("b", "t"), enter("c", "u"), enter("d")];
  expect(vi.getTimerCount()).toBe(1);
  memory.takenBytes = 20 * MiB;
  for (const place of places.slice(1)) place.leave();
  expect([made.queued, vi.getTimerCount()]).toEqual([0, 0]);
  places[0]?.leave();
  places[0]?.leave();
  expect([made.running, vi.getTimerCount()]).toEqual([0, 0]);
});

test("a tenant that is out of runs and of time goes on when both are there again", async () => {
  const { admitted, enter } = admission({}, { runs: 1, cpuMsPerMinute: 60_000 });
  const first = enter("first", "t");
  enter("second", "t");
  enter("other", "u");
  first.spent(60_500);
  await vi.advanceTimersByTimeAsync(200);
  first.leave();
  await vi.advanceTimersByTimeAsync(200);
  expect(admitted).toEqual(["first", "other"]);
  await vi.advanceTimersByTimeAsync(200);
  expect(admitted).toEqual(["first", "other", "second"]);
});

test("a tenant whose time is over while it stands in line is passed over", async () => {
  const { admitted, enter, refused } = admission({ maxConcurrentRuns: 2 }, { cpuMsPerMinute: 1 });
  const [a, b] = [enter("a", "t"), enter("b", "u")];
  enter("c", "t");
  enter("d", "u");
  enter("e");
  a.spent(100_000);
  b.leave();
  a.leave();
  await vi.advanceTimersByTimeAsync(100);
  expect(admitted).toEqual(["a", "b", "d", "e"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(refused).toEqual([["c", "queue_timeout"]]);
});
