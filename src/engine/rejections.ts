import type { EngineExports, Pointer } from "./exports.ts";

/** The memory that bounds the bookkeeping of rejections a guest piles up. */
const MAX_TRACKED = 10_000;

/** Rejections that nobody handles so far. Promise and reason stay alive in the machine until they are let go. */
export class Rejections {
  private readonly exports: EngineExports;
  /** Boxes by the address of the promise. */
  private readonly tracked: Map<Pointer, { promise: Pointer; reason: Pointer }> = new Map();

  constructor(exports: EngineExports) {
    this.exports = exports;
  }

  get size(): number {
    return this.tracked.size;
  }

  /** The engine tells of a rejection, or that one is handled after all; both boxes are handed over. */
  track(promise: Pointer, reason: Pointer, handled: boolean): void {
    const { exports, tracked } = this;
    const key = exports.qjs_get_value_ptr(promise);
    const known = tracked.get(key);
    if (!handled && !known && tracked.size < MAX_TRACKED) {
      tracked.set(key, { promise, reason });
      return;
    }
    this.free(promise, reason);
    if (!handled || !known) return;
    tracked.delete(key);
    this.free(known.promise, known.reason);
  }

  /** The first reasons, at most that many. */
  reasons(most: number): Pointer[] {
    return [...this.tracked.values()].slice(0, most).map(({ reason }) => reason);
  }

  /** The boxes as a flat list of pairs, for a delta. */
  save(): number[] {
    return [...this.tracked.values()].flatMap(({ promise, reason }) => [promise, reason]);
  }

  /** Takes over the boxes of a loaded memory. */
  load(pairs: readonly number[]): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const [promise = 0, reason = 0] = pairs.slice(i, i + 2);
      this.tracked.set(this.exports.qjs_get_value_ptr(promise), { promise, reason });
    }
  }

  /** Lets all go, in a memory that lives on. */
  release(): void {
    for (const { promise, reason } of this.tracked.values()) this.free(promise, reason);
    this.tracked.clear();
  }

  /** Forgets all, as their memory is about to be rewound. */
  clear(): void {
    this.tracked.clear();
  }

  private free(promise: Pointer, reason: Pointer): void {
    this.exports.qjs_free_value(promise);
    this.exports.qjs_free_value(reason);
  }
}
