import type { Delivery, Emission, Settlement, Turn } from "../engine/index.ts";
import type { ErrorCode, RunFailure } from "../errors.ts";
import type { MachinePort, MachineReport } from "../isolation/index.ts";
import { SourceError } from "../language/index.ts";
import { decode, encode } from "../values/index.ts";
import { Calls } from "./calls.ts";
import { type EventBody, EventLog } from "./events.ts";
import { epochMs } from "./options.ts";
import { preparedProgram } from "./prepared.ts";
import { machineSetup, programStart, type RunSettings, type WorldTexts, worldTexts } from "./program-start.ts";
import { RunReport } from "./run-report.ts";
import { Timers } from "./timers.ts";
import type { CallHost } from "./tool-call.ts";
import { callFailureOf } from "./tool-error.ts";
import type { LogEntry, Outcome, Run, RunEvent, RunOptions } from "./types.ts";

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
  private readonly report: RunReport;
  private readonly timers: Timers;
  private readonly onAbort = () => this.cancel(abortReason(this.options.signal));
  private wallTimer: ReturnType<typeof setTimeout> | undefined;
  private port: MachinePort | undefined;
  private clockMs: number | undefined;
  private over = false;
  /** Taken when the run is asked for: what its caller changes afterwards is not the program's. */
  private readonly world: WorldTexts;

  constructor(source: string, settings: RunSettings, options: RunOptions, withEvents: boolean) {
    this.source = source;
    this.settings = settings;
    this.options = options;
    this.events = withEvents ? new EventLog() : undefined;
    this.outcome = new Promise((resolve) => {
      this.resolveOutcome = resolve;
    });
    this.timers = new Timers((id, dueAtMs) => this.wake(id, dueAtMs));
    this.calls = new Calls(this.callHost(), (delivery) => this.deliver(delivery));
    this.report = new RunReport(this.id, source, settings.limits.memoryBytes, this.calls);
    if (options.now !== undefined) this.clockMs = epochMs(options.now);
    this.world = worldTexts(settings, options);
    void this.start();
  }

  cancel(reason?: string): void {
    const said = typeof reason === "string" && reason !== "" ? `: ${reason}` : "";
    this.fail("cancelled", `the run was cancelled${said}`);
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return (this.events ?? new EventLog())[Symbol.asyncIterator]();
  }

  private async start(): Promise<void> {
    const { limits } = this.settings;
    const { signal, tenant } = this.options;
    if (signal?.aborted) {
      this.onAbort();
      return;
    }
    signal?.addEventListener("abort", this.onAbort, { once: true });
    this.wallTimer = setTimeout(() => this.tookTooLong(), limits.wallMs);
    try {
      const { sourceBytes } = this.report;
      if (sourceBytes > limits.sourceBytes) {
        throw new NotStarted("source_limit", `the source has ${sourceBytes} bytes; ${limits.sourceBytes} are allowed`);
      }
      if ("refused" in this.world) throw new NotStarted("unserializable", this.world.refused);
      const prepared = await preparedProgram(this.source);
      this.report.prepared(prepared);
      const start = programStart(prepared, this.settings, this.world, this.nowMs());
      const port = await this.settings.open(limits.memoryBytes, tenant);
      this.begin(port, () => {
        const setup = machineSetup(this.settings, this.options, this.clockMs);
        port.post({ type: "start", start, setup, wallLeftMs: this.wallLeftMs() });
      });
    } catch (error) {
      this.startFailed(error);
    }
  }

  /** Takes the machine, unless the run ended while it was being made ready. */
  private begin(port: MachinePort, start: () => void): void {
    if (this.over) port.close();
    else {
      this.port = port;
      port.onReport = (report) => this.reported(report);
      start();
    }
  }

  private startFailed(error: unknown): void {
    if (error instanceof SourceError) this.finish({ error: this.report.syntaxFailure(error) });
    else if (error instanceof NotStarted) this.fail(error.code, error.message);
    else this.fail("machine_crashed", `no machine could be started: ${(error as Error)?.message ?? error}`);
  }

  private callHost(): CallHost {
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
      notify: this.events && ((event: EventBody, bytes?: number) => this.events?.add(event, bytes)),
      lineOf: (stack: string) => this.report.lineOf(stack),
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
    return this.settings.limits.wallMs - this.report.wallMs();
  }

  private reported(report: MachineReport): void {
    if (this.over || report.type !== "turn") return;
    try {
      this.turn(report.turn);
    } catch (error) {
      this.fail("machine_crashed", `the machine reported what it cannot have meant: ${(error as Error).message}`);
    }
  }

  private turn(turn: Turn): void {
    this.report.spent = turn.spent;
    if (turn.breakdown) this.calls.stop();
    for (const emission of turn.emissions) this.emitted(emission);
    if (turn.breakdown?.code === "wall_limit") this.tookTooLong();
    else if (turn.breakdown) this.fail(turn.breakdown.code, turn.breakdown.message);
    else if (turn.refused !== undefined) this.finish({ error: this.report.engineSyntaxFailure(turn.refused) });
    else if (turn.settled) this.settled(turn.settled);
    else if (turn.deadlock) this.finish({ error: this.report.deadlock(turn.deadlock.line) });
  }

  private emitted(emission: Emission): void {
    switch (emission.type) {
      case "call":
        this.calls.take(emission);
        break;
      case "refused":
        this.calls.refuse(emission);
        break;
      case "timer":
        this.timers.start(emission.id, emission.delayMs, this.nowMs());
        break;
      case "clear":
        this.timers.stop(emission.id);
        break;
      case "yield":
        void this.yielded(emission.id, emission.value);
        break;
      case "log":
        this.logged(this.report.log(emission), emission.values.length);
        break;
      default:
        this.report.note(emission);
    }
  }

  /** Takes the entry, not the emission: arguments after `?.` are not evaluated in a run without events. */
  private logged(entry: LogEntry, bytes: number): void {
    this.events?.add({ type: "log", entry }, bytes);
  }

  private async yielded(id: number, text: string): Promise<void> {
    this.report.yields++;
    try {
      const value = decode(text);
      this.events?.add({ type: "yield", value }, text.length);
      const answer = encode(await this.options.onYield?.(value), this.settings.limits.toolOutputBytes);
      this.deliver({ id, fulfilled: true, text: answer });
    } catch (error) {
      this.deliver({ id, fulfilled: false, text: JSON.stringify(callFailureOf(error).guest) });
    }
  }

  private settled({ fulfilled, moreUnhandled, text, unhandled }: Settlement): void {
    this.report.unhandled(unhandled, moreUnhandled);
    const { resultBytes } = this.settings.limits;
    if (!fulfilled) this.finish({ error: this.report.thrown(text) });
    else if (this.report.result(text) > resultBytes) {
      this.fail("result_limit", `the program's value is larger than ${resultBytes} bytes`);
    } else this.finish(resultOf(text));
  }

  private tookTooLong(): void {
    this.fail("wall_limit", `the run took longer than ${this.settings.limits.wallMs} ms`);
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
    this.report.aborted(this.calls.end("the run is over"));
    this.port?.close();
    this.port = undefined;
    this.events?.end();
    this.settings.ended(this);
    this.resolveOutcome(this.report.outcome(result));
  }
}

/** Why a run ends before its program starts. */
class NotStarted extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The program's value, unless it holds what only the engine in the machine knows. */
function resultOf(text: string): { value: unknown } | { error: RunFailure } {
  try {
    return { value: decode(text) };
  } catch (error) {
    const message = `the program's value cannot leave it: ${(error as Error).message}`;
    return { error: { code: "unserializable", name: "RunError", message } };
  }
}

function abortReason(signal: AbortSignal | undefined): string | undefined {
  try {
    const reason: unknown = signal?.reason;
    if (reason instanceof Error) return reason.message;
    return reason === undefined ? undefined : String(reason);
  } catch {
    // A reason can be anything, also what cannot become text.
    return undefined;
  }
}
