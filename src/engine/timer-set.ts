import type { Emission } from "./messages.ts";

type TimerStart = Extract<Emission, { type: "timer" }>;

const KINDS: readonly TimerStart["what"][] = ["sleep", "sleepUntil", "setTimeout", "setInterval"];

/** What the guest says it called, as nothing inside a machine is trusted. */
export function timerKind(said: string): TimerStart["what"] {
  return KINDS.find((kind) => kind === said) ?? "setTimeout";
}

/** The timers of a run: what starts and stops within one turn never leaves the machine, as a guest can do that for ever. */
export class TimerSet {
  private readonly all: Set<number> = new Set();
  private readonly started: Map<number, TimerStart> = new Map();
  private readonly stopped: number[] = [];

  get running(): number {
    return this.all.size;
  }

  /** Forgets all but the timers of a run that goes on. */
  begin(running: readonly number[] = []): void {
    this.all.clear();
    this.drain([]);
    for (const id of running) this.all.add(id);
  }

  /** The timers that run, for a delta. Only between turns. */
  save(): number[] {
    return [...this.all];
  }

  start(timer: TimerStart): void {
    this.all.add(timer.id);
    this.started.set(timer.id, timer);
  }

  stop(id: number): void {
    this.all.delete(id);
    if (!this.started.delete(id)) this.stopped.push(id);
  }

  woken(id: number): void {
    this.all.delete(id);
  }

  /** Adds what the host has to know to the emissions of a turn. */
  drain(emissions: Emission[]): void {
    for (const id of this.stopped) emissions.push({ type: "clear", id });
    this.stopped.length = 0;
    if (this.started.size === 0) return;
    emissions.push(...this.started.values());
    this.started.clear();
  }
}
