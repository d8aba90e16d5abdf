import { buildId, type EngineBuild } from "../engine/index.ts";
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
  readonly how: Pick<ResumeOptions, "tenant" | "onToolChange">;
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
  const build = await buildOf(snapshot.engine, opener);
  if (how.onToolChange !== "accept") await checkTools(snapshot, table);
  return { meta, state: snapshot.state as RunState, delta, ...(build && { build }) };
}

/** The older build that a snapshot needs; undefined if it is the one in use. Throws SnapshotError. */
export async function buildOf(id: string, { isolation, options }: Opener): Promise<EngineBuild | undefined> {
  if (id === (await isolation.engineId)) return undefined;
  const build = options.engines?.find(({ image }) => buildId(image) === id);
  if (build) return build;
  const message = `the snapshot was made by the engine build ${id}, which is not at hand: give its files in the sandbox's option "engines"`;
  throw new SnapshotError("snapshot_engine", message, { engine: id });
}
