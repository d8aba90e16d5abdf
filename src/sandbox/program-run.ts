import type { Delivery, Emission, ProgramStart, Settlement, Spent, Turn } from "../engine/index.ts";
import type { ErrorCode, RunFailure } from "../errors.ts";
import type { MachinePort, MachineReport } from "../isolation/index.ts";
import { codeFrame, mapStack, PROGRAM_FILE, type PreparedProgram, SourceError } from "../language/index.ts";
import type { ToolTable } from "../tools/index.ts";
import { decode, encode, utf8Length, ValueError } from "../values/index.ts";
import { Calls } from "./calls.ts";
import { type FailureContext, failureOf, summaryOf } from "./description.ts";
import { type EventBody, EventLog } from "./events.ts";
import type { Limits } from "./limits.ts";
import { logEntry } from "./logs.ts";
import { epochMs } from "./options.ts";
import { preparedProgram } from "./prepared.ts";
import { seedWords } from "./seed.ts";
import { Timers } from "./timers.ts";
import { callFailureOf } from "./tool-error.ts";
import type { LogEntry, Outcome, Policy, Run, RunEvent, RunOptions, Usage, Warning } from "./types.ts";

const MAX_WARNINGS = 100;

/** What a run takes from its sandbox. */
export interface RunSettings {
  readonly table: ToolTable;
  readonly limits: Readonly<Limits>;
  readonly policy: Policy | undefined;
  readonly allowEval: boolean;
  readonly timezone: string | undefined;
  open(memoryBytes: number, tenant: string | undefined): Promise<MachinePort> | MachinePort;
  ended(run: ProgramRun): void;
}

/** One execution of one program: carries messages between its machine, its calls and its timers until it has an outcome. */
export class ProgramRun implements Run {
  readonly id: string = crypto.randomUUID();
  readonly outcome: Promise<Outcome>;
  private resolveOutcome: (outcome: Outcome) => void = () => undefined;
  private readonly source: string;
  private readonly settings: RunSettings;
  private readonly options: RunOptions;
  private readonly events: EventLog | undefined;
  private readonly calls: Calls;
  private readonly timers: Timers;
  private readonly logs: LogEntry[] = [];
  private readonly warnings: Warning[] = [];
  private readonly started = performance.now();
  private readonly onAbort = () => this.cancel(abortReason(this.options.signal));
  private wallTimer: ReturnType<typeof setTimeout> | undefined;
  private port: MachinePort | undefined;
  private prepared: PreparedProgram | undefined;
  private clockMs: number | undefined;
  private spent: Spent = { cpuMs: 0, steps: 0, memoryBytes: 0 };
  private logBytes = 0;
  private resultBytes = 0;
  private yields = 0;
  private over = false;

  constructor(source: string, settings: RunSettings, options: RunOptions, withEvents: boolean) {
    this.source = source;
    this.settings = settings;
    this.options = options;
    this.events = withEvents ? new EventLog() : undefined;
    this.outcome = new Promise((resolve) => {
      this.resolveOutcome = resolve;
    });
    this.timers = new Timers((id, dueAtMs) => this.wake(id, dueAtMs));
    this.calls = new Calls(this.callHost());
    if (options.now !== undefined) this.clockMs = epochMs(options.now);
    void this.start();
  }

  cancel(reason?: string): void {
    this.fail("cancelled", reason ? `the run was cancelled: ${reason}` : "the run was cancelled");
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return (this.events ?? new EventLog())[Symbol.asyncIterator]();
  }

  private async start(): Promise<void> {
    const { limits } = this.settings;
    const { signal, tenant } = this.options;
    this.wallTimer = setTimeout(
      () => this.fail("wall_limit", `the run took longer than ${limits.wallMs} ms`),
      limits.wallMs,
    );
    if (signal?.aborted) return this.onAbort();
    signal?.addEventListener("abort", this.onAbort, { once: true });
    try {
      const bytes = utf8Length(this.source);
      if (bytes > limits.sourceBytes) {
        return this.fail("source_limit", `the source has ${bytes} bytes; ${limits.sourceBytes} are allowed`);
      }
      const start = this.programStart(await preparedProgram(this.source));
      const port = await this.settings.open(limits.memoryBytes, tenant);
      if (this.over) return port.close();
      this.port = port;
      port.onReport = (report) => this.report(report);
      port.post({ type: "start", start, setup: this.setup(), wallLeftMs: this.wallLeftMs() });
    } catch (error) {
      this.startFailed(error);
    }
  }

  private startFailed(error: unknown): void {
    if (error instanceof SourceError) return this.finish({ error: syntaxFailure(error) });
    if (error instanceof ValueError) {
      const where = error.path ? ` at ${error.path}` : "";
      return this.fail("unserializable", `the input${where} cannot enter the program: ${error.message}`);
    }
    this.fail("machine_crashed", `no machine could be started: ${(error as Error)?.message ?? error}`);
  }

  private programStart(prepared: PreparedProgram): ProgramStart {
    this.prepared = prepared;
    for (const { line, message } of prepared.repairs)
      this.warn({ code: "source_repaired", message, ...(line && { line }) });
    const { data, functions } = this.settings.table.globals();
    const { input } = this.options;
    const withGlobals = functions.length > 0 || Object.keys(data).length > 0;
    return {
      text: prepared.text,
      form: prepared.form,
      fileName: PROGRAM_FILE,
      originMs: this.nowMs(),
      allowEval: this.settings.allowEval,
      functions,
      ...(input !== undefined && { input: encode(input) }),
      ...(withGlobals && { globals: encode(data) }),
    };
  }

  private setup() {
    const { limits, table, timezone } = this.settings;
    return {
      seed: seedWords(this.options.seed),
      seeded: this.options.seed !== undefined,
      ...(this.clockMs !== undefined && { nowMs: this.clockMs }),
      ...(timezone !== undefined && { timezone }),
      toolNames: table.names(),
      limits,
    };
  }

  private callHost() {
    const { limits, policy, table } = this.settings;
    const { context, tenant } = this.options;
    return {
      runId: this.id,
      tenant,
      data: context,
      table,
      policy,
      limits,
      deadline: Date.now() + limits.wallMs,
      deliver: (delivery: Delivery) => this.deliver(delivery),
      notify: (event: EventBody) => this.events?.add(event),
      lineOf: (stack: string) => this.lineOf(stack),
    };
  }

  private deliver(delivery: Delivery): void {
    this.port?.post({ type: "deliver", delivery, wallLeftMs: this.wallLeftMs(), ...this.fixedNow() });
  }

  private wake(timer: number, dueAtMs: number): void {
    if (this.clockMs !== undefined) this.clockMs = Math.max(this.clockMs, dueAtMs);
    this.port?.post({ type: "wake", timer, wallLeftMs: this.wallLeftMs(), ...this.fixedNow() });
  }

  private fixedNow(): { nowMs?: number } {
    return this.clockMs === undefined ? {} : { nowMs: this.clockMs };
  }

  private nowMs(): number {
    return this.clockMs ?? Date.now();
  }

  private wallLeftMs(): number {
    return this.settings.limits.wallMs - (performance.now() - this.started);
  }

  private report(report: MachineReport): void {
    if (this.over || report.type !== "turn") return;
    try {
      this.turn(report.turn);
    } catch (error) {
      this.fail("machine_crashed", `the machine reported what it cannot have meant: ${(error as Error).message}`);
    }
  }

  private turn(turn: Turn): void {
    this.spent = turn.spent;
    for (const emission of turn.emissions) this.emitted(emission);
    if (turn.breakdown) this.fail(turn.breakdown.code, turn.breakdown.message);
    else if (turn.refused !== undefined) this.finish({ error: this.engineSyntaxFailure(turn.refused) });
    else if (turn.settled) this.settled(turn.settled);
    else if (turn.deadlock) this.deadlocked(turn.deadlock.line);
  }

  private emitted(emission: Emission): void {
    switch (emission.type) {
      case "call":
        return this.calls.take(emission);
      case "refused":
        return this.calls.refuse(emission);
      case "timer":
        return this.timers.start(emission.id, emission.delayMs, this.nowMs());
      case "clear":
        return this.timers.stop(emission.id);
      case "yield":
        return void this.yielded(emission.id, emission.value);
      case "log":
        return this.log(emission);
      case "dropped":
        return this.warn({ code: "logs_dropped", message: `${emission.entries} log entries were dropped` });
      case "uncaught":
        return this.warn({ code: "uncaught_error", ...this.summary("a callback threw", emission.error) });
    }
  }

  private log(emission: Extract<Emission, { type: "log" }>): void {
    const entry = logEntry(emission, this.lineOf(emission.stack));
    this.logBytes += emission.values.length;
    this.logs.push(entry);
    this.events?.add({ type: "log", entry });
  }

  private async yielded(id: number, text: string): Promise<void> {
    this.yields++;
    const value = decode(text);
    this.events?.add({ type: "yield", value });
    try {
      const answer = encode(await this.options.onYield?.(value), this.settings.limits.toolOutputBytes);
      this.deliver({ id, fulfilled: true, text: answer });
    } catch (error) {
      this.deliver({ id, fulfilled: false, text: JSON.stringify(callFailureOf(error).guest) });
    }
  }

  private settled({ fulfilled, moreUnhandled, text, unhandled }: Settlement): void {
    for (const reason of unhandled) {
      this.warn({ code: "unhandled_rejection", ...this.summary("a rejection was not handled", reason) });
    }
    if (moreUnhandled > 0) {
      this.warn({ code: "unhandled_rejection", message: `${moreUnhandled} more rejections were not handled` });
    }
    if (!fulfilled) return this.finish({ error: failureOf(text, this.failureContext()) });
    this.resultBytes = utf8Length(text);
    if (this.resultBytes > this.settings.limits.resultBytes) {
      return this.fail("result_limit", `the program's value is larger than ${this.settings.limits.resultBytes} bytes`);
    }
    this.finish({ value: decode(text) });
  }

  private deadlocked(preparedLine: number): void {
    const line = preparedLine > 0 ? preparedLine : undefined;
    const where = line === undefined ? "" : ` at line ${line}`;
    this.finish({
      error: {
        code: "deadlock",
        name: "DeadlockError",
        message: `the program waits${where} for something that nothing will ever settle`,
        hint: "every promise that the program awaits must be settled by a tool, a timer or the program itself",
        ...(line !== undefined && { line, frame: codeFrame(this.source, line) }),
      },
    });
  }

  private engineSyntaxFailure(text: string): RunFailure {
    const { cause: _cause, ...failure } = failureOf(text, this.failureContext());
    return failure.code === "threw" ? { ...failure, code: "syntax_error", name: "SyntaxError" } : failure;
  }

  private failureContext(): FailureContext {
    return { source: this.source, positions: this.prepared?.positions, callFailure: (id) => this.calls.failure(id) };
  }

  private summary(what: string, description: string): { message: string; line?: number } {
    const { line, message } = summaryOf(description, this.failureContext());
    return { message: `${what}: ${message}`, ...(line !== undefined && { line }) };
  }

  private lineOf(stack: string): number | undefined {
    return this.prepared && mapStack(this.prepared, stack).line;
  }

  private warn(warning: Warning): void {
    if (this.warnings.length < MAX_WARNINGS) this.warnings.push(warning);
  }

  private fail(code: ErrorCode, message: string): void {
    const name = code === "cancelled" ? "AbortError" : code.endsWith("_limit") ? "LimitError" : "RunError";
    this.finish({ error: { code, name, message } });
  }

  private finish(result: { value: unknown } | { error: RunFailure }): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.wallTimer);
    this.options.signal?.removeEventListener("abort", this.onAbort);
    this.timers.clear();
    for (const { line, tool } of this.calls.end("the run is over")) {
      const message = `${tool} was still running when the program ended, and was aborted`;
      this.warn({ code: "call_aborted", message, ...(line !== undefined && { line }) });
    }
    if (this.calls.omittedRecords > 0) {
      const message = `inputs and outputs of ${this.calls.omittedRecords} calls were not kept`;
      this.warn({ code: "records_omitted", message });
    }
    this.port?.close();
    this.port = undefined;
    this.events?.end();
    this.settings.ended(this);
    this.resolveOutcome(this.assemble(result));
  }

  private assemble(result: { value: unknown } | { error: RunFailure }): Outcome {
    const report = {
      runId: this.id,
      logs: this.logs,
      calls: this.calls.records(),
      warnings: this.warnings,
      usage: this.usage(),
    };
    return "error" in result
      ? { status: "failed", ...result, ...report }
      : { status: "completed", ...result, ...report };
  }

  private usage(): Usage {
    return {
      wallMs: performance.now() - this.started,
      ...this.spent,
      sourceBytes: utf8Length(this.source),
      resultBytes: this.resultBytes,
      toolCalls: this.calls.count,
      toolInputBytes: this.calls.inputBytes,
      toolOutputBytes: this.calls.outputBytes,
      logEntries: this.logs.length,
      logBytes: this.logBytes,
      yields: this.yields,
    };
  }
}

function syntaxFailure({ column, frame, hint, line, message }: SourceError): RunFailure {
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

function abortReason(signal: AbortSignal | undefined): string | undefined {
  const reason: unknown = signal?.reason;
  if (reason instanceof Error) return reason.message;
  return reason === undefined ? undefined : String(reason);
}
