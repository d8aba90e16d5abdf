interface Timer {
  readonly id: number;
  readonly dueMs: number;
  /** When it is due by the guest's own clock. */
  readonly dueAtMs: number;
}

/** The wake-ups of one run: due in order of their time, then of their start. One platform timer serves them all. */
export class Timers {
  /** By the time they are due. A guest may hold ten thousand: places are found by halving. */
  private readonly queue: Timer[] = [];
  private readonly byId = new Map<number, Timer>();
  private handle: ReturnType<typeof setTimeout> | undefined;
  private readonly wake: (id: number, dueAtMs: number) => void;

  /** `wake` is called for each timer that is due, in a task of its own. */
  constructor(wake: (id: number, dueAtMs: number) => void) {
    this.wake = wake;
  }

  get count(): number {
    return this.queue.length;
  }

  start(id: number, delayMs: number, nowMs: number): void {
    const timer = { id, dueMs: performance.now() + delayMs, dueAtMs: nowMs + delayMs };
    const at = this.after(timer.dueMs);
    this.queue.splice(at, 0, timer);
    this.byId.set(id, timer);
    if (at === 0) this.arm();
  }

  stop(id: number): void {
    const timer = this.byId.get(id);
    if (!timer) return;
    this.byId.delete(id);
    this.queue.splice(this.queue.lastIndexOf(timer, this.after(timer.dueMs)), 1);
  }

  clear(): void {
    this.queue.length = 0;
    this.byId.clear();
    clearTimeout(this.handle);
  }

  /** Where a timer of this time goes: behind all that are due by then. */
  private after(dueMs: number): number {
    let low = 0;
    let high = this.queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.queue[middle]?.dueMs ?? 0) > dueMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private arm(): void {
    clearTimeout(this.handle);
    const [first] = this.queue;
    if (first) this.handle = setTimeout(() => this.fire(), Math.max(0, first.dueMs - performance.now()));
  }

  private fire(): void {
    const [first] = this.queue;
    // Platform timers may fire up to a millisecond early.
    if (first && first.dueMs <= performance.now() + 1) {
      this.queue.shift();
      this.byId.delete(first.id);
      this.wake(first.id, first.dueAtMs);
    }
    this.arm();
  }
}
