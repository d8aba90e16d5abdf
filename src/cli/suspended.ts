import { inspectSnapshot, SnapshotError, type SnapshotInfo } from "../index.ts";
import { CliError, EXIT } from "./exit-codes.ts";
import type { CliContext } from "./output.ts";
import { SnapshotFile } from "./snapshot-file.ts";
import { type UserKey, userKey } from "./snapshot-key.ts";
import { oneLine } from "./text.ts";

/** A snapshot's file, opened with the user's key. */
export interface OpenedFile {
  readonly store: SnapshotFile;
  readonly info: SnapshotInfo;
  readonly key: Uint8Array;
}

/** Reads and opens a snapshot. Throws CliError. */
export async function openFile(path: string, env: CliContext["env"]): Promise<OpenedFile> {
  const store = await SnapshotFile.existing(path);
  const key = await userKey(env, { create: false });
  try {
    return { store, key: key.bytes, info: await inspectSnapshot(store.bytes, key.bytes) };
  } catch (error) {
    if (error instanceof SnapshotError) throw new CliError(problemOf(error, path, key), EXIT.configuration);
    throw error;
  }
}

function problemOf({ code, message }: SnapshotError, path: string, { from }: UserKey): string {
  const subject = `the snapshot "${oneLine(path)}"`;
  if (code !== "snapshot_key") return `${subject} can't be used: ${message}`;
  return `${subject} was sealed with another key than that of ${oneLine(from)}: set TARDIGRADE_KEY to the right one`;
}
