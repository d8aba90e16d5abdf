import type { WordRange } from "./heap.ts";

/**
 * A delta: the 4-byte words of a memory that differ from the boot image, as little-endian words in runs:
 *
 * | word | meaning |
 * |---|---|
 * | 0 | words to skip, unchanged |
 * | 1 | n, words that follow |
 * | 2 … n+1 | the changed words |
 *
 * and again until the end. Where the memory is larger than the image, the image counts as zero.
 */

/** A few unchanged words cost less inside a run than a new run does. */
const MAX_GAP = 2;
const SHORT_RUN = 64;
/** Words that are compared at once. */
const STEP = 8;

/**
 * Codes what differs between `image` and `memory` from a word on. `idle` are ranges that are not looked at and count as
 * unchanged: in order, apart, and longer than a gap.
 */
export function encodeDelta(
  image: Int32Array,
  memory: Int32Array,
  from: number,
  idle: readonly WordRange[] = [],
): Uint8Array<ArrayBuffer> {
  const runs = new Runs(memory, from);
  let at = from;
  for (const range of idle) {
    addChanges(image, memory, { from: at, to: range.from }, runs);
    at = range.to;
  }
  addChanges(image, memory, { from: at, to: memory.length }, runs);
  return runs.bytes();
}

function addChanges(image: Int32Array, memory: Int32Array, { from, to }: WordRange, runs: Runs): void {
  for (let at = nextChange(image, memory, from, to); at < to; ) {
    const start = at;
    let stop = at + 1;
    for (at = nextChange(image, memory, stop, to); at < to && at - stop <= MAX_GAP; ) {
      stop = at + 1;
      at = nextChange(image, memory, stop, to);
    }
    runs.add(start, stop);
  }
}

/** The runs of a delta as they are found. */
class Runs {
  private readonly memory: Int32Array;
  private out = new Int32Array(4096);
  private length = 0;
  private end: number;

  constructor(memory: Int32Array, from: number) {
    this.memory = memory;
    this.end = from;
  }

  /** Adds the changed words from `start` to before `stop`. */
  add(start: number, stop: number): void {
    const { end, length } = this;
    const needed = length + 2 + stop - start;
    if (needed > this.out.length) this.out = enlarged(this.out, needed);
    this.out[length] = start - end;
    this.out[length + 1] = stop - start;
    copyWords(this.memory, start, stop - start, { out: this.out, at: length + 2 });
    this.length = needed;
    this.end = stop;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.out.buffer, 0, this.length * 4).slice();
  }
}

/** Writes a delta over a memory that holds the image. Throws RangeError, before writing, where it doesn't fit. */
export function applyDelta(words: Uint8Array, memory: Int32Array, from: number): void {
  if (words.length % 4 !== 0) throw new RangeError("a delta is made of whole words");
  const runs =
    words.byteOffset % 4 === 0
      ? new Int32Array(words.buffer, words.byteOffset, words.length / 4)
      : new Int32Array(words.slice().buffer);
  forEachRun(runs, memory.length, from, () => undefined);
  forEachRun(runs, memory.length, from, (at, start, count) => copyWords(runs, at, count, { out: memory, at: start }));
}

/** Most runs are a few words long: making views of them would cost many times more than copying. */
function copyWords(from: Int32Array, start: number, count: number, to: { out: Int32Array; at: number }): void {
  const { at, out } = to;
  if (count > SHORT_RUN) out.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) out[at + i] = from[start + i] ?? 0;
}

function forEachRun(
  runs: Int32Array,
  limit: number,
  from: number,
  take: (at: number, start: number, count: number) => void,
): void {
  let position = from;
  for (let at = 0; at < runs.length; ) {
    const start = position + ((runs[at] ?? 0) >>> 0);
    const count = (runs[at + 1] ?? 0) >>> 0;
    position = start + count;
    if (at + 2 + count > runs.length || position > limit) throw new RangeError("a delta reaches past its end");
    take(at + 2, start, count);
    at += 2 + count;
  }
}

/** The first word from `from` on that differs; `to` if none does before it. */
function nextChange(image: Int32Array, memory: Int32Array, from: number, to: number): number {
  const shared = Math.min(image.length, to);
  let at = from;
  while (at + STEP <= shared && isStepSame(image, memory, at)) at += STEP;
  while (at < shared && image[at] === memory[at]) at++;
  if (at < shared) return at;
  while (at < to && memory[at] === 0) at++;
  return at;
}

/** Almost all words are the same: a loop over single ones takes twice as long. */
function isStepSame(image: Int32Array, memory: Int32Array, at: number): boolean {
  return (
    image[at] === memory[at] &&
    image[at + 1] === memory[at + 1] &&
    image[at + 2] === memory[at + 2] &&
    image[at + 3] === memory[at + 3] &&
    image[at + 4] === memory[at + 4] &&
    image[at + 5] === memory[at + 5] &&
    image[at + 6] === memory[at + 6] &&
    image[at + 7] === memory[at + 7]
  );
}

function enlarged(words: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(needed, words.length * 2));
  larger.set(words);
  return larger;
}
