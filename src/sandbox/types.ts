import type { EngineBuild } from "../engine/index.ts";
import type { RunFailure } from "../errors.ts";
import type { Runtime } from "../isolation/index.ts";
import type { PendingCall, SnapshotKey, Usage } from "../snapshots/index.ts";
import type { ToolTree } from "../tools/index.ts";
import type { Limits } from "./limits.ts";

export type { Usage };

/** Decides about one call before its tool starts. */
export type Policy = (call: PolicyCall) => PolicyVerdict | Promise<PolicyVerdict>;

/** What a policy is told; `data` is RunOptions.context. */
export interface PolicyCall {
  readonly tool: string;
  readonly input: unknown;
  readonly runId: string;
  readonly tenant?: string;
  readonly data: unknown;
}

/** "ask" needs a person: `RunOptions.onApproval`, or whoever answers when the run is resumed. */
export type PolicyVerdict = "allow" | "ask" | "deny" | { deny: string };

/** What a sandbox is made of; everything is optional. */
export interface SandboxOptions {
  /** What the guest finds as `tools`: functions, defined tools, namespaces of them. */
  tools?: ToolTree;
  /** Plain data, bare functions and host objects that the guest finds beside `tools`. */
  globals?: Record<string, unknown>;
  limits?: Partial<Limits>;
  /** Absent: every call is allowed. */
  policy?: Policy;
  /**
   * Where guest code runs: "thread", on threads of the runtime, which are ended where a limit can't be held otherwise; or
   * "inline", on the caller's own thread, which it blocks meanwhile. Default: "thread" where the runtime has threads.
   */
  isolation?: "thread" | "inline";
  /** The runtime to use in place of the process's shared one. */
  runtime?: Runtime;
  /** Leaves `eval` and the Function constructors open. Default false. */
  allowEval?: boolean;
  /** An IANA time zone. Default UTC. */
  timezone?: string;
  /**
   * Seals snapshots: 32 bytes, or an AES-GCM CryptoKey; of a list the first one seals and all open. Default: a key that
   * lives as long as the sandbox.
   */
  snapshotKey?: SnapshotKey | readonly SnapshotKey[];
  /** Older builds of the engine (`engineBuild`), so that what was suspended with them can be resumed. */
  engines?: readonly EngineBuild[];
  /** Sleeps and timers that are due later than this don't keep a run going: it suspends. Default 10,000. */
  sleepInlineMs?: number;
  /** How long a run that is suspending waits for the calls that are out. Default 5,000. */
  settleMs?: number;
  /** Whether programs may contain JSX: `<Message id={1}>Hi</Message>` is `{ type, props, children }`. Default false. */
  jsx?: boolean;
}

/** What the host brings to a run, fresh or resumed. */
export interface HostOptions {
  /** As SandboxOptions.globals, for this run; wins over them. A resumed run takes only the functions and the owners of host objects among them. */
  globals?: Record<string, unknown>;
  /** Handed to the tools as `context.data`; never seen by the guest. */
  context?: unknown;
  /** Whose run it is. A snapshot can be resumed for the same tenant only. */
  tenant?: string;
  /** Cancels the run when it aborts. */
  signal?: AbortSignal;
  /** Answers what the guest yields or emits; its error is thrown there. Absent: the answer is undefined. */
  onYield?: (value: unknown) => unknown;
  /** Answers calls that need an approval while the run goes on. Its undefined, or its absence, leaves them pending. */
  onApproval?: (call: PendingCall) => Answer | undefined | Promise<Answer | undefined>;
  /** Called at each quiet point before any call that was made starts; its error cancels the run. */
  beforeCalls?: (batch: CallBatch) => void | Promise<void>;
  /** Makes randomness repeat. */
  seed?: number | string;
}

/** Calls that are about to start. */
export interface CallBatch {
  readonly calls: readonly PendingCall[];
  /** The run as it stands, sealed: in it these calls are in flight. */
  snapshot(): Promise<Uint8Array>;
}

/**
 * What settles a pending call. `value` and `error` fit every kind; `approve` (with other input, if given) and `deny` an
 * approval; `reissue` calls the tool of an `in_flight` or `deferred` call once more. `by` says who answered.
 */
export type Answer = { by?: string } & (
  | { value: unknown }
  | { error: { name?: string; message: string; code?: string } }
  | { approve: true; input?: unknown }
  | { deny: string }
  | { reissue: true }
);

/** Options of `resume`. */
export interface ResumeOptions extends HostOptions {
  /** By the ids of pending calls. What has no answer stays pending. */
  answers?: Readonly<Record<string, Answer>>;
  /** Makes another run of it, with an id and idempotency keys of its own. */
  fork?: boolean;
  /** Whether tools that are gone or have changed since refuse the snapshot. Default "fail". */
  onToolChange?: "fail" | "accept";
}

/** Options of one run. */
export interface RunOptions extends HostOptions {
  /** What the guest finds as `input`. */
  input?: unknown;
  limits?: Partial<Limits>;
  /** Where the clock stands, in milliseconds since the epoch or as a Date; it moves only by timers then. */
  now?: number | Date;
  /** As SandboxOptions.jsx, for this run; wins over it. */
  jsx?: boolean;
  /** Whether comments that stand between statements become events when the program passes them. Default false. */
  comments?: boolean;
  /** A name for people; a snapshot of the run carries it. */
  name?: string;
  /** Texts of the host's own; snapshots carry them sealed, and `inspectSnapshot` tells them. */
  labels?: Readonly<Record<string, string>>;
  /** Makes the outcome tell variables and lines, and each call what its result is assigned to. Default false. */
  track?: boolean;
}

/** A program that runs. Iterating gives its events from the first on; the iteration ends with the run. */
export interface Run extends AsyncIterable<RunEvent> {
  readonly id: string;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Suspends at the next quiet point, or lets the run end if it does so first. Resolves with the outcome. */
  suspend(): Promise<void>;
  cancel(reason?: string): void;
}

/** How a run ended. */
export type Outcome = Completed | Failed | Suspended;

/** What a tool said that ended the run, and where it was called. */
export interface Exit {
  readonly name: string;
  readonly data: unknown;
  readonly callId: string;
  readonly line?: number;
  /** Guest frames only, in the author's lines. */
  readonly stack?: string;
}

/** The program came to its end. */
export interface Completed extends Report {
  readonly status: "completed";
  /** Undefined if a tool ended the run. */
  readonly value: unknown;
  /** What the tool said that ended the run by throwing a RunExit. */
  readonly exit?: Exit;
}

/** The program did not come to its end. */
export interface Failed extends Report {
  readonly status: "failed";
  readonly error: RunFailure;
}

/** The program waits: `sandbox.resume(snapshot, { answers })` goes on. */
export interface Suspended extends Report {
  readonly status: "suspended";
  readonly snapshot: Uint8Array;
  readonly pending: readonly PendingCall[];
}

/** What happened in a run, however it ended. */
export interface Report {
  readonly runId: string;
  readonly logs: readonly LogEntry[];
  readonly calls: readonly CallRecord[];
  readonly warnings: readonly Warning[];
  readonly usage: Usage;
  /**
   * With `track`: the last values of the top-level variables, and of a failed run those of the function that failed. A
   * VariableDescription stands for functions, promises, and what is too large or cannot leave the machine.
   */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** With `track`: the lines that ran, in the order of their first time, and how often each did. */
  readonly lines?: readonly (readonly [line: number, times: number])[];
  /** What the program wrote to host objects, in order; there if the run had any. */
  readonly mutations?: readonly Mutation[];
}

/** One write to a property of a host object. */
export interface Mutation {
  /** Where the program found the object, such as `user`. */
  readonly object: string;
  readonly property: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** One line of the guest's console. */
export interface LogEntry {
  readonly level: "log" | "info" | "warn" | "error" | "debug";
  readonly values: readonly unknown[];
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly line?: number;
}

/** Something that did not fail the run but that its author should know. */
export interface Warning {
  readonly code:
    | "source_repaired"
    | "logs_dropped"
    | "records_omitted"
    | "calls_refused"
    | "unhandled_rejection"
    | "uncaught_error"
    | "call_aborted"
    | "tracking_lost"
    | "answer_ignored"
    | "stream_not_closed";
  readonly message: string;
  readonly line?: number;
}

/** One use of a tool. */
export interface CallRecord {
  readonly id: string;
  /** `github.listIssues`. */
  readonly tool: string;
  /** Plain functions: the array of arguments. */
  readonly input: unknown;
  readonly output?: unknown;
  /** How many parts its tool streamed, where it streams: the parts themselves are not kept. */
  readonly parts?: number;
  readonly error?: RunFailure;
  readonly line?: number;
  /** In a tracked run: the variable that its answer was assigned to; of a pattern all its names, with ", " between. */
  readonly assignedTo?: string;
  /** Who answered it, if that was not its tool. */
  readonly answeredBy?: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly state: "running" | "waiting" | "completed" | "failed" | "denied" | "aborted";
}

/**
 * What happens while a run goes on. A call event comes at every change of a call's state, first when it starts. A gap in
 * `seq` is what a listener that came late or was slow has missed: about 16 MiB of events are kept for it.
 */
export type RunEvent = { readonly seq: number; readonly at: number } & (
  | { readonly type: "log"; readonly entry: LogEntry }
  | { readonly type: "call"; readonly call: CallRecord }
  | { readonly type: "progress"; readonly callId: string; readonly progress: unknown }
  | { readonly type: "yield"; readonly value: unknown }
  | { readonly type: "suspended"; readonly pending: readonly PendingCall[] }
  | { readonly type: "comment"; readonly text: string; readonly line: number }
  | ({ readonly type: "write" } & Mutation)
);
