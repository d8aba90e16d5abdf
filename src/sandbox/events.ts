import type { RunEvent } from "./types.ts";

/** An event without its number and time. */
export type EventBody = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, "seq" | "at"> : never) : never;

/** Events that nobody fetches are kept up to this number; then the oldest go. */
const MAX_KEPT = 20_000;

/** The events of a run: each listener gets all of them, from the first on. */
export class EventLog {
  private readonly kept: RunEvent[] = [];
  private removed = 0;
  private seq = 0;
  private ended = false;
  private waiters: (() => void)[] = [];

  add(body: EventBody): void {
    this.kept.push({ ...body, seq: this.seq++, at: Date.now() } as RunEvent);
    if (this.kept.length > MAX_KEPT) {
      this.kept.shift();
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
