/** What a code is about: the outcome of a run, one call (the guest sees it on the error), or a snapshot. */
export type ErrorScope = "outcome" | "call" | "snapshot";

/** What the table says about a code. */
export interface ErrorCodeEntry {
  readonly scope: ErrorScope;
  readonly meaning: string;
}

/** One of the codes of the table below. */
export type ErrorCode =
  | "wall_limit"
  | "cpu_limit"
  | "step_limit"
  | "memory_limit"
  | "stack_limit"
  | "source_limit"
  | "result_limit"
  | "yield_limit"
  | "snapshot_limit"
  | "syntax_error"
  | "type_error"
  | "threw"
  | "tool_failed"
  | "deadlock"
  | "cancelled"
  | "unserializable"
  | "machine_crashed"
  | "session_ended"
  | "busy"
  | "queue_timeout"
  | "unknown_tool"
  | "invalid_input"
  | "invalid_output"
  | "denied"
  | "call_timeout"
  | "approval_expired"
  | "outcome_unknown"
  | "call_limit"
  | "input_limit"
  | "output_limit"
  | "snapshot_invalid"
  | "snapshot_engine"
  | "snapshot_tools"
  | "snapshot_key";

/**
 * Every code that Tardigrade itself reports, with its scope and its meaning in one sentence.
 * Codes may be added, never renamed; each has a section in docs/reference/errors.md.
 */
export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorCodeEntry>> = {
  wall_limit: { scope: "outcome", meaning: "The run took longer than limits.wallMs from start to outcome." },
  cpu_limit: { scope: "outcome", meaning: "The run spent more than limits.cpuMs inside its machine." },
  step_limit: { scope: "outcome", meaning: "The run used more than limits.steps units of 10,000 engine ticks." },
  memory_limit: { scope: "outcome", meaning: "The guest heap reached limits.memoryBytes." },
  stack_limit: { scope: "outcome", meaning: "The guest's calls nested deeper than its stack holds." },
  source_limit: { scope: "outcome", meaning: "The source is longer than limits.sourceBytes." },
  result_limit: { scope: "outcome", meaning: "The value, or what was thrown, is larger than limits.resultBytes." },
  yield_limit: { scope: "outcome", meaning: "The run yielded more often than limits.yields." },
  snapshot_limit: { scope: "outcome", meaning: "The suspended run is larger than limits.snapshotBytes." },
  syntax_error: { scope: "outcome", meaning: "The source is not a program the engine can run." },
  type_error: { scope: "outcome", meaning: "Type-checking found a mistake before the program started." },
  threw: { scope: "outcome", meaning: "The program threw and nothing caught it." },
  tool_failed: { scope: "outcome", meaning: "A tool's own error was not caught by the program." },
  deadlock: { scope: "outcome", meaning: "The program waits for something that nothing will ever settle." },
  cancelled: { scope: "outcome", meaning: "The run was cancelled by its host." },
  unserializable: { scope: "outcome", meaning: "A value cannot cross between guest and host; the path says which." },
  machine_crashed: { scope: "outcome", meaning: "The engine failed in a way that is not an ordinary exception." },
  session_ended: { scope: "outcome", meaning: "The session was closed or lost its machine." },
  busy: { scope: "outcome", meaning: "Too many runs wait already for their turn in the runtime." },
  queue_timeout: { scope: "outcome", meaning: "The run waited too long for its turn in the runtime." },
  unknown_tool: { scope: "call", meaning: "No tool of that name exists in this sandbox." },
  invalid_input: { scope: "call", meaning: "The input does not match the tool's input schema." },
  invalid_output: { scope: "call", meaning: "The tool's answer does not match its output schema, or cannot cross." },
  denied: { scope: "call", meaning: "The policy, or a person, denied the call." },
  call_timeout: { scope: "call", meaning: "The tool did not answer within its timeoutMs." },
  approval_expired: { scope: "call", meaning: "Nobody approved the call in time." },
  outcome_unknown: { scope: "call", meaning: "It is not known whether the call took effect." },
  call_limit: { scope: "call", meaning: "The run made more calls than limits.toolCalls." },
  input_limit: { scope: "call", meaning: "The call's input is larger than limits.toolInputBytes." },
  output_limit: { scope: "call", meaning: "The tool's answer is larger than limits.toolOutputBytes." },
  snapshot_invalid: { scope: "snapshot", meaning: "The bytes are not a whole snapshot." },
  snapshot_engine: { scope: "snapshot", meaning: "The snapshot was made by an engine that is not at hand." },
  snapshot_tools: { scope: "snapshot", meaning: "A tool of the suspended run is gone or has changed." },
  snapshot_key: { scope: "snapshot", meaning: "The snapshot was sealed with another key or for another tenant." },
};

/** Why a run or a call failed, as plain data: safe to store, to send and to show to a model. */
export interface RunFailure {
  code: ErrorCode;
  name: string;
  message: string;
  /** Guest frames only, in the author's lines. */
  stack?: string;
  line?: number;
  column?: number;
  /** The author's lines around the failure, the failing one marked. */
  frame?: string;
  hint?: string;
  cause?: unknown;
  data?: unknown;
}

/** Thrown for misuse of the API: a wrong option, a closed sandbox, a tool with a bad name. Never thrown for what a guest does. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Thrown by `unwrap` for an outcome that is not completed; carries the failure. */
export class RunError extends Error {
  override readonly name: string = "RunError";
  readonly code: ErrorCode;
  readonly failure: RunFailure;

  constructor(failure: RunFailure) {
    super(`${failure.code}: ${failure.message}`);
    this.code = failure.code;
    this.failure = failure;
  }
}

/**
 * Thrown by a tool to end the run: the outcome is completed, with `exit: { name, data }` and no value. The program cannot
 * catch it, and nothing of it runs afterwards.
 */
export class RunExit extends Error {
  override readonly name: string = "RunExit";
  /** What the outcome tells. */
  readonly exit: { readonly name: string; readonly data: unknown };

  constructor(name: string, data?: unknown) {
    super(`the run was ended: ${name}`);
    this.exit = { name, data };
  }
}

/** Thrown by the core's own parts to fail one call with a code of ours; the guest sees name, message, code and data. */
export class CallError extends Error {
  override readonly name: string;
  readonly code: ErrorCode;
  readonly data?: unknown;

  /** `cause` is for the host's record only. */
  constructor(code: ErrorCode, message: string, data?: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CallError";
    this.code = code;
    if (data !== undefined) this.data = data;
  }
}
