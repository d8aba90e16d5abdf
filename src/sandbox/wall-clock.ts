import { type Due, deadlines } from "./deadlines.ts";

/** What becomes of a run whose time is over. */
export interface ClockOwner {
  timeIsOver(): void;
}

/** Counts a run's own time against its limit; what is waited for while it is paused is free. */
export class WallClock implements Due {
  private readonly limitMs: number;
  private readonly owner: ClockOwner;
  private spent: number;
  private since: number | undefined;

  /** The owner is told once the limit is reached, never while paused. The clock stands until `run`. */
  constructor(limitMs: number, spentMs: number, owner: ClockOwner) {
    this.limitMs = limitMs;
    this.spent = spentMs;
    this.owner = owner;
  }

  get spentMs(): number {
    return this.since === undefined ? this.spent : this.spent + performance.now() - this.since;
  }

  get leftMs(): number {
    return this.limitMs - this.spentMs;
  }

  /** When the limit is reached; only of a clock that runs. */
  get dueMs(): number {
    return (this.since ?? Number.POSITIVE_INFINITY) + this.limitMs - this.spent;
  }

  run(): void {
    if (this.since !== undefined) return;
    this.since = performance.now();
    deadlines.add(this);
  }

  pause(): void {
    if (this.since === undefined) return;
    deadlines.remove(this);
    this.spent = this.spentMs;
    this.since = undefined;
  }

  overdue(): void {
    this.owner.timeIsOver();
  }
}
