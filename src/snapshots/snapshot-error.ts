/** Why bytes can't be resumed. */
export type SnapshotErrorCode = "snapshot_invalid" | "snapshot_key" | "snapshot_engine" | "snapshot_tools";

/** Thrown for bytes that can't be opened; `sandbox.resume` makes it the outcome. */
export class SnapshotError extends Error {
  override readonly name: string = "SnapshotError";
  readonly code: SnapshotErrorCode;
  readonly data?: unknown;

  constructor(code: SnapshotErrorCode, message: string, data?: unknown) {
    super(message);
    this.code = code;
    if (data !== undefined) this.data = data;
  }
}
