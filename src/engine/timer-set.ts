import type { Emission } from "./messages.ts";

/** The timers of a run: what starts and stops within one turn never leaves the machine, as a guest can do that for ever. */
export class TimerSet {
  private readonly all: Set<number> = new Set();
  private readonly started: Map<number, number> = new Map();
  private readonly stopped: number[] = [];

  get running(): number {
    return this.all.size;
  }

  clear(): void {
    this.all.clear();
    this.drain([]);
  }

  start(id: number, delayMs: number): void {
    this.all.add(id);
    this.started.set(id, delayMs);
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
    for (const [id, delayMs] of this.started) emissions.push({ type: "timer", id, delayMs });
    this.stopped.length = 0;
    this.started.clear();
  }
}
