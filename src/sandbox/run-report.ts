import type { Delta, Emission, Spent, Tracked } from "../engine/index.ts";
import type { RunExit, RunFailure } from "../errors.ts";
import {
  type AssignedCall,
  assignedTo,
  codeFrame,
  mapStack,
  type NotedComment,
  type Positions,
  type PreparedProgram,
  type SourceError,
} from "../language/index.ts";
import type { PendingCall } from "../snapshots/index.ts";
import { utf8Length } from "../values/index.ts";
import type { CallBook } from "./call-book.ts";
import { failureOf } from "./description.ts";
import type { HostObjects } from "./host-objects.ts";
import { lazily } from "./lazy.ts";
import type { Limits } from "./limits.ts";
import { logEntry } from "./logs.ts";
import type { ToolCall } from "./tool-call.ts";
import { trackedReport } from "./tracked.ts";
import type { Exit, LogEntry, Outcome, Usage, Warning } from "./types.ts";
import type { WallClock } from "./wall-clock.ts";
import type { Yields } from "./yields.ts";

type LogEmission = Extract<Emission, { type: "log" }>;
type CommentEmission = Extract<Emission, { type: "comment" }>;

/** What a report tells of, and the parts of the run that it counts. */
export interface ReportParts {
  readonly runId: string;
  readonly source: string;
  readonly settings: { readonly limits: Readonly<Limits> };
  readonly calls: { readonly book: CallBook };
  readonly yields: Yields;
  readonly clock: WallClock;
  readonly objects: HostObjects;
}

const MAX_WARNINGS = 100;
const NEARLY_FULL = 0.9;

const DROPPED = {
  "log entries": { code: "logs_dropped", text: "log entries were dropped" },
  "refused calls": { code: "calls_refused", text: "further calls were refused" },
  "uncaught errors": { code: "uncaught_error", text: "further errors were thrown by callbacks" },
} as const;

/** What a report knows, as it is kept in a snapshot. */
export interface SavedReport {
  readonly positions?: Positions;
  readonly assigned?: readonly AssignedCall[];
  readonly logs: readonly LogEmission[];
  readonly comments?: { readonly list: readonly NotedComment[]; readonly passed: number; readonly bytes: number };
  readonly warnings: readonly Warning[];
}

/** How a run ended, beside its report. */
export type Ending =
  | { readonly value: unknown; readonly exit?: Exit }
  | { readonly error: RunFailure }
  | { readonly snapshot: Uint8Array; readonly pending: readonly PendingCall[] };

/** Collects what a run's outcome will tell: logs, warnings, usage, and its failure in the author's lines. */
export class RunReport {
  spent: Spent = { cpuMs: 0, steps: 0, memoryBytes: 0 };
  readonly sourceBytes: number;
  private readonly parts: ReportParts;
  private warnings: Warning[] | undefined;
  /** What the program logged, as it came and as it is told; made when the first comes. */
  private logged: { readonly emissions: LogEmission[]; readonly entries: LogEntry[] } | undefined;
  private positions: Positions | undefined;
  private assigned: readonly AssignedCall[] | undefined;
  private tracked: Tracked | undefined;
  private comments: readonly NotedComment[] | undefined;
  private commentsPassed = 0;
  private commentBytes = 0;
  private logBytes = 0;
  private resultBytes = 0;

  constructor(parts: ReportParts) {
    this.sourceBytes = utf8Length(parts.source);
    this.parts = parts;
  }

  /** The program as it will run: from here on lines can be told. */
  prepared(program: PreparedProgram): void {
    this.positions = program.positions;
    this.assigned = program.assigned;
    this.comments = program.comments;
    for (const { line, message } of program.repairs) this.warn("source_repaired", message, line);
  }

  lineOf(stack: string): number | undefined {
    const { positions } = this;
    return positions && mapStack({ positions }, stack).line;
  }

  assignedTo(stack: string, tool: string): string | undefined {
    const { assigned, positions } = this;
    return positions && assigned && assignedTo({ positions, assigned }, stack, tool);
  }

  log(emission: LogEmission): LogEntry {
    const entry = logEntry(emission, this.lineOf(emission.stack));
    this.logBytes += emission.values.length;
    this.logged ??= { emissions: [], entries: [] };
    this.logged.emissions.push(emission);
    this.logged.entries.push(entry);
    return entry;
  }

  /** The comment that the program passed; undefined if there is none of that number. */
  comment({ index, length }: CommentEmission): NotedComment | undefined {
    this.commentsPassed++;
    this.commentBytes += length;
    return this.comments?.[index];
  }

  /** Where in the author's source a stack begins. */
  placed(stack: string): Partial<RunFailure> {
    const { positions } = this;
    if (!positions) return {};
    const { column, line, stack: frames } = mapStack({ positions }, stack);
    if (line === undefined) return {};
    return {
      stack: frames,
      line,
      frame: codeFrame(this.parts.source, line, column),
      ...(column !== undefined && { column }),
    };
  }

  /** What a tool said that ended the run, with the place of its call. */
  exit({ id, stack }: ToolCall, { data, name }: RunExit["exit"]): Exit {
    const { line, stack: frames } = this.placed(stack);
    const place = { ...(line !== undefined && { line }), ...(frames !== undefined && { stack: frames }) };
    return { name, data, callId: id, ...place };
  }

  save(): SavedReport {
    const { assigned, commentBytes: bytes, comments: list, commentsPassed: passed, positions, warnings = [] } = this;
    return {
      logs: [...(this.logged?.emissions ?? [])],
      warnings: [...warnings],
      ...(positions && { positions }),
      ...(assigned && { assigned }),
      ...(list && { comments: { list, passed, bytes } }),
    };
  }

  /** Takes up the report of a run that goes on. */
  restore({ assigned, comments, logs, positions, warnings }: SavedReport): void {
    this.positions = positions;
    this.assigned = assigned;
    this.comments = comments?.list;
    this.commentsPassed = comments?.passed ?? 0;
    this.commentBytes = comments?.bytes ?? 0;
    for (const emission of logs) this.log(emission);
    if (warnings.length > 0) this.warnings = [...warnings];
  }

  /** Logs that were held back when the run was suspended: told in this outcome, and not kept. */
  heldBack({ dropped, tail }: Delta["logs"]): void {
    if (dropped > 0) this.note({ type: "dropped", what: "log entries", count: dropped });
    for (const emission of tail) {
      if (emission.type === "log") this.log(emission);
      else this.comment(emission);
    }
  }

  /** Takes what a tracked program held at its end. */
  observed(tracked: Tracked | undefined): void {
    this.tracked = tracked;
    if (!tracked) this.warn("tracking_lost", "variables and lines are not known: the machine could not be asked");
  }

  /** What only makes a warning. */
  note(emission: Extract<Emission, { type: "dropped" | "uncaught" }>): void {
    if (emission.type === "uncaught") {
      this.warnThrown("uncaught_error", "a callback threw", emission.error);
      return;
    }
    const { code, text } = DROPPED[emission.what];
    this.warn(code, `${emission.count} ${text}`);
  }

  unhandled(reasons: readonly string[], more: number): void {
    for (const reason of reasons) this.warnThrown("unhandled_rejection", "a rejection was not handled", reason);
    if (more > 0) this.warn("unhandled_rejection", `${more} more rejections were not handled`);
  }

  /** Calls that were out when the run ended: one warning for each place they were made. */
  aborted(calls: readonly ToolCall[]): void {
    const places = new Map<string, { tool: string; line: number | undefined; begun: boolean; times: number }>();
    for (const { begun, line, tool } of calls) {
      const key = `${line} ${begun} ${tool}`;
      const place = places.get(key) ?? { tool, line, begun, times: 0 };
      place.times++;
      places.set(key, place);
    }
    for (const { begun, line, times, tool } of places.values()) {
      const [what, were] = times === 1 ? [tool, "was"] : [`${times} calls of ${tool}`, "were"];
      const fate = begun
        ? `${were} still out when the run ended, and aborted`
        : `${were} never started: the run ended first; a call must be awaited`;
      this.warn("call_aborted", `${what} ${fate}`, line);
    }
  }

  /** Takes note of the program's value; gives its size in bytes. */
  result(text: string): number {
    this.resultBytes = utf8Length(text);
    return this.resultBytes;
  }

  /** The failure of a program that threw. */
  thrown(description: string): RunFailure {
    return this.failure(description, this.parts.source);
  }

  private failure(description: string, source: string): RunFailure {
    const { calls, settings } = this.parts;
    return failureOf(description, {
      source,
      positions: this.positions,
      memoryFull: this.spent.memoryBytes > settings.limits.memoryBytes * NEARLY_FULL,
      callFailure: (id) => calls.book.failure(id),
    });
  }

  syntaxFailure({ column, frame, hint, line, message }: SourceError): RunFailure {
    return {
      code: "syntax_error",
      name: "SyntaxError",
      message,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
      ...(frame !== undefined && { frame }),
      ...(hint !== undefined && { hint }),
    };
  }

  /** The failure of a program that our own parser took and the engine's did not. */
  engineSyntaxFailure(description: string): RunFailure {
    const failure = this.thrown(description);
    return failure.code === "threw" ? { ...failure, code: "syntax_error", name: "SyntaxError" } : failure;
  }

  deadlock(line: number): RunFailure {
    return {
      code: "deadlock",
      name: "DeadlockError",
      message: `the program waits${line > 0 ? ` at line ${line}` : ""} for something that nothing will ever settle`,
      hint: "every promise that the program awaits must be settled by a tool, a timer or the program itself",
      ...(line > 0 && { line, frame: codeFrame(this.parts.source, line) }),
    };
  }

  outcome(ending: Ending): Outcome {
    const { calls, objects, runId } = this.parts;
    const { omittedRecords } = calls.book;
    if (omittedRecords > 0) this.warn("records_omitted", `inputs and outputs of ${omittedRecords} calls were not kept`);
    if (objects.omitted > 0) this.warn("records_omitted", `the values of ${objects.omitted} writes were not kept`);
    const { tracked } = this;
    // What is warned of later is told in it, too.
    this.warnings ??= [];
    const { warnings } = this;
    const logs = this.logged?.entries ?? [];
    const status = "error" in ending ? "failed" : "snapshot" in ending ? "suspended" : "completed";
    const outcome = { status, ...ending, runId, logs, calls: [], warnings, usage: this.usage() } as Outcome;
    if (tracked) Object.assign(outcome, trackedReport(tracked, this.positions?.lines ?? 0));
    if (objects.count > 0) lazily(outcome, "mutations", () => objects.mutations());
    return lazily(outcome, "calls", () => calls.book.records());
  }

  usage(): Usage {
    const { calls, clock, objects, yields } = this.parts;
    const { count, inputBytes, outputBytes } = calls.book;
    return {
      wallMs: clock.spentMs,
      ...this.spent,
      sourceBytes: this.sourceBytes,
      resultBytes: this.resultBytes,
      toolCalls: count,
      toolInputBytes: inputBytes,
      toolOutputBytes: outputBytes,
      logEntries: (this.logged?.entries.length ?? 0) + this.commentsPassed,
      logBytes: this.logBytes + this.commentBytes,
      yields: yields.count,
      writes: objects.written,
    };
  }

  warn(code: Warning["code"], message: string, line?: number): void {
    this.warnings ??= [];
    if (this.warnings.length < MAX_WARNINGS) this.warnings.push({ code, message, ...(line !== undefined && { line }) });
  }

  private warnThrown(code: Warning["code"], what: string, description: string): void {
    // Without the source: a warning has no frame, and there may be many.
    const { line, message, name } = this.failure(description, "");
    this.warn(code, `${what}: ${message ? `${name}: ${message}` : name}`, line);
  }
}
