import type { Delivery, Emission, Settlement, Turn } from "../engine/index.ts";
import type { ErrorCode, RunExit, RunFailure } from "../errors.ts";
import type { PlaceOwner, RunPlace } from "../isolation/index.ts";
import { decode } from "../values/index.ts";
import { type Fresh, type Resumed, RunBeginning } from "./beginning.ts";
import type { CallHost } from "./call-host.ts";
import { Calls, type CallsOwner } from "./calls.ts";
import type { EventLog } from "./events.ts";
import { type HostObjects, hostObjects, type ObjectsOwner } from "./host-objects.ts";
import { lazily } from "./lazy.ts";
import { type LinkOwner, MachineLink } from "./machine-link.ts";
import type { RunSettings } from "./program-start.ts";
import { type QuietOwner, QuietPoint, type RunParts } from "./quiet-point.ts";
import { type Ending, type ReportParts, RunReport } from "./run-report.ts";
import { clockSkewMs, type RunIdentity } from "./run-snapshot.ts";
import { Timers, type TimersOwner } from "./timers.ts";
import type { ToolCall } from "./tool-call.ts";
import { callFailureOf } from "./tool-error.ts";
import type { HostOptions, LogEntry, Mutation, Outcome } from "./types.ts";
import { type ClockOwner, WallClock } from "./wall-clock.ts";
import { Yields, type YieldsOwner } from "./yields.ts";

/** How long a turn may go on after the run's time, until its machine is ended. */
const LATE_MS = 50;

/** One execution of one program: carries messages between its machine, its calls and its timers until it has an outcome. */
export class ProgramRun
  implements
    CallHost,
    CallsOwner,
    ClockOwner,
    LinkOwner,
    ObjectsOwner,
    PlaceOwner,
    QuietOwner,
    ReportParts,
    RunParts,
    TimersOwner,
    YieldsOwner
{
  readonly runId: string;
  readonly outcome: Promise<Outcome>;
  private resolveOutcome: (outcome: Outcome) => void = () => undefined;
  readonly identity: RunIdentity;
  readonly source: string;
  readonly events: EventLog | undefined;
  readonly settings: RunSettings;
  readonly options: HostOptions;
  readonly place: RunPlace;
  readonly link: MachineLink;
  readonly clock: WallClock;
  readonly calls: Calls;
  readonly yields: Yields;
  readonly timers: Timers;
  readonly objects: HostObjects;
  readonly report: RunReport;
  readonly track: boolean;
  private onAbort: (() => void) | undefined;
  private readonly quiet: QuietPoint;
  /** Whether the machine has said how the program ended. */
  private told = false;
  private over = false;
  private lateTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    {
      beginning,
      cancelled,
      events,
      identity,
      options,
    }: {
      beginning: Fresh | Resumed;
      /** Why it was cancelled before it begins. */
      cancelled?: { readonly reason: string | undefined } | undefined;
      events: EventLog | undefined;
      identity: RunIdentity;
      options: HostOptions;
    },
    settings: RunSettings,
  ) {
    const opened = "opened" in beginning ? beginning.opened : undefined;
    this.runId = identity.id;
    this.identity = identity;
    this.settings = settings;
    this.options = options;
    this.events = events;
    this.place = settings.admission.place(options.tenant, this);
    this.source = "opened" in beginning ? beginning.opened.state.source : beginning.source;
    this.track = "opened" in beginning ? beginning.opened.state.track === true : beginning.how.track === true;
    this.outcome = new Promise((resolve) => {
      this.resolveOutcome = resolve;
    });
    const fixedMs = "opened" in beginning ? beginning.opened.state.clockMs : beginning.nowMs;
    const skewMs = opened ? clockSkewMs(opened.meta.suspendedAt) : 0;
    this.link = new MachineLink({ fixedMs, skewMs }, this);
    this.clock = new WallClock(settings.limits.wallMs, opened?.meta.usage.wallMs ?? 0, this);
    this.timers = new Timers(this);
    this.calls = new Calls(this);
    this.yields = new Yields(this);
    this.objects = hostObjects(settings.table.objects(), opened?.state.objects, this);
    this.report = new RunReport(this);
    this.quiet = new QuietPoint(this);
    const begin = new RunBeginning(this, this.quiet, this);
    if (opened) begin.restore(opened);
    if (cancelled) this.cancel(cancelled.reason);
    if (!this.listen()) return;
    if ("opened" in beginning) void begin.goOn(beginning);
    else void begin.start(beginning);
  }

  cancel(reason?: string): void {
    const said = typeof reason === "string" && reason !== "" ? `: ${reason}` : "";
    this.fail("cancelled", `the run was cancelled${said}`);
  }

  async suspend(): Promise<void> {
    this.quiet.suspend();
    await this.outcome;
  }

  /** Listens to the signal; false if the run is over by that. */
  private listen(): boolean {
    const { signal } = this.options;
    if (this.over) return false;
    if (signal) {
      this.onAbort = () => this.cancel(abortReason(signal));
      if (signal.aborted) this.onAbort();
      else signal.addEventListener("abort", this.onAbort, { once: true });
    }
    return !this.over;
  }

  // What its parts need of a run.

  isOver(): boolean {
    return this.over;
  }

  isSuspending(): boolean {
    return this.quiet.isSuspending;
  }

  wallLeftMs(): number {
    return this.clock.leftMs;
  }

  lineOf(stack: string): number | undefined {
    return this.report.lineOf(stack);
  }

  assignedTo(stack: string, tool: string): string | undefined {
    return this.report.assignedTo(stack, tool);
  }

  deliver(delivery: Delivery): void {
    this.link.deliver(delivery);
  }

  wake(id: number, dueAtMs: number): void {
    this.link.wake(id, dueAtMs);
  }

  rested(): void {
    this.quiet.check();
  }

  yielded(text: string): void {
    this.events?.add(
      lazily({ type: "yield", value: undefined }, "value", () => decode(text)),
      text.length,
    );
  }

  written(mutation: Mutation, bytes: number): void {
    this.events?.add(Object.assign(mutation, { type: "write" as const }), bytes);
  }

  writeFailed(thrown: unknown, stack: string): void {
    this.finish({ error: { ...callFailureOf(thrown).failure, ...this.report.placed(stack) } });
  }

  exited(call: ToolCall, exit: RunExit["exit"]): void {
    this.finish({ value: undefined, exit: this.report.exit(call, exit) });
  }

  notClosed({ line, tool }: ToolCall, error: unknown): void {
    const { message, name } = callFailureOf(error).failure;
    this.report.warn("stream_not_closed", `${tool} failed while its stream was ended: ${name}: ${message}`, line);
  }

  crashed({ message }: Error): void {
    this.fail("machine_crashed", `the machine reported what it cannot have meant: ${message}`);
  }

  turnCame(turn: Turn): void {
    if (this.over) return;
    this.place.spent(turn.spent.cpuMs - this.report.spent.cpuMs);
    this.report.spent = turn.spent;
    this.told = (turn.breakdown ?? turn.refused ?? turn.settled ?? turn.deadlock) !== undefined;
    if (this.track && this.told && turn.refused === undefined) this.report.observed(turn.tracked);
    if (turn.breakdown) this.calls.stop();
  }

  turnDone(turn: Turn): void {
    // The owner of a host object may have ended the run.
    if (this.over) return;
    if (turn.breakdown?.code === "wall_limit") this.tookTooLong();
    else if (turn.breakdown) this.fail(turn.breakdown.code, turn.breakdown.message);
    else if (turn.refused !== undefined) this.finish({ error: this.report.engineSyntaxFailure(turn.refused) });
    else if (turn.settled) this.settled(turn.settled);
    else if (turn.deadlock) this.finish({ error: this.report.deadlock(turn.deadlock.line) });
    else this.quiet.check();
  }

  emitted(emission: Emission): void {
    if (this.over) return;
    switch (emission.type) {
      case "call":
        this.calls.take(emission);
        break;
      case "refused":
        this.calls.refuse(emission);
        break;
      case "timer":
        this.timers.start(emission, this.link.guestMs, this.link.epochMs);
        break;
      case "clear":
        this.timers.stop(emission.id);
        break;
      case "yield":
        this.yields.take(emission);
        break;
      case "pull":
        this.calls.pull(emission);
        break;
      case "stop":
        this.calls.stopStream(emission.call);
        break;
      case "log":
        this.logged(this.report.log(emission), emission.values.length);
        break;
      case "set":
        this.objects.take(emission);
        break;
      case "comment":
        this.passed(emission);
        break;
      default:
        this.report.note(emission);
    }
  }

  /** Takes the entry, not the emission: arguments after `?.` are not evaluated in a run without events. */
  private logged(entry: LogEntry, bytes: number): void {
    this.events?.add({ type: "log", entry }, bytes);
  }

  private passed(emission: Extract<Emission, { type: "comment" }>): void {
    const comment = this.report.comment(emission);
    if (comment) this.events?.add({ type: "comment", ...comment }, comment.text.length);
  }

  leave(reason: string): void {
    this.rest(reason);
    this.link.close();
  }

  private rest(reason: string): void {
    this.calls.leave(reason);
    this.yields.end();
    this.timers.clear();
    this.clock.pause();
  }

  private settled({ fulfilled, moreUnhandled, text, unhandled }: Settlement): void {
    this.report.unhandled(unhandled, moreUnhandled);
    const { resultBytes } = this.settings.limits;
    if (!fulfilled) this.finish({ error: this.report.thrown(text) });
    else if (this.report.result(text) > resultBytes) {
      this.fail("result_limit", `the program's value is larger than ${resultBytes} bytes`);
    } else this.finish(resultOf(text));
  }

  /** A turn that is under way soon ends by itself, and may have something to tell. */
  timeIsOver(): void {
    if (this.link.isBusy) this.lateTimer = setTimeout(() => this.tookTooLong(), LATE_MS);
    else this.tookTooLong();
  }

  private tookTooLong(): void {
    this.fail("wall_limit", `the run took longer than ${this.settings.limits.wallMs} ms`);
  }

  fail(code: ErrorCode, message: string): void {
    const name = code === "cancelled" ? "AbortError" : code.endsWith("_limit") ? "LimitError" : "RunError";
    this.finish({ error: { code, name, message } });
  }

  finish(ending: Ending): void {
    if (this.over) return;
    this.over = true;
    this.quiet.end();
    clearTimeout(this.lateTimer);
    if (this.onAbort) this.options.signal?.removeEventListener("abort", this.onAbort);
    if (!("snapshot" in ending)) this.report.aborted(this.calls.end("the run is over"));
    this.rest("the run is over");
    if (!this.link.isTracking || this.told) this.end(ending);
    else {
      void this.link.observe().then((tracked) => {
        this.report.observed(tracked);
        this.end(ending);
      });
    }
  }

  private end(ending: Ending): void {
    this.link.close();
    this.events?.end();
    this.settings.ended(this);
    this.resolveOutcome(this.report.outcome(ending));
    this.place.leave();
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

function abortReason(signal: AbortSignal): string | undefined {
  try {
    const reason: unknown = signal.reason;
    if (reason instanceof Error) return reason.message;
    return reason === undefined ? undefined : String(reason);
  } catch {
    // A reason can be anything, also what cannot become text.
    return undefined;
  }
}
