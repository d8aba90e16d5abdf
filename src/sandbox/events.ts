import type { RunEvent } from "./types.ts";

/** An event without its number and time. */
export type EventBody = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, "seq" | "at"> : never) : never;

/** Events are kept for listeners up to this number and this many bytes; then the oldest go. */
const MAX_KEPT = 20_000;
const MAX_BYTES = 16 << 20;
/** What an event takes beside the values in it. */
const EVENT_BYTES = 500;

/** The events of a run: each listener gets all of them, from the first on. */
export class EventLog {
  private readonly kept: RunEvent[] = [];
  private readonly sizes: number[] = [];
  private bytes = 0;
  private removed = 0;
  private seq = 0;
  private ended = false;
  private waiters: (() => void)[] = [];

  /** Adds an event whose values take about that many bytes. */
  add(body: EventBody, valueBytes = 0): void {
    if (this.ended) return;
    // Not copied: what a body decodes when it is looked at stays so.
    this.kept.push(Object.assign(body, { seq: this.seq++, at: Date.now() }) as RunEvent);
    this.sizes.push(valueBytes + EVENT_BYTES);
    this.bytes += valueBytes + EVENT_BYTES;
    while (this.kept.length > 1 && (this.kept.length > MAX_KEPT || this.bytes > MAX_BYTES)) {
      this.kept.shift();
      this.bytes -= this.sizes.shift() ?? 0;
      this.removed++;
    }
    this.notify();
  }

  end(): void {
    this.ended = true;
    this.notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent, void, undefined> {
    for (let next = 0; ; ) {
      next = Math.max(next, this.removed);
      const event = this.kept[next - this.removed];
      if (event) {
        next++;
        yield event;
      } else if (this.ended) return;
      else await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  private notify(): void {
    const { waiters } = this;
    if (waiters.length === 0) return;
    this.waiters = [];
    for (const wake of waiters) wake();
  }
}
