import type { Isolation } from "../isolation/index.ts";
import { SnapshotError } from "../snapshots/index.ts";
import type { ToolTable } from "../tools/index.ts";
import type { Keys } from "./keys.ts";
import { checkTools, type OpenedRun, type RunState } from "./run-snapshot.ts";
import type { ResumeOptions, SandboxOptions } from "./types.ts";

/** What opens a suspended run. */
export interface Opener {
  readonly options: SandboxOptions;
  readonly isolation: Isolation;
  readonly keys: Keys;
  readonly table: ToolTable;
  readonly how: ResumeOptions;
}

/** Opens a suspended run and checks that it can go on here: key, tenant, engine and tools. Throws SnapshotError. */
export async function openRun(bytes: unknown, opener: Opener): Promise<OpenedRun> {
  const { how, keys, table } = opener;
  const snapshot = await keys.open(bytes, how.tenant);
  const { delta, meta } = snapshot;
  if (meta.kind !== "run") {
    throw new SnapshotError(
      "snapshot_invalid",
      "the snapshot is one of a session: sandbox.session({ snapshot }) goes on with it",
    );
  }
  if (how.onToolChange !== "accept") await checkTools(snapshot, table);
  return { meta, state: snapshot.state as RunState, delta };
}
