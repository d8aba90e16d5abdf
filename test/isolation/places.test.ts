import { describe, expect, test } from "vitest";
import { createPlatformEngine, platformEngineId } from "../../src/engine/index.ts";
import { MachineKinds } from "../../src/isolation/kinds.ts";
import { MachinePool } from "../../src/isolation/pool.ts";
import type { MachineReport } from "../../src/isolation/port.ts";
import type { ThreadListener } from "../../src/isolation/threads/messages.ts";
import type { StartThread } from "../../src/isolation/threads/thread.ts";
import { Threads } from "../../src/isolation/threads/threads.ts";

const COMMAND = {
  type: "prepare",
  source: "1",
  options: { comments: false, jsx: false, track: false },
  wallLeftMs: 1000,
};

function poolOf(start: StartThread) {
  const kinds = new MachineKinds(() => createPlatformEngine(undefined), true);
  const places = (owner: MachinePool) => new Threads(start, { width: 1, slots: 2, kinds }, owner);
  return new MachinePool({ engineId: platformEngineId, kinds, places, parkAfterMs: 5 });
}

async function reportsOf(pool: MachinePool, count: number): Promise<MachineReport[]> {
  const reports: MachineReport[] = [];
  for (let n = 0; n < count; n++) {
    const port = await pool.open({ memoryBytes: 64 << 20 });
    port.onReport = (report) => reports.push(report);
    port.post(COMMAND as Parameters<typeof port.post>[0]);
  }
  return reports;
}

describe("where the system gives no threads", () => {
  test("runs are lost with the reason, and nothing stands still", async () => {
    const pool = poolOf(() => {
      throw new Error("EAGAIN");
    });
    const reports = await reportsOf(pool, 3);
    expect(reports).toMatchObject(
      Array.from({ length: 3 }, () => ({
        type: "lost",
        breakdown: { code: "machine_crashed", message: "no thread could be started: EAGAIN" },
      })),
    );
    expect(pool.stats()).toMatchObject({ busyMachines: 0, threads: 0 });
  });

  test("those that wait when the last thread ends are told", async () => {
    const listeners: ThreadListener[] = [];
    const pool = poolOf((_, listener) => {
      if (listeners.length === 1) throw new Error("EAGAIN");
      listeners.push(listener);
      return { post: () => undefined, terminate: () => undefined, keepAlive: () => undefined };
    });
    // Two have a place in the one thread, the third waits for one.
    const reports = await reportsOf(pool, 3);
    expect(reports).toEqual([]);
    listeners[0]?.ended(undefined);
    expect(reports.map(({ type }) => type)).toEqual(["lost", "lost", "lost"]);
    expect(pool.stats()).toMatchObject({ busyMachines: 0, threads: 0 });
  });
});
