import type { Limits } from "./limits.ts";
import type { Answer, HostOptions, Outcome, RunOptions } from "./types.ts";

/** Options of `session`. */
export interface SessionOptions {
  /** A session's snapshot, to go on with; bytes that can't be opened fail the first run. */
  snapshot?: Uint8Array;
  /** As SandboxOptions.globals, for all runs; wins over them. */
  globals?: Record<string, unknown>;
  /** For each run; `memoryBytes` is the session's, and never less than that of the snapshot. */
  limits?: Partial<Limits>;
  /** Whose session it is. A snapshot can be opened for the same tenant only. */
  tenant?: string;
  /** A label for people; snapshots carry it. */
  name?: string;
  /** Whether tools that are gone or have changed refuse a snapshot in which a run is suspended. Default "fail". */
  onToolChange?: "fail" | "accept";
}

/** Options of one run of a session. `limits.memoryBytes` is the session's. Its variables are told by the session. */
export type SessionRunOptions = Omit<RunOptions, "tenant" | "track" | "labels">;

/** Options of resuming a session's run. */
export type SessionResumeOptions = Omit<HostOptions, "tenant">;

/** Programs one after the other: what one declares at its top level, the next one finds. They never run at once. */
export interface Session extends AsyncDisposable {
  /** Runs a program when all that was asked before is done. Rejects with UsageError for misuse, and while a run is suspended. */
  run(source: string, options?: SessionRunOptions): Promise<Outcome>;
  /** Goes on with the suspended run. Rejects with UsageError where there is none. */
  resume(answers?: Readonly<Record<string, Answer>>, options?: SessionResumeOptions): Promise<Outcome>;
  /** The last good state, sealed; of an ended session that before the run that ended it. Rejects with SnapshotError or RunError. */
  snapshot(): Promise<Uint8Array>;
  /** An independent session with the same state. */
  fork(): Promise<Session>;
  /** What programs declared. Looking changes nothing. */
  variables(): Promise<SessionVariable[]>;
  /** Cancels what runs, and lets go of the state. */
  close(): Promise<void>;
}

/** A variable, function or class of a session. */
export interface SessionVariable {
  readonly name: string;
  /** What `typeof` says; "null" for null, "unknown" for what can't be looked at. */
  readonly type: string;
  /** Of an object: "Array", "Map", "Date", the name of its class. */
  readonly class?: string;
  readonly constant?: true;
  /** The value on one line, cut; of a function how it is called. */
  readonly preview: string;
  /** About what the value takes as text. */
  readonly bytes?: number;
  /** Whether it takes more than `bytes`, which is as far as it was measured. */
  readonly larger?: true;
}
