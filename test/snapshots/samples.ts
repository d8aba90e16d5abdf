import type { Delta, Turn } from "../../src/engine/index.ts";
import type { PendingCall, Snapshot, SnapshotMeta } from "../../src/snapshots/index.ts";
import { newMachine, program, setup } from "../engine/machines.ts";

/** The text of README's kind of program that waits at a call inside a loop. */
export const SMALL =
  "const f = (x) => x + 1; let total = 0; for (const i of [1,2,3]) { total = f(await tools.add(total, i)) } return total";

/** A key that is always the same. */
export const KEY: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: 32 }, (_, at) => at * 7);
/** Another one. */
export const OTHER_KEY: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: 32 }, (_, at) => at * 11);

/** What a program that waits leaves behind: its delta, and the turn that brought it there. */
export async function waiting(source: string): Promise<{ delta: Delta; turn: Turn }> {
  const machine = await newMachine();
  const turn = machine.start(await program(source), setup(), 10_000);
  return { delta: machine.save(), turn };
}

/** A snapshot of that program. */
export async function snapshotOf(
  source: string = SMALL,
  meta: Partial<SnapshotMeta> = {},
  state: unknown = { calls: [], logs: [] },
): Promise<Snapshot> {
  const { delta } = await waiting(source);
  return { meta: metaWith(meta), engine: delta.engine, tools: "0".repeat(32), state, delta };
}

/** A call that waits for a person. */
export const PENDING: PendingCall = {
  id: "1",
  tool: "refund",
  input: { order: 7n, at: new Date(0) },
  kind: "approval",
  since: 1_700_000_000_500,
  expiresAt: 1_800_000_000_000,
  details: undefined,
  line: 3,
};

function metaWith(meta: Partial<SnapshotMeta>): SnapshotMeta {
  const { details: _details, ...call } = PENDING;
  return {
    kind: "run",
    runId: "5b1c2f7e-0000-4000-8000-000000000000",
    generation: 0,
    sourceHash: "ab".repeat(32),
    startedAt: 1_700_000_000_000,
    suspendedAt: 1_700_000_001_000,
    pending: [call],
    usage: {
      wallMs: 12.5,
      cpuMs: 1.25,
      steps: 3,
      memoryBytes: 400_000,
      sourceBytes: 120,
      resultBytes: 0,
      toolCalls: 1,
      toolInputBytes: 5,
      toolOutputBytes: 0,
      logEntries: 0,
      logBytes: 0,
      yields: 0,
      writes: 0,
    },
    ...meta,
  };
}
