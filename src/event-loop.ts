/** How long work for guests may keep the host's own from running, that of all runs together. */
const MAX_STRETCH_MS = 10;

/** Calls in a later task: at once where the platform can, since its timers wait a millisecond at least. */
const inLaterTask: (task: () => void) => void =
  (globalThis as { setImmediate?: (task: () => void) => void }).setImmediate ?? ((task) => void setTimeout(task, 0));

/**
 * Lets the host's timers and messages in between steps that may follow each other without ever waiting for anything.
 * A step that comes when the time is over is carried out in a later task; steps keep their order.
 */
export class EventLoop {
  private sinceMs: number | undefined;
  private waiting: (() => void)[] = [];

  /** Whether it is the host's turn: a long row of steps should be left for later. */
  get isLate(): boolean {
    if (this.waiting.length > 0) return true;
    if (this.sinceMs !== undefined) return performance.now() - this.sinceMs >= MAX_STRETCH_MS;
    this.sinceMs = performance.now();
    inLaterTask(() => {
      if (this.waiting.length === 0) this.sinceMs = undefined;
    });
    return false;
  }

  /** Carries out a step, which must not throw. */
  run(step: () => void): void {
    if (!this.isLate) {
      step();
      return;
    }
    this.waiting.push(step);
    if (this.waiting.length === 1) inLaterTask(() => this.goOn());
  }

  /** What to wait for before the next step, if something. */
  turn(): Promise<void> | undefined {
    return this.isLate ? new Promise((resolve) => this.run(resolve)) : undefined;
  }

  private goOn(): void {
    const steps = this.waiting;
    this.waiting = [];
    this.sinceMs = undefined;
    let done = 0;
    try {
      while (done < steps.length && !this.isLate) steps[done++]?.();
    } finally {
      // What the steps brought comes behind those that were there before.
      const isArmed = this.waiting.length > 0;
      this.waiting = [...steps.slice(done), ...this.waiting];
      if (!isArmed && this.waiting.length > 0) inLaterTask(() => this.goOn());
    }
  }
}

/** That of this process: the host has one, however many sandboxes. */
export const eventLoop: EventLoop = new EventLoop();
