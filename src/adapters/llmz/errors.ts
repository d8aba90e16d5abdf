import type { PendingCall, RunFailure } from "../../index.ts";

/** The code is no program. `runAsyncFunction` rejects with it. */
export class InvalidCodeError extends Error {
  override readonly name: string = "InvalidCodeError";
  readonly code: string;
  readonly failure: RunFailure;

  constructor(message: string, code: string, failure: RunFailure) {
    super(message);
    this.code = code;
    this.failure = failure;
  }
}

/** The program failed: the original message, the code, and the annotated listing. */
export class CodeExecutionError extends Error {
  override readonly name: string = "CodeExecutionError";
  readonly code: string;
  readonly stacktrace: string;
  readonly failure: RunFailure;

  constructor(message: string, code: string, stacktrace: string, failure: RunFailure) {
    super(message);
    this.code = code;
    this.stacktrace = stacktrace;
    this.failure = failure;
  }
}

/** Thrown by a tool to end the run with success: extend it for signals of your own. */
export class VMSignal extends Error {
  override readonly name: string = "VMSignal";
  /** The annotated listing, once the run has ended. */
  override stack = "";
  /** The listing up to the deepest marked line. */
  truncatedCode = "";
  variables: Record<string, unknown> = {};
  toolCall?: { readonly name: string; readonly input: unknown };
}

/** Thrown by a tool that wants the model to think again. */
export class ThinkSignal extends VMSignal {
  override readonly name: string = "ThinkSignal";
  readonly reason: string;
  readonly context: unknown;

  constructor(reason: string, context?: unknown) {
    super(`Think signal received: ${reason}`);
    this.reason = reason;
    this.context = context;
  }
}

/**
 * Thrown by a tool whose answer comes later: the program is suspended where it stands. `resumeAsyncFunction` goes on with
 * `snapshot` once the pending calls have answers.
 */
export class SnapshotSignal extends VMSignal {
  override readonly name: string = "SnapshotSignal";
  readonly reason: string;
  readonly longMessage: string | undefined;
  /** There once the run is suspended. */
  snapshot: Uint8Array | undefined;
  pending: readonly PendingCall[] = [];

  constructor(reason: string, longMessage?: string) {
    super(longMessage ?? reason);
    this.reason = reason;
    this.longMessage = longMessage;
  }
}
