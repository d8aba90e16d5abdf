import type { Emission, LogState, MachineLimits } from "./messages.ts";

/** What counts against the log limits: entries, and comments that the program passed. */
type LogEmission = LogState["tail"][number];

const sizeOf = (entry: LogEmission): number => (entry.type === "log" ? entry.values.length : entry.length);

const NOTHING: readonly LogEmission[] = [];

/** Share of the limits that the first entries get; the rest is kept for the latest ones. */
const HEAD_SHARE = 0.75;

/**
 * Keeps the first and the latest entries of a run within its log limits. The first ones pass at once; the latest ones
 * are held back in a ring and come out at the end, with a count of what was dropped between them.
 */
export class LogWindow {
  entries = 0;
  bytes = 0;
  private tail: LogEmission[] = [];
  private tailBytes = 0;
  private dropped = 0;
  private maxEntries = 0;
  private maxBytes = 0;

  begin(limits: Pick<MachineLimits, "logEntries" | "logBytes">, state: LogState | undefined): void {
    this.entries = state?.entries ?? 0;
    this.bytes = state?.bytes ?? 0;
    this.tail = [...(state?.tail ?? NOTHING)];
    this.tailBytes = this.tail.reduce((bytes, entry) => bytes + sizeOf(entry), 0);
    this.dropped = state?.dropped ?? 0;
    this.maxEntries = limits.logEntries;
    this.maxBytes = limits.logBytes;
  }

  /** For a delta; what is held back stays so. */
  save(): LogState {
    return { entries: this.entries, bytes: this.bytes, dropped: this.dropped, tail: [...this.tail] };
  }

  /** Gives the entry back if it may go out now. */
  take(entry: LogEmission): LogEmission | undefined {
    const size = sizeOf(entry);
    const inHead = this.entries < this.maxEntries * HEAD_SHARE && this.bytes + size <= this.maxBytes * HEAD_SHARE;
    if (inHead && this.tail.length === 0 && this.dropped === 0) {
      this.entries++;
      this.bytes += size;
      return entry;
    }
    this.tail.push(entry);
    this.tailBytes += size;
    while (this.entries + this.tail.length > this.maxEntries || this.bytes + this.tailBytes > this.maxBytes) {
      const oldest = this.tail.shift();
      if (!oldest) break;
      this.tailBytes -= sizeOf(oldest);
      this.dropped++;
    }
    return undefined;
  }

  /** What was held back, and how many entries were dropped before it. */
  flush(): Emission[] {
    const held: Emission[] =
      this.dropped > 0 ? [{ type: "dropped", what: "log entries", count: this.dropped }, ...this.tail] : this.tail;
    this.entries += this.tail.length;
    this.bytes += this.tailBytes;
    this.tail = [];
    this.tailBytes = 0;
    this.dropped = 0;
    return held;
  }
}
