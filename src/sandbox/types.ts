import type { RunFailure } from "../errors.ts";
import type { Runtime } from "../isolation/index.ts";
import type { Usage } from "../snapshots/index.ts";
import type { ToolMatch, ToolTree } from "../tools/index.ts";
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

/** "ask" needs somebody who approves; where nobody can, the call is denied. */
export type PolicyVerdict = "allow" | "ask" | "deny" | { deny: string };

/** What a sandbox is made of; everything is optional. */
export interface SandboxOptions {
  /** What the guest finds as `tools`: functions, defined tools, namespaces of them. */
  tools?: ToolTree;
  /** Plain data and bare functions that the guest finds beside `tools`. */
  globals?: Record<string, unknown>;
  limits?: Partial<Limits>;
  /** Absent: every call is allowed. */
  policy?: Policy;
  /** Where guest code runs. Default and only choice for now: "inline", on the caller's own thread. */
  isolation?: "inline";
  /** The runtime to use in place of the process's shared one. */
  runtime?: Runtime;
  /** Leaves `eval` and the Function constructors open. Default false. */
  allowEval?: boolean;
  /** An IANA time zone. Default UTC. */
  timezone?: string;
}

/** Options of one run. */
export interface RunOptions {
  /** What the guest finds as `input`. */
  input?: unknown;
  /** As SandboxOptions.globals, for this run; wins over them. */
  globals?: Record<string, unknown>;
  /** Handed to the tools as `context.data`; never seen by the guest. */
  context?: unknown;
  tenant?: string;
  limits?: Partial<Limits>;
  /** Cancels the run when it aborts. */
  signal?: AbortSignal;
  /** Answers what the guest yields or emits; its error is thrown there. Absent: the answer is undefined. */
  onYield?: (value: unknown) => unknown;
  /** Makes randomness repeat. */
  seed?: number | string;
  /** Where the clock stands, in milliseconds since the epoch or as a Date; it moves only by timers then. */
  now?: number | Date;
  /** A label for people; a snapshot of the run carries it. */
  name?: string;
}

/** Programs against one set of tools, one policy and one set of limits. */
export interface Sandbox extends AsyncDisposable {
  /** Runs a program to its outcome. Rejects with UsageError for misuse only. */
  run(source: string, options?: RunOptions): Promise<Outcome>;
  /** Starts a program. Throws UsageError for misuse only. */
  start(source: string, options?: RunOptions): Run;
  /** The tools that match words, best first. */
  search(query: string, options?: { limit?: number }): ToolMatch[];
  /** Cancels what runs and waits for it. */
  close(): Promise<void>;
}

/** A program that runs. Iterating gives its events from the first on; the iteration ends with the run. */
export interface Run extends AsyncIterable<RunEvent> {
  readonly id: string;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  cancel(reason?: string): void;
}

/** How a run ended. */
export type Outcome = Completed | Failed;

/** The program came to its end. */
export interface Completed extends Report {
  readonly status: "completed";
  readonly value: unknown;
}

/** The program did not come to its end. */
export interface Failed extends Report {
  readonly status: "failed";
  readonly error: RunFailure;
}

/** What happened in a run, however it ended. */
export interface Report {
  readonly runId: string;
  readonly logs: readonly LogEntry[];
  readonly calls: readonly CallRecord[];
  readonly warnings: readonly Warning[];
  readonly usage: Usage;
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
    | "call_aborted";
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
  readonly error?: RunFailure;
  readonly line?: number;
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
);
