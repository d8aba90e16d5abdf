import type { Breakdown, Spent } from "./messages.ts";

/** How many late polls are answered with "stop" before the machine is torn down: guest code can swallow those. */
const POLITE_STOPS = 2;

/** Leaves WebAssembly by a host exception; the machine is unusable afterwards. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
}

/** The clock and the fuel of a run inside a machine. Time counts only between `enter` and `leave`. */
export class Meter {
  /** Set once a limit is reached, whatever the guest says afterwards. */
  reached: Breakdown | undefined;
  private cpuMs = 0;
  private steps = 0;
  private heapBytes = 0;
  private cpuLimitMs = 0;
  private stepLimit = 0;
  private enteredAt = 0;
  private cpuDeadline = 0;
  private wallDeadline = 0;
  private late = 0;
  private readonly heapSize: () => number;

  constructor(heapSize: () => number) {
    this.heapSize = heapSize;
  }

  begin(limits: { cpuMs: number; steps: number }, spent: Spent = { cpuMs: 0, steps: 0, memoryBytes: 0 }): void {
    this.reached = undefined;
    this.late = 0;
    this.cpuMs = spent.cpuMs;
    this.steps = spent.steps;
    this.heapBytes = spent.memoryBytes;
    this.cpuLimitMs = limits.cpuMs;
    this.stepLimit = limits.steps;
    // Loading a run calls into the machine before its clock is started.
    this.cpuDeadline = Number.POSITIVE_INFINITY;
    this.wallDeadline = Number.POSITIVE_INFINITY;
  }

  enter(wallLeftMs: number): void {
    this.enteredAt = performance.now();
    this.cpuDeadline = this.enteredAt + this.cpuLimitMs - this.cpuMs;
    this.wallDeadline = this.enteredAt + wallLeftMs;
  }

  leave(): void {
    this.cpuMs += performance.now() - this.enteredAt;
    this.sample();
  }

  /** Gives `use` that much time of its own, whatever the run has spent; false if it did not end by itself. */
  aside(ms: number, use: () => void): boolean {
    const { reached, stepLimit } = this;
    this.reached = undefined;
    this.late = 0;
    this.stepLimit = Number.POSITIVE_INFINITY;
    this.enteredAt = performance.now();
    this.cpuDeadline = this.wallDeadline = this.enteredAt + ms;
    use();
    this.leave();
    const inTime = this.reached === undefined;
    this.reached = reached;
    this.stepLimit = stepLimit;
    return inTime;
  }

  spent(): Spent {
    return { cpuMs: this.cpuMs, steps: this.steps, memoryBytes: this.heapBytes };
  }

  /** The interrupt handler, once per 10,000 ticks: 1 stops the guest; throws Interrupted when that was swallowed. */
  poll(): 0 | 1 {
    this.steps++;
    this.sample();
    if (!this.overdue()) return 0;
    if (++this.late > POLITE_STOPS) throw new Interrupted();
    return 1;
  }

  /** At every call from the guest: no call is taken after the end. Throws Interrupted. */
  check(): void {
    if (this.overdue()) throw new Interrupted();
  }

  /** Whether the run is past a limit; between jobs too. */
  overdue(): boolean {
    if (this.reached) return true;
    if (this.steps > this.stepLimit) {
      this.reached = { code: "step_limit", message: `more than ${this.stepLimit} steps of 10,000 engine ticks` };
      return true;
    }
    const now = performance.now();
    if (now > this.wallDeadline) this.reached = { code: "wall_limit", message: "the run's time is over" };
    else if (now > this.cpuDeadline) {
      this.reached = { code: "cpu_limit", message: `more than ${this.cpuLimitMs} ms inside the machine` };
    }
    return this.reached !== undefined;
  }

  private sample(): void {
    const bytes = this.heapSize();
    if (bytes > this.heapBytes) this.heapBytes = bytes;
  }
}
