/** Deadlines this close together are kept in one set. */
const TICK_MS = 8;

/** Something that has to be told when its time is over. */
export interface Due {
  /** When, by the platform's steady clock. */
  readonly dueMs: number;
  overdue(): void;
}

/** The deadlines of all runs. One platform timer serves them all: a hundred thousand of those would take more than the runs. */
class Deadlines {
  private readonly ticks = new Map<number, Set<Due>>();
  private handle: ReturnType<typeof setTimeout> | undefined;
  private armedForMs = Number.POSITIVE_INFINITY;

  add(due: Due): void {
    const tick = tickOf(due);
    const set = this.ticks.get(tick);
    if (set) set.add(due);
    else this.ticks.set(tick, new Set([due]));
    if (due.dueMs < this.armedForMs) this.arm(due.dueMs);
  }

  /** False if it is not there. */
  remove(due: Due): boolean {
    const tick = tickOf(due);
    const set = this.ticks.get(tick);
    if (!set?.delete(due)) return false;
    if (set.size === 0) this.ticks.delete(tick);
    // A process without runs has no timer of ours. One that is early otherwise only looks again.
    if (this.ticks.size === 0) this.disarm();
    return true;
  }

  private arm(dueMs: number): void {
    clearTimeout(this.handle);
    this.armedForMs = dueMs;
    this.handle = setTimeout(() => this.fire(), Math.max(0, dueMs - performance.now()));
  }

  private disarm(): void {
    clearTimeout(this.handle);
    this.armedForMs = Number.POSITIVE_INFINITY;
  }

  private fire(): void {
    this.disarm();
    try {
      // Platform timers may fire up to a millisecond early.
      const nowMs = performance.now() + 1;
      // One may end others.
      for (const due of this.earliest()) if (due.dueMs <= nowMs && this.remove(due)) due.overdue();
    } finally {
      const [next] = this.earliest();
      if (next) this.arm(next.dueMs);
    }
  }

  /** Those of the first tick, in the order of their time. */
  private earliest(): Due[] {
    let first = Number.POSITIVE_INFINITY;
    for (const tick of this.ticks.keys()) first = Math.min(first, tick);
    return [...(this.ticks.get(first) ?? [])].sort((a, b) => a.dueMs - b.dueMs);
  }
}

const tickOf = ({ dueMs }: Due): number => Math.floor(dueMs / TICK_MS);

/** Those of this process. */
export const deadlines: Deadlines = new Deadlines();
