/** How long work for guests may keep the host's own from running, that of all runs together. */
const MAX_STRETCH_MS = 10;

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
    setTimeout(() => {
      if (this.waiting.length === 0) this.sinceMs = undefined;
    }, 0);
    return false;
  }

  /** Carries out a step, which must not throw. */
  run(step: () => void): void {
    if (!this.isLate) {
      step();
      return;
    }
    this.waiting.push(step);
    if (this.waiting.length === 1) setTimeout(() => this.goOn(), 0);
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
      if (!isArmed && this.waiting.length > 0) setTimeout(() => this.goOn(), 0);
    }
  }
}

/** That of this process: the host has one, however many sandboxes. */
export const eventLoop: EventLoop = new EventLoop();
