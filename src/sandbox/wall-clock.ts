/** Counts a run's own time against its limit; what is waited for while it is paused is free. */
export class WallClock {
  private readonly limitMs: number;
  private readonly over: () => void;
  private spent: number;
  private since: number | undefined;
  private handle: ReturnType<typeof setTimeout> | undefined;

  /** `over` is called once the limit is reached, never while paused. The clock stands until `run`. */
  constructor(limitMs: number, spentMs: number, over: () => void) {
    this.limitMs = limitMs;
    this.spent = spentMs;
    this.over = over;
  }

  get spentMs(): number {
    return this.since === undefined ? this.spent : this.spent + performance.now() - this.since;
  }

  get leftMs(): number {
    return this.limitMs - this.spentMs;
  }

  run(): void {
    if (this.since !== undefined) return;
    this.since = performance.now();
    this.handle = setTimeout(this.over, Math.max(0, this.limitMs - this.spent));
  }

  pause(): void {
    if (this.since === undefined) return;
    this.spent = this.spentMs;
    this.since = undefined;
    clearTimeout(this.handle);
  }
}
