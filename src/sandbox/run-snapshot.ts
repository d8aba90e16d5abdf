import { type Delivery, type Delta, type EngineBuild, sha256 } from "../engine/index.ts";
import {
  openSnapshot,
  type PendingCall,
  type Snapshot,
  SnapshotError,
  type SnapshotKey,
  type SnapshotMeta,
  type Usage,
} from "../snapshots/index.ts";
import { changedTools, type Fingerprints, fingerprintsOf, type ToolTable } from "../tools/index.ts";
import type { SavedCalls } from "./call-book.ts";
import type { SavedObjects } from "./host-objects.ts";
import type { Limits } from "./limits.ts";
import type { SavedReport } from "./run-report.ts";
import type { SavedTimer } from "./timers.ts";
import type { SavedYield } from "./yields.ts";

/** What a run knows outside its machine, as a snapshot keeps it: plain values. */
export interface RunState {
  readonly source: string;
  readonly limits: Readonly<Limits>;
  readonly timezone?: string;
  /** Whether the program is tracked. */
  readonly track?: boolean;
  /** Where the clock stands if it is fixed. */
  readonly clockMs?: number;
  readonly calls: SavedCalls;
  readonly yields: { readonly count: number; readonly waiting: readonly SavedYield[] };
  readonly timers: readonly SavedTimer[];
  readonly objects: SavedObjects;
  /** Answers that arrived while the run was being suspended, in their order. */
  readonly deliveries: readonly Delivery[];
  readonly report: SavedReport;
}

/** What names a run through all its suspensions. */
export interface RunIdentity {
  readonly id: string;
  readonly name?: string;
  readonly tenant?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly generation: number;
}

/** A suspended run before it is sealed. */
export async function newSnapshot(
  identity: RunIdentity,
  table: ToolTable,
  saved: { state: RunState; delta: Delta; pending: readonly PendingCall[]; usage: Usage; suspendedAt: number },
): Promise<Snapshot> {
  const { delta, pending, state, suspendedAt, usage } = saved;
  const { id, ...rest } = identity;
  const sourceHash = await sha256(new TextEncoder().encode(state.source));
  const meta: SnapshotMeta = { kind: "run", runId: id, ...rest, sourceHash, suspendedAt, pending, usage };
  const { fingerprints, tools } = await fingerprinted(table);
  return { meta, engine: delta.engine, tools, state: { ...state, fingerprints }, delta };
}

/** What a snapshot keeps of the tools. */
export async function fingerprinted(table: ToolTable): Promise<{ tools: string; fingerprints: Fingerprints["tools"] }> {
  const { table: tools, tools: fingerprints } = await fingerprintsOf(table);
  return { tools, fingerprints };
}

/** A snapshot that may be resumed. */
export interface OpenedRun {
  readonly meta: SnapshotMeta;
  readonly state: RunState;
  readonly delta: Delta;
  /** The older engine build that it needs. */
  readonly build?: EngineBuild;
}

/** Checks that the tools of a suspended run are still there and the same. Throws SnapshotError `snapshot_tools`. */
export async function checkTools(snapshot: Snapshot, table: ToolTable): Promise<void> {
  const now = await fingerprintsOf(table);
  if (now.table === snapshot.tools) return;
  const { fingerprints } = snapshot.state as { fingerprints: Fingerprints["tools"] };
  const { changed, gone } = changedTools({ table: snapshot.tools, tools: fingerprints }, now);
  if (gone.length + changed.length === 0) return;
  const parts = [...told(gone, "gone"), ...told(changed, "changed")];
  const message = `the tools of the suspended run are not what they were: ${parts.join("; ")} (onToolChange: "accept" lets it go on)`;
  throw new SnapshotError("snapshot_tools", message, { gone, changed });
}

/** The source of a suspended run that belongs to no tenant. Throws SnapshotError. */
export async function snapshotSource(bytes: Uint8Array, key: SnapshotKey): Promise<string> {
  const { state } = await openSnapshot(bytes, key);
  return (state as RunState).source;
}

/** Milliseconds since the epoch of a run that was suspended then: never earlier. */
export const clockSkewMs = (suspendedAt: number): number => Math.max(0, suspendedAt - Date.now());

function told(names: readonly string[], what: string): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 5).join(", ");
  return [
    `${names.length > 5 ? `${shown} and ${names.length - 5} more are` : `${shown} ${names.length > 1 ? "are" : "is"}`} ${what}`,
  ];
}
