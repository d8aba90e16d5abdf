import { describe, expect, test } from "vitest";
import { createPlatformEngine, platformEngineId } from "../../src/engine/index.ts";
import { createRuntime, createSandbox } from "../../src/index.ts";
import { MachineKinds } from "../../src/isolation/kinds.ts";
import { MachinePool } from "../../src/isolation/pool.ts";
import type { MachineReport } from "../../src/isolation/port.ts";
import { Claims } from "../../src/isolation/threads/claims.ts";
import type { ThreadListener, ToThread } from "../../src/isolation/threads/messages.ts";
import type { StartThread } from "../../src/isolation/threads/thread.ts";
import { Threads } from "../../src/isolation/threads/threads.ts";
import { sleep } from "../support.ts";

const COMMAND = {
  type: "prepare",
  source: "1",
  options: { comments: false, jsx: false, track: false },
  wallLeftMs: 1000,
};

function poolOf(start: StartThread) {
  const kinds = new MachineKinds(() => createPlatformEngine(undefined), true);
  const places = (owner: MachinePool) => new Threads(start, { width: 1, slots: 2, kinds }, owner);
  return new MachinePool({
    isDirect: false,
    engineId: platformEngineId,
    kinds,
    places,
    parkAfterMs: 5,
  });
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

test("what a run was to do that is closed before its thread comes to it is not begun", async () => {
  const told: ToThread[] = [];
  let claims: Claims | undefined;
  const pool = poolOf((start) => {
    claims = new Claims(start.claims as SharedArrayBuffer);
    return { post: (messages) => told.push(...messages), terminate: () => undefined, keepAlive: () => undefined };
  });
  const port = await pool.open({ memoryBytes: 64 << 20 });
  port.post(COMMAND as Parameters<typeof port.post>[0]);
  await sleep(1);
  const [opened] = told.filter((message) => message.type === "open");
  expect(told.at(-1)?.type).toBe("command");
  port.close();
  expect(opened && claims?.enter(opened.slot, opened.run)).toBe(false);
});

test("threads of a runtime that was closed end with the last run that stands in them", async () => {
  const runtime = createRuntime({ threads: 1 });
  let open: ((value: number) => void) | undefined;
  const tools = { gate: () => new Promise<number>((resolve) => (open = resolve)) };
  const run = createSandbox({ runtime, tools }).run("return await tools.gate()");
  while (!open) await sleep(1);
  runtime.close();
  open(5);
  expect(await run).toMatchObject({ value: 5 });
  while (runtime.stats().threads.total > 0) await sleep(1);
  expect(await createSandbox({ runtime }).run("return 6")).toMatchObject({ value: 6 });
});
