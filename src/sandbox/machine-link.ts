import type { Delivery, Delta, Emission, MachineSetup, ProgramStart, Tracked, Turn } from "../engine/index.ts";
import { eventLoop } from "../event-loop.ts";
import type { MachineCommand, MachinePort, MachineReport, RunPlace } from "../isolation/index.ts";
import { type PreparedProgram, type PrepareOptions, SourceError } from "../language/index.ts";

/** The last time that a Date can hold. */
const MAX_DATE_MS = 8.64e15;

/** The time of a run as its machine sees it. */
export interface GuestClock {
  /** Where the clock stands if it is fixed. */
  fixedMs: number | undefined;
  /** How far a clock that is not fixed goes ahead of the host's. */
  readonly skewMs: number;
}

/** What the run does with what its machine reports. */
export interface LinkOwner {
  wallLeftMs(): number;
  readonly place: RunPlace;
  /** The three parts of a turn. What it let out is taken one by one, and the host's own work may come between. */
  turnCame(turn: Turn): void;
  emitted(emission: Emission): void;
  turnDone(turn: Turn): void;
  /** The machine said what it cannot have meant, or could not be reached. */
  crashed(error: Error): void;
}

/** Longer than a machine takes to read what a program holds. */
const OBSERVE_MS = 2000;

/** A run's line to its machine: posts commands with the time that is left, and keeps answers back while nothing may move. */
export class MachineLink {
  readonly clock: GuestClock;
  private readonly owner: LinkOwner;
  /** Made when they are needed, as few runs ever have any. */
  private held: Delivery[] | undefined;
  private port: MachinePort | undefined;
  private holding = false;
  private turnsOut = 0;
  /** What the machine reported, and how much of the first has been taken. */
  private reports: MachineReport[] = [];
  private taken = 0;
  private tracking = false;
  private observed: ((tracked: Tracked | undefined) => void) | undefined;
  private preparing: { resolve: (program: PreparedProgram) => void; reject: (error: Error) => void } | undefined;
  private saves: { resolve: (delta: Delta) => void; reject: (error: Error) => void }[] | undefined;

  constructor(clock: GuestClock, owner: LinkOwner) {
    this.clock = clock;
    this.owner = owner;
  }

  get isOpen(): boolean {
    return this.port !== undefined;
  }

  /** Whether there is a machine, and no turn of it is being waited for. */
  get isQuiet(): boolean {
    return this.port !== undefined && this.turnsOut === 0;
  }

  /** Whether its machine owes an answer, which comes when the run's time is over if not before. */
  get isBusy(): boolean {
    return this.turnsOut > 0 || this.preparing !== undefined;
  }

  /** Whether there is a machine whose program is tracked. */
  get isTracking(): boolean {
    return this.port !== undefined && this.tracking;
  }

  /** What the guest's clock says. */
  get guestMs(): number {
    return this.clock.fixedMs ?? this.epochMs;
  }

  /** The run's real time: never before that at which it was suspended. */
  get epochMs(): number {
    return Date.now() + this.clock.skewMs;
  }

  /** Answers that were kept back, in their order. */
  get heldBack(): readonly Delivery[] {
    return this.held ?? [];
  }

  attach(port: MachinePort): void {
    this.port = port;
    port.onReport = (report) => this.reported(report);
  }

  /** Makes an author's text runnable. Rejects with SourceError for what is no program, and if the run ends before. */
  prepare(source: string, options: PrepareOptions): Promise<PreparedProgram> {
    return new Promise((resolve, reject) => {
      this.preparing = { resolve, reject };
      this.port?.post({ type: "prepare", source, options, wallLeftMs: this.owner.wallLeftMs() });
    });
  }

  start(start: ProgramStart, setup: MachineSetup): void {
    this.tracking = setup.track === true;
    this.post({ type: "start", start, setup, wallLeftMs: this.owner.wallLeftMs() });
  }

  load(delta: Delta, setup: MachineSetup): void {
    this.tracking = setup.track === true;
    this.port?.post({ type: "load", delta, setup });
  }

  deliver(delivery: Delivery): void {
    if (this.holding) {
      this.held ??= [];
      this.held.push(delivery);
      this.owner.place.holds(delivery.text.length);
    } else this.post({ type: "deliver", delivery, wallLeftMs: this.owner.wallLeftMs(), ...this.fixedNow() });
  }

  wake(timer: number, dueAtMs: number): void {
    const { clock } = this;
    if (clock.fixedMs !== undefined) clock.fixedMs = Math.min(Math.max(clock.fixedMs, dueAtMs), MAX_DATE_MS);
    this.post({ type: "wake", timer, wallLeftMs: this.owner.wallLeftMs(), ...this.fixedNow() });
  }

  /** The machine's state. Only while it is quiet; rejects if the run ends before it is there. */
  save(): Promise<Delta> {
    return new Promise((resolve, reject) => {
      this.saves ??= [];
      this.saves.push({ resolve, reject });
      this.port?.post({ type: "save" });
    });
  }

  /**
   * What a tracked program holds, as soon as its machine is quiet; undefined if it is none, or there is no answer in
   * time. Nothing may go on in the machine afterwards: save before.
   */
  observe(): Promise<Tracked | undefined> {
    if (!this.isTracking) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.observed?.(undefined), OBSERVE_MS);
      this.observed = (tracked) => {
        clearTimeout(timer);
        resolve(tracked);
      };
      this.port?.post({ type: "observe" });
    });
  }

  /** Keeps answers back until `release`. */
  hold(): void {
    this.holding = true;
  }

  release(): void {
    this.holding = false;
    const { heldBack } = this;
    this.held = undefined;
    for (const delivery of heldBack) {
      this.owner.place.holds(-delivery.text.length);
      this.deliver(delivery);
    }
  }

  /** Gives the machine back. */
  close(): void {
    this.port?.close();
    this.port = undefined;
    this.reports = [];
    this.observed?.(undefined);
    this.disappoint("the run is over");
  }

  private post(command: MachineCommand): void {
    if (!this.port) return;
    this.turnsOut++;
    this.port.post(command);
  }

  private fixedNow(): { nowMs?: number } {
    return this.clock.fixedMs === undefined ? {} : { nowMs: this.clock.fixedMs };
  }

  private reported(report: MachineReport): void {
    if (!this.port) return;
    this.reports.push(report);
    if (this.reports.length === 1) eventLoop.run(() => this.takeReports());
  }

  /** In their order, and no longer than the host can wait. */
  private takeReports(): void {
    for (let [report] = this.reports; report; [report] = this.reports) {
      if (!this.take(report)) {
        eventLoop.run(() => this.takeReports());
        return;
      }
      this.reports.shift();
    }
  }

  /** Takes a report, or as much of it as there is time for; whether that was all. */
  private take(report: MachineReport): boolean {
    switch (report.type) {
      case "prepared":
        this.prepared()?.resolve(report.program);
        break;
      case "unprepared":
        this.prepared()?.reject(new SourceError(report.failure.message, report.failure));
        break;
      case "saved":
        this.saves?.shift()?.resolve(report.delta);
        break;
      case "observed":
        this.observed?.(report.tracked);
        break;
      case "turn":
        return this.takeTurn(report.turn);
      case "lost":
        this.observed?.(undefined);
        this.takeTurn({ emissions: [], spent: report.spent, breakdown: report.breakdown });
        this.disappoint(report.breakdown.message);
        break;
      default:
    }
    return true;
  }

  private takeTurn(turn: Turn): boolean {
    const { emissions } = turn;
    try {
      if (this.taken === 0) this.owner.turnCame(turn);
      while (this.port && this.taken < emissions.length) {
        if (this.taken > 0 && eventLoop.isLate) return false;
        this.owner.emitted(emissions[this.taken++] as Emission);
      }
      this.turnsOut--;
      this.taken = 0;
      if (this.port) this.owner.turnDone(turn);
    } catch (error) {
      this.owner.crashed(error as Error);
    }
    return true;
  }

  private prepared(): typeof this.preparing {
    const { preparing } = this;
    this.preparing = undefined;
    return preparing;
  }

  /** Nothing comes any more of what is waited for. */
  private disappoint(message: string): void {
    this.prepared()?.reject(new Error(message));
    for (const { reject } of this.saves?.splice(0) ?? []) reject(new Error(message));
  }
}
