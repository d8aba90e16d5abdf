interface Timer {
  readonly id: number;
  readonly dueMs: number;
  /** When it is due by the guest's own clock. */
  readonly dueAtMs: number;
}

/** The wake-ups of one run: due in order of their time, then of their start. One platform timer serves them all. */
export class Timers {
  private readonly queue: Timer[] = [];
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
    let at = this.queue.length;
    while (at > 0 && (this.queue[at - 1]?.dueMs ?? 0) > timer.dueMs) at--;
    this.queue.splice(at, 0, timer);
    if (at === 0) this.arm();
  }

  stop(id: number): void {
    const at = this.queue.findIndex((timer) => timer.id === id);
    if (at >= 0) this.queue.splice(at, 1);
  }

  clear(): void {
    this.queue.length = 0;
    clearTimeout(this.handle);
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
      this.wake(first.id, first.dueAtMs);
    }
    this.arm();
  }
}
