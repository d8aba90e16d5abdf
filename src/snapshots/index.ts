export { claimedRunId, copiedBytes } from "./envelope.ts";
export { checkSnapshotKey, newSnapshotKey, type SnapshotKey } from "./keys.ts";
export { inspectSnapshot, openSnapshot, sealSnapshot, snapshotEngine } from "./seal.ts";
export { SnapshotError, type SnapshotErrorCode } from "./snapshot-error.ts";
export type { PendingCall, Snapshot, SnapshotInfo, SnapshotMeta, Usage } from "./types.ts";
