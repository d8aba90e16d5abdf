import { buildId, type EngineBuild } from "../engine/index.ts";
import type { Isolation } from "../isolation/index.ts";
import { type Snapshot, SnapshotError, type SnapshotMeta } from "../snapshots/index.ts";
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

const OTHER_KIND: Readonly<Record<SnapshotMeta["kind"], string>> = {
  run: "the snapshot is one of a session: sandbox.session({ snapshot }) goes on with it",
  session: "the snapshot is one of a run: sandbox.resume(snapshot) goes on with it",
};

/** Opens a suspended run and checks that it can go on here: key, tenant, engine and tools. Throws SnapshotError. */
export async function openRun(bytes: unknown, opener: Opener): Promise<OpenedRun> {
  const { build, snapshot } = await openAs("run", bytes, opener);
  if (opener.how.onToolChange !== "accept") await checkTools(snapshot, opener.table);
  const { delta, meta, state } = snapshot;
  return { meta, state: state as RunState, delta, ...build };
}

/** Opens a snapshot of this kind and finds its engine; `build` is empty if that is the one in use. Throws SnapshotError. */
export async function openAs(
  kind: SnapshotMeta["kind"],
  bytes: unknown,
  opener: Opener,
): Promise<{ snapshot: Snapshot; build: { readonly build?: EngineBuild } }> {
  const snapshot = await opener.keys.open(bytes, opener.how.tenant);
  if (snapshot.meta.kind !== kind) throw new SnapshotError("snapshot_invalid", OTHER_KIND[kind]);
  const build = await buildOf(snapshot.engine, opener);
  return { snapshot, build: build ? { build } : {} };
}

/** The older build that a snapshot needs; undefined if it is the one in use. Throws SnapshotError. */
async function buildOf(id: string, { isolation, options }: Opener): Promise<EngineBuild | undefined> {
  if (id === (await isolation.engineId)) return undefined;
  const build = options.engines?.find(({ image }) => buildId(image) === id);
  if (build) return build;
  const message = `the snapshot was made by the engine build ${id}, which is not at hand: give its files in the sandbox's option "engines"`;
  throw new SnapshotError("snapshot_engine", message, { engine: id });
}
