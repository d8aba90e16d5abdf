import type { Emission } from "../engine/index.ts";
import type { PendingCall } from "../snapshots/index.ts";
import { MAX_TIMER_MS } from "./limits.ts";

/** A wake-up as it is kept in a snapshot. */
export interface SavedTimer {
  readonly id: number;
  readonly what: string;
  readonly stack: string;
  readonly delayMs: number;
  readonly since: number;
  /** When it is due, in milliseconds since the epoch. */
  readonly wakeAt: number;
  /** When it is due by the guest's own clock. */
  readonly dueAtMs: number;
}

interface Timer extends SavedTimer {
  /** When it is due by the platform's steady clock. */
  readonly dueMs: number;
}

/** What the run does for its wake-ups. */
export interface TimersOwner {
  /** One is due; in a task of its own. */
  wake(id: number, dueAtMs: number): void;
}

/** Of runs without any. */
const NONE: Timer[] = [];

/** The wake-ups of one run: due in order of their time, then of their start. One platform timer serves them all. */
export class Timers {
  /** By the time they are due. A guest may hold ten thousand: places are found by halving. */
  private queue = NONE;
  private byId: Map<number, Timer> | undefined;
  private handle: ReturnType<typeof setTimeout> | undefined;
  private arming = false;
  private held = false;
  private readonly owner: TimersOwner;

  constructor(owner: TimersOwner) {
    this.owner = owner;
  }

  get count(): number {
    return this.queue.length;
  }

  /** `guestMs` is what the guest's clock says, `epochMs` the run's real time. */
  start(emission: Extract<Emission, { type: "timer" }>, guestMs: number, epochMs: number): void {
    const { delayMs, id, stack, what } = emission;
    const times = { since: epochMs, wakeAt: epochMs + delayMs, dueAtMs: guestMs + delayMs };
    this.add({ id, what, stack, delayMs, ...times, dueMs: performance.now() + delayMs });
  }

  /** Takes up wake-ups of a snapshot, those that are overdue first; `epochMs` is the run's real time. */
  restore(timers: readonly SavedTimer[], epochMs: number): void {
    for (const timer of timers) this.add({ ...timer, dueMs: performance.now() + timer.wakeAt - epochMs });
  }

  stop(id: number): void {
    const timer = this.byId?.get(id);
    if (!timer) return;
    this.byId?.delete(id);
    this.queue.splice(this.queue.lastIndexOf(timer, this.after(timer.dueMs)), 1);
  }

  /** Lets nothing become due until `release`. */
  hold(): void {
    this.held = true;
    clearTimeout(this.handle);
  }

  release(): void {
    this.held = false;
    this.arm();
  }

  has(id: number): boolean {
    return this.byId?.has(id) ?? false;
  }

  /** Makes one due at once. */
  hasten(id: number): void {
    const timer = this.byId?.get(id);
    if (!timer) return;
    this.stop(id);
    this.add({ ...timer, dueMs: performance.now() });
  }

  /** Whether one is due within that time. */
  dueWithin(ms: number): boolean {
    const [first] = this.queue;
    return first !== undefined && first.dueMs - performance.now() <= ms;
  }

  /** All of them, the next one first. */
  saved(): SavedTimer[] {
    return this.queue.map(({ dueMs: _, ...timer }) => timer);
  }

  clear(): void {
    this.queue = NONE;
    this.byId?.clear();
    clearTimeout(this.handle);
  }

  private add(timer: Timer): void {
    const at = this.after(timer.dueMs);
    if (this.queue === NONE) this.queue = [timer];
    else this.queue.splice(at, 0, timer);
    this.byId ??= new Map();
    this.byId.set(timer.id, timer);
    if (at === 0) this.armSoon();
  }

  /** A turn may start thousands, each due before the last: the platform is asked once. */
  private armSoon(): void {
    if (this.arming) return;
    this.arming = true;
    queueMicrotask(() => this.arm());
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
    this.arming = false;
    clearTimeout(this.handle);
    const [first] = this.queue;
    if (!first || this.held) return;
    const delayMs = Math.max(0, first.dueMs - performance.now());
    this.handle = setTimeout(() => this.fire(), Math.min(delayMs, MAX_TIMER_MS));
  }

  private fire(): void {
    const [first] = this.queue;
    // Platform timers may fire up to a millisecond early.
    if (first && first.dueMs <= performance.now() + 1) {
      this.queue.shift();
      this.byId?.delete(first.id);
      this.owner.wake(first.id, first.dueAtMs);
    }
    this.arm();
  }
}

/** A wake-up as something that a suspended run waits for. */
export function pendingSleep(timer: SavedTimer, line: number | undefined): PendingCall {
  const { delayMs, id, since, wakeAt, what } = timer;
  const call = { id: String(id), tool: what, input: [delayMs], kind: "sleep", since, wakeAt } as const;
  return line === undefined ? call : { ...call, line };
}
