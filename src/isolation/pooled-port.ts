import { type Breakdown, type KeptDelta, type MachineSetup, type Spent, unkeptDelta } from "../engine/index.ts";
import { type Family, goingOn } from "./families.ts";
import type { MachineKind } from "./machines.ts";
import type { MachineCommand, MachineNeed, MachinePort, MachineReport, Standing } from "./port.ts";

/** Where machines stand: one thread. What stands here is answered by `port.replied`, in order. */
export interface Place {
  /** Lets a run stand here; it gets a machine. */
  admit(port: PooledPort): void;
  /** A run that stands here has commands to be taken. */
  ready(port: PooledPort): void;
  /** A run leaves; its machine is free. */
  leave(port: PooledPort): void;
  /** A run that was moved from here has been taken over: its old memory is not read any more. */
  release(port: PooledPort): void;
}

/** What a pool does for its ports. */
export interface PortPool {
  /** It begins a program. */
  began(port: PooledPort, program: string): void;
  /** The words to pack its state with. */
  baseFor(port: PooledPort): Uint8Array | undefined;
  /** The port has commands, and no place; `isMoved`: it had to leave one. */
  seek(port: PooledPort, isMoved?: boolean): void;
  /** Its machine had a turn. */
  measured(port: PooledPort): void;
  /** Nothing is asked of the port any more, until something is. */
  rested(port: PooledPort): void;
  /** Something is. */
  roused(port: PooledPort): void;
  /** Its state was saved to be kept without a machine. */
  parked(port: PooledPort, delta: KeptDelta): void;
  /** It was to be parked, but something is asked of it again. */
  stays(port: PooledPort): void;
  /** It has no place any more. */
  left(port: PooledPort): void;
  closed(port: PooledPort): void;
}

/** A command, and until when it is to be done, by the platform's steady clock. */
export interface Asked {
  readonly command: MachineCommand;
  readonly untilMs: number;
}

/** Most runs wait most of the time, and nothing is asked of them. */
const NONE: Asked[] = [];
const NOBODY = (): void => undefined;
const NOTHING_SPENT: Spent = Object.freeze({ cpuMs: 0, steps: 0, memoryBytes: 0 });

/** What a run holds of its machine, which comes and goes: commands wait here until there is one. */
export class PooledPort implements MachinePort {
  onReport: (report: MachineReport) => void = NOBODY;
  readonly need: MachineNeed;
  readonly kind: MachineKind;
  /** Where its machine stands. */
  place: Place | undefined;
  /** Its state while it has no machine, and until one has loaded it. */
  kept: KeptDelta | Standing | undefined;
  /** What that takes while it is parked. */
  keptBytes = 0;
  /** Runs of the same program. */
  family: Family | undefined;
  spent: Spent = NOTHING_SPENT;
  /** What its machine takes, as far as known. */
  machineBytes = 0;
  /** When it came to rest. */
  restedAtMs = 0;
  /** How often its thread ended under it since it last did something there. */
  threadsLost = 0;
  isClosed = false;
  /** When its run was over, where its state is still to be saved. */
  overSinceMs: number = Number.POSITIVE_INFINITY;
  /** Whether its commands are being carried out on this thread. */
  isServed = false;
  /** What its run set. */
  setup: MachineSetup | undefined;
  /** Commands that were given to the place and are not done. */
  sent: Asked[] = NONE;
  private pending: Asked[] = NONE;
  /** Where the memory stands from which it is being taken over. */
  private lender: Place | undefined;
  /** Its state as its machine told it last, where other threads can read that machine's memory. */
  private standing: Standing | undefined;
  /** Whether a machine did something for the run. */
  private begun = false;
  /** Whether what is kept was given to the place. */
  private loading = false;
  private readonly pool: PortPool;

  constructor(need: MachineNeed, kind: MachineKind, pool: PortPool) {
    this.need = need;
    this.kind = kind;
    this.pool = pool;
  }

  get isResting(): boolean {
    return this.sent.length === 0 && this.pending.length === 0;
  }

  get hasPending(): boolean {
    return this.pending.length > 0;
  }

  /** Whether it can go on elsewhere: its state is at hand, or nothing was begun. */
  get canMove(): boolean {
    return this.standing !== undefined || this.kept !== undefined || !this.begun;
  }

  post(command: MachineCommand): void {
    if (this.isClosed || this.answersItself(command)) return;
    if (command.type === "start" || command.type === "load") this.setup = command.setup;
    if (command.type === "start") this.pool.began(this, command.start.text);
    if (command.type === "save" && command.last) this.overSinceMs = performance.now();
    if (this.isResting) this.pool.roused(this);
    this.add(asked(command));
    if (this.place) this.place.ready(this);
    else if (this.pending.length === 1) this.pool.seek(this);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.pending = NONE;
    this.takenOver();
    this.pool.closed(this);
  }

  /** Gives back a machine that is not needed for now. */
  park(): void {
    if (!this.setup) {
      this.leave();
      return;
    }
    this.add(asked({ type: "park", base: this.pool.baseFor(this) }));
    this.place?.ready(this);
  }

  leave(): void {
    this.place?.leave(this);
    this.place = undefined;
    this.standing = undefined;
    this.loading = false;
    this.pool.left(this);
  }

  /** The commands to carry out, in order. What was kept is loaded first. */
  take(): readonly MachineCommand[] {
    const { kept, pending, setup } = this;
    this.pending = NONE;
    const all = kept && setup && !this.loading ? [asked(loadingOf(kept, setup)), ...pending] : pending;
    this.loading ||= all !== pending;
    this.sent = this.sent.length === 0 ? [...all] : [...this.sent, ...all];
    return all.map(timely);
  }

  /** The place did the next command. `standing`: where the run stands now. */
  replied(report: MachineReport | undefined, standing?: Standing): void {
    const command = this.sent.shift()?.command;
    if (this.sent.length === 0) this.sent = NONE;
    if (this.isClosed) return;
    this.threadsLost = 0;
    if (standing) this.standing = standing;
    if (isLoading(command)) this.takenOver();
    this.begun ||= command?.type !== "prepare";
    if (report?.type === "turn") {
      this.spent = report.turn.spent;
      this.pool.measured(this);
    }
    if (report?.type === "parked") this.saved(report.delta, command);
    else if (report) this.onReport(report);
    if (!this.isClosed && this.place && this.isResting) this.pool.rested(this);
  }

  /** Its place is gone, or needed for another run: it goes on elsewhere as if nothing had been. */
  move(): void {
    if (this.standing) {
      this.kept = this.standing;
      this.lender = this.place;
    }
    const again = this.sent.filter(({ command }) => command.type !== "park" && !isLoading(command));
    this.sent = NONE;
    this.pending = [...again, ...this.pending];
    this.leave();
    if (this.hasPending || this.kept) this.pool.seek(this, true);
  }

  /** Its machine is gone, and with it the run. */
  lose(breakdown: Breakdown, spentMs = 0): void {
    const { spent } = this;
    this.sent = NONE;
    this.pending = NONE;
    const report = { type: "lost", breakdown, spent: { ...spent, cpuMs: spent.cpuMs + spentMs } } as const;
    if (!this.isClosed) this.onReport(report);
    this.close();
  }

  /** What was kept has been loaded, or nobody wants it any more. */
  private takenOver(): void {
    this.kept = undefined;
    this.lender?.release(this);
    this.lender = undefined;
  }

  /** A list made of its items has no room to spare. */
  private add(each: Asked): void {
    if (this.pending === NONE) this.pending = [each];
    else this.pending.push(each);
  }

  /** What was asked for meanwhile keeps it where it is. */
  private saved(delta: KeptDelta, command: MachineCommand | undefined): void {
    if (this.setup && this.family) this.setup = goingOn(this.family, this.setup);
    if (this.isResting) this.pool.parked(this, this.withBase(delta, command));
    else this.pool.stays(this);
  }

  /** With the base that it was packed with, and an engine's name that all share. */
  private withBase(delta: KeptDelta, command: MachineCommand | undefined): KeptDelta {
    if (!("packed" in delta) || command?.type !== "park") return delta;
    return { engine: this.kind.image.engine, packed: delta.packed, base: command.base };
  }

  /** A run that is parked is its delta. */
  private answersItself(command: MachineCommand): boolean {
    const { kept } = this;
    if (command.type !== "save" || command.collect || !this.isResting) return false;
    if (this.place || !kept || "memory" in kept) return false;
    queueMicrotask(() => {
      if (!this.isClosed) this.onReport({ type: "saved", delta: unkeptDelta(kept) });
    });
    return true;
  }
}

/** Loads a run that was only moved. */
function loadingOf(kept: KeptDelta | Standing, setup: MachineSetup): MachineCommand {
  if ("memory" in kept) return { type: "adopt", standing: kept, setup };
  return { type: "load", delta: kept, setup, goesOn: true };
}

function isLoading(command: MachineCommand | undefined): boolean {
  return command?.type === "adopt" || (command?.type === "load" && command.goesOn === true);
}

function asked(command: MachineCommand): Asked {
  const leftMs = "wallLeftMs" in command ? command.wallLeftMs : Number.POSITIVE_INFINITY;
  return { command, untilMs: performance.now() + leftMs };
}

/** The time that a command waited for a machine is the run's. */
function timely({ command, untilMs }: Asked): MachineCommand {
  if (!("wallLeftMs" in command)) return command;
  const wallLeftMs = untilMs - performance.now();
  return command.wallLeftMs - wallLeftMs > 1 ? { ...command, wallLeftMs } : command;
}
