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

/** Codes what differs between `image` and `memory` from a word on. */
export function encodeDelta(image: Int32Array, memory: Int32Array, from: number): Uint8Array<ArrayBuffer> {
  let out = new Int32Array(4096);
  let length = 0;
  let end = from;
  let at = nextChange(image, memory, from);
  while (at < memory.length) {
    const start = at;
    let stop = at + 1;
    for (
      at = nextChange(image, memory, stop);
      at < memory.length && at - stop <= MAX_GAP;
      at = nextChange(image, memory, stop)
    ) {
      stop = at + 1;
    }
    const needed = length + 2 + stop - start;
    if (needed > out.length) out = enlarged(out, needed);
    out[length] = start - end;
    out[length + 1] = stop - start;
    copyWords(memory, start, stop - start, { out, at: length + 2 });
    length = needed;
    end = stop;
  }
  return new Uint8Array(out.buffer, 0, length * 4).slice();
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

function nextChange(image: Int32Array, memory: Int32Array, from: number): number {
  let at = from;
  const shared = Math.min(image.length, memory.length);
  while (at < shared && image[at] === memory[at]) at++;
  if (at < shared) return at;
  at = Math.max(at, shared);
  while (at < memory.length && memory[at] === 0) at++;
  return at;
}

function enlarged(words: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(needed, words.length * 2));
  larger.set(words);
  return larger;
}
