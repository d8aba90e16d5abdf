import type { Delta } from "../engine/index.ts";

/** What a run spent. */
export interface Usage {
  /** From start to outcome. */
  readonly wallMs: number;
  /** Inside the machine. */
  readonly cpuMs: number;
  /** Units of 10,000 engine ticks. */
  readonly steps: number;
  /** The largest guest heap seen, the engine's own world included. */
  readonly memoryBytes: number;
  readonly sourceBytes: number;
  readonly resultBytes: number;
  readonly toolCalls: number;
  readonly toolInputBytes: number;
  readonly toolOutputBytes: number;
  readonly logEntries: number;
  readonly logBytes: number;
  readonly yields: number;
  /** To properties of host objects. */
  readonly writes: number;
}

/** A call that a suspended run waits for. Times are milliseconds since the epoch. */
export interface PendingCall {
  readonly id: string;
  /** `github.listIssues`; of a sleep `sleep`, `sleepUntil`, `setTimeout` or `setInterval`. */
  readonly tool: string;
  readonly input: unknown;
  /** Who is waited for: a person, whoever the tool deferred to, the clock, or a tool whose answer is not known. */
  readonly kind: "approval" | "deferred" | "sleep" | "in_flight";
  readonly since: number;
  readonly wakeAt?: number;
  readonly expiresAt?: number;
  /** What the tool said when it deferred. */
  readonly details?: unknown;
  readonly line?: number;
}

/** What is known of a suspended run or session without resuming it. */
export interface SnapshotMeta {
  readonly kind: "run" | "session";
  readonly runId: string;
  /** How many times it was suspended before. */
  readonly generation: number;
  readonly name?: string;
  readonly tenant?: string;
  /** What the host said of the run. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly sourceHash: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly suspendedAt: number;
  readonly pending: readonly PendingCall[];
  readonly usage: Usage;
}

/** A suspended run or session before it is sealed. */
export interface Snapshot {
  readonly meta: SnapshotMeta;
  /** The engine build whose machines can load the delta; the delta names the same. */
  readonly engine: string;
  /** The hash of the tool table. */
  readonly tools: string;
  /** What the layer above needs to go on: any value that can cross to a guest. */
  readonly state: unknown;
  readonly delta: Delta;
}

/** What `inspectSnapshot` tells. */
export interface SnapshotInfo extends SnapshotMeta {
  /** The engine build that it needs. */
  readonly engine: string;
  /** Since it was suspended. */
  readonly ageMs: number;
  /** The size of the snapshot. */
  readonly bytes: number;
}
