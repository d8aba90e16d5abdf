import type { Delta, EngineBuild } from "../engine/index.ts";
import type { Snapshot } from "../snapshots/index.ts";
import type { ToolTable } from "../tools/index.ts";
import { type Opener, openAs } from "./open-run.ts";
import { NOTHING_SPENT } from "./resumed-run.ts";
import { checkTools, fingerprinted, type OpenedRun, type RunState } from "./run-snapshot.ts";

/** What a session is between two runs. Forks share it: nothing in it changes. */
export interface Standing {
  /** What its machine holds; absent before the first run. */
  readonly delta?: Delta;
  /** Whether a program ran there, so that the sandbox's globals are in place. */
  readonly begun: boolean;
  /** How many runs there were: their programs are told apart by it. */
  readonly runs: number;
  /** The older engine build that it needs. */
  readonly build?: EngineBuild;
  /** The run that waits to be resumed. */
  readonly suspended?: OpenedRun;
}

/** What a session's snapshot holds beside a suspended run. */
interface SessionState {
  readonly session: { readonly begun: boolean; readonly runs: number; readonly memoryBytes: number };
}

/** What names a session. */
export interface SessionIdentity {
  readonly id: string;
  readonly name?: string;
  readonly tenant?: string;
  readonly startedAt: number;
}

/** The standing of a session as a snapshot, before it is sealed. `delta` is what its machine holds. */
export async function idleSnapshot(
  identity: SessionIdentity,
  standing: Standing & { delta: Delta },
  surroundings: { table: ToolTable; memoryBytes: number },
): Promise<Snapshot> {
  const { delta, suspended } = standing;
  const { id, ...named } = identity;
  const rest = { sourceHash: "", generation: 0, suspendedAt: Date.now(), pending: [], usage: NOTHING_SPENT };
  const meta = suspended?.meta ?? { kind: "session", runId: id, ...named, ...rest };
  const { fingerprints, tools } = await fingerprinted(surroundings.table);
  const state = { ...suspended?.state, fingerprints };
  const whole = { meta, engine: delta.engine, tools, state, delta: suspended?.delta ?? delta };
  return asSession(whole as Snapshot, standing, surroundings.memoryBytes);
}

/** The snapshot of a run as one of its session. */
export function asSession(snapshot: Snapshot, { begun, runs }: Standing, memoryBytes: number): Snapshot {
  const session: SessionState = { session: { begun, runs, memoryBytes } };
  const state = { ...(snapshot.state as object), ...session };
  return { ...snapshot, meta: { ...snapshot.meta, kind: "session" }, state };
}

/** Opens the snapshot of a session and checks that it can go on here. Throws SnapshotError. */
export async function openSession(
  bytes: unknown,
  opener: Opener,
): Promise<{ standing: Standing; memoryBytes: number; identity: Partial<SessionIdentity> }> {
  const { build, snapshot } = await openAs("session", bytes, opener);
  const { delta, meta } = snapshot;
  const { session, ...state } = snapshot.state as RunState & SessionState;
  const waits = "source" in state;
  if (waits && opener.how.onToolChange !== "accept") await checkTools(snapshot, opener.table);
  const { begun, memoryBytes, runs } = session;
  const { name, startedAt } = meta;
  return {
    standing: { delta, begun, runs, ...build, ...(waits && { suspended: { meta, state, delta, ...build } }) },
    memoryBytes,
    identity: { startedAt, ...(name !== undefined && { name }) },
  };
}
