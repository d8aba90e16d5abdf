import { CallError, type RunFailure } from "../errors.ts";
import type { PendingCall } from "../snapshots/index.ts";
import { decode, encode, Omitted } from "../values/index.ts";
import type { CallHost } from "./call-host.ts";
import type { CallStream } from "./call-stream.ts";
import { lazily } from "./lazy.ts";
import type { CallRecord } from "./types.ts";

/** Why a call that was begun has no answer yet. */
export type Pause = Extract<PendingCall["kind"], "approval" | "deferred"> | "queued";

/** Where an unfinished call stands: a pause, its tool runs, or it ran when the run was suspended. */
export type Stage = Pause | "running" | "in_flight";

/** A call as it is kept in a snapshot. */
export interface SavedCall {
  readonly number: number;
  readonly tool: string;
  readonly stack: string;
  readonly input: string;
  readonly output?: string;
  readonly parts?: number;
  readonly failure?: RunFailure;
  readonly state: CallRecord["state"];
  readonly stage: Stage;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly attempt: number;
  readonly begun: boolean;
  readonly omitted: boolean;
  readonly approved: boolean;
  readonly answeredBy?: string;
  readonly since: number;
  readonly expiresAt?: number;
  /** The text of a value. */
  readonly details?: string;
}

/** One use of a tool: checks it, runs it, and keeps what its record will say. */
export class ToolCall {
  readonly number: number;
  readonly tool: string;
  readonly stack: string;
  readonly host: CallHost;
  inputText: string;
  state: CallRecord["state"] = "running";
  stage: Stage = "running";
  outputText: string | undefined;
  /** What its tool streams, and how many parts of it were made. */
  stream: CallStream | undefined;
  parts: number | undefined;
  failure: RunFailure | undefined;
  /** Whether input and output were let go to hold the records within their limit. */
  omitted = false;
  /** Whether anything of it was done: a call of the last turn never is. */
  begun = false;
  /** Whether a person said that it may run. */
  approved = false;
  answeredBy: string | undefined;
  /** Why its approval failed, for the host's record only. */
  cause: unknown;
  attempt = 1;
  /** Whether it waits for `beforeCalls`. */
  gated = false;
  /** Since when it waits for its answer, and until when. */
  since: number;
  expiresAt: number | undefined;
  private details: string | undefined;
  /** Whether its tool has been called, and may leave its answer to somebody else. */
  toolRuns = false;
  /** Whether its tool left its answer to somebody else: what becomes of the tool does not count then. */
  wasDeferred = false;
  private startedAt: number = Date.now();
  private started: number = performance.now();
  private durationMs: number | undefined;
  private controller: AbortController | undefined;
  private abortReason: unknown;
  private timers: Set<ReturnType<typeof setTimeout>> | undefined;

  constructor(emission: { id: number; stack: string; tool: string }, inputText: string, host: CallHost) {
    this.number = emission.id;
    this.tool = emission.tool;
    this.stack = emission.stack;
    this.inputText = inputText;
    this.host = host;
    this.since = this.startedAt;
  }

  /** A call of a snapshot; one whose tool ran then is in flight. */
  static restore(saved: SavedCall, host: CallHost): ToolCall {
    const call = new ToolCall({ ...saved, id: saved.number }, saved.input, host);
    const { approved, attempt, begun, expiresAt, failure, omitted, output, startedAt, state } = saved;
    Object.assign(call, {
      approved,
      attempt,
      begun,
      expiresAt,
      failure,
      omitted,
      startedAt,
      state,
      outputText: output,
      parts: saved.parts,
    });
    call.stage = saved.stage === "running" ? "in_flight" : saved.stage;
    call.answeredBy = saved.answeredBy;
    call.since = saved.since;
    call.details = saved.details;
    if (call.open) {
      call.state = "waiting";
      call.started -= Math.max(0, Date.now() - startedAt);
    } else call.durationMs = saved.durationMs;
    return call;
  }

  get id(): string {
    return String(this.number);
  }

  get open(): boolean {
    return this.state === "running" || this.state === "waiting";
  }

  /** Whether it waits for somebody outside: a person, or whoever resumes the run. */
  get isPending(): boolean {
    return this.state === "waiting" && this.stage !== "queued";
  }

  /** About what its values take. */
  get valueBytes(): number {
    return this.inputText.length + (this.outputText?.length ?? 0);
  }

  get line(): number | undefined {
    return this.host.lineOf(this.stack);
  }

  /** Made when it is first asked for: most tools never look at it. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.abortReason !== undefined) this.controller.abort(this.abortReason);
    }
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.abortReason ??= reason;
    this.controller?.abort(reason);
    this.clearTimers();
  }

  /** A timer that lasts no longer than the call. */
  after(ms: number, callback: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(callback, ms);
    this.timers ??= new Set();
    this.timers.add(timer);
    return timer;
  }

  private clearTimers(): void {
    for (const timer of this.timers ?? []) clearTimeout(timer);
    this.timers = undefined;
  }

  /** The tool leaves its answer to somebody else. Throws ValueError where `details` can't be kept. */
  defer(details: unknown): void {
    // Its approval check has a context too, and a tool may keep one.
    if (!this.toolRuns || this.state !== "running") return;
    if (details !== undefined) this.details = encode(details);
    this.wasDeferred = true;
  }

  /** Other input for the tool, by whoever approved it: the arguments of a plain function, the one of a defined tool. Throws CallError. */
  replaceInput(input: unknown): void {
    if (this.plain && !Array.isArray(input)) throw new CallError("invalid_input", "expected a list of arguments");
    const text = encode(this.plain ? input : [input], this.host.settings.limits.toolInputBytes);
    this.host.place.holds(text.length - this.inputText.length);
    this.inputText = text;
  }

  /** The call waits. */
  pause(stage: Stage): void {
    this.stage = stage;
    this.state = "waiting";
    this.since = Date.now();
    this.wasDeferred = false;
    this.toolRuns = false;
    const expiresMs = stage === "approval" ? this.host.settings.table.get(this.tool)?.expiresMs : undefined;
    this.expiresAt = expiresMs === undefined ? undefined : this.since + expiresMs;
  }

  /** Its tool is about to be called. */
  begin(): void {
    this.stage = "running";
    this.state = "running";
  }

  /** The call is over. */
  end(state: CallRecord["state"]): void {
    this.state = state;
    this.durationMs = this.sinceStart;
    this.clearTimers();
    if (this.omitted) this.letGo();
  }

  /** Keeps its input and output no longer than the call itself needs them. */
  letGo(): void {
    this.omitted = true;
    if (this.open) return;
    const { valueBytes } = this;
    this.inputText = "[]";
    if (this.outputText !== undefined) this.outputText = "";
    this.host.place.holds(this.valueBytes - valueBytes);
  }

  pending(kind: PendingCall["kind"]): PendingCall {
    const { details, expiresAt, id, line, since, tool } = this;
    return {
      id,
      tool,
      input: this.input(),
      kind,
      since,
      ...(expiresAt !== undefined && { expiresAt }),
      ...(details !== undefined && { details: decode(details) }),
      ...(line !== undefined && { line }),
    };
  }

  record(): CallRecord {
    const { answeredBy, failure, id, inputText, line, omitted, outputText, parts, startedAt, state, tool } = this;
    const assignedTo = this.host.assignedTo(this.stack, tool);
    const record: CallRecord = {
      id,
      tool,
      input: new Omitted("the input was not kept"),
      ...(outputText !== undefined && { output: new Omitted("the output was not kept") }),
      ...(parts !== undefined && { parts }),
      ...(failure && { error: failure }),
      ...(line !== undefined && { line }),
      ...(assignedTo !== undefined && { assignedTo }),
      ...(answeredBy !== undefined && { answeredBy }),
      startedAt,
      durationMs: this.durationMs ?? this.sinceStart,
      state,
    };
    if (omitted) return record;
    if (outputText !== undefined) lazily(record, "output", () => decode(outputText));
    return lazily(record, "input", () => this.inputOf(inputText));
  }

  save(): SavedCall {
    const { answeredBy, details, expiresAt, failure, omitted, open, outputText, parts } = this;
    const { approved, attempt, begun, number, since, stack, stage, startedAt, state, tool } = this;
    return {
      ...{ approved, attempt, begun, number, omitted, since, stack, stage, startedAt, state, tool },
      // What is over and not kept is only counted.
      input: omitted && !open ? "[]" : this.inputText,
      durationMs: this.durationMs ?? 0,
      ...(outputText !== undefined && !omitted && { output: outputText }),
      ...(parts !== undefined && { parts }),
      ...(failure && { failure }),
      ...(answeredBy !== undefined && { answeredBy }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(details !== undefined && { details }),
      ...(open && this.stream && { state: "failed", failure: lostStream(), durationMs: this.sinceStart }),
    };
  }

  /** Whether its tool takes all arguments. */
  private get plain(): boolean {
    return this.host.settings.table.get(this.tool)?.plain ?? true;
  }

  private get sinceStart(): number {
    return performance.now() - this.started;
  }

  /** A copy of it as the tool will have it. */
  input(): unknown {
    return this.inputOf(this.inputText);
  }

  private inputOf(text: string): unknown {
    try {
      const args = decode(text) as unknown[];
      return this.plain ? args : args[0];
    } catch (error) {
      return new Omitted(`the input cannot be shown: ${(error as Error).message}`);
    }
  }
}

/** What became of a stream that was open when its run was suspended. */
export function lostStream(): RunFailure {
  const message = "the run was suspended while this stream was open: its further parts are lost";
  return { code: "outcome_unknown", name: "CallError", message };
}
