import { eventLoop } from "../event-loop.ts";

/**
 * A delta's words (src/engine/delta.ts) in an order that deflates well, numbers little-endian:
 *
 * | bytes | what |
 * |---|---|
 * | 4 | R, how many runs there are |
 * | 4 | V, how many changed words they have together |
 * | … | for each run, how many words it skips, 7 bits to a byte from the lowest on, the highest bit set in all but the last |
 * | … | for each run, how many words it changes, likewise |
 * | 4 × V | the lowest bytes of all changed words, then their second bytes, their third and their highest |
 */
export async function packWords(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const words = wordsOf(bytes);
  let runs = 0;
  let changed = 0;
  let length = HEAD_BYTES;
  for (let at = 0; at < words.length; runs++) {
    if (runs % STEP === 0) await eventLoop.turn();
    const [skip, count] = runAt(words, at);
    length += sevenBitsLength(skip) + sevenBitsLength(count);
    changed += count;
    at += 2 + count;
  }
  const packed = new Uint8Array(length + changed * 4);
  const view = new DataView(packed.buffer);
  view.setUint32(0, runs, true);
  view.setUint32(4, changed, true);
  const middle = await putNumbers(packed, HEAD_BYTES, words, 0);
  await putPlanes(packed, await putNumbers(packed, middle, words, 1), words, changed);
  return packed;
}

/** So many words or runs are gone through before somebody else may have the thread. */
const STEP = 1 << 14;

function wordsOf(bytes: Uint8Array): Int32Array {
  const { buffer, byteLength, byteOffset } = byteAligned(bytes);
  return new Int32Array(buffer, byteOffset, byteLength >>> 2);
}

const byteAligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 4 === 0 ? bytes : bytes.slice());

function runAt(words: Int32Array, at: number): [skip: number, count: number] {
  return [(words[at] ?? 0) >>> 0, (words[at + 1] ?? 0) >>> 0];
}

/** Writes one of the two numbers of each run; gives where it ended. */
async function putNumbers(packed: Uint8Array, start: number, words: Int32Array, which: 0 | 1): Promise<number> {
  let to = start;
  let run = 0;
  for (let at = 0; at < words.length; run++) {
    if (run % STEP === 0) await eventLoop.turn();
    const numbers = runAt(words, at);
    let rest = numbers[which];
    for (; rest >= 0x80; rest >>>= 7) packed[to++] = (rest & 0x7f) | 0x80;
    packed[to++] = rest;
    at += 2 + numbers[1];
  }
  return to;
}

async function putPlanes(packed: Uint8Array, start: number, words: Int32Array, changed: number): Promise<void> {
  let to = start;
  let end = 0;
  for (let at = 0; at < words.length; at++) {
    if (at % STEP === 0) await eventLoop.turn();
    if (at === end) {
      end = at + 2 + runAt(words, at)[1];
      at++;
      continue;
    }
    const word = words[at] ?? 0;
    packed[to] = word;
    packed[to + changed] = word >>> 8;
    packed[to + changed * 2] = word >>> 16;
    packed[to + changed * 3] = word >>> 24;
    to++;
  }
}

const HEAD_BYTES = 8;

/** The words again. Rejects with RangeError for bytes that say other lengths than they have. */
export async function unpackWords(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (packed.length < HEAD_BYTES) throw new RangeError("the memory's words have no head");
  const view = new DataView(packed.buffer, packed.byteOffset);
  const runs = view.getUint32(0, true);
  const changed = view.getUint32(4, true);
  const planes = packed.length - changed * 4;
  // Each number of a run takes a byte at least.
  if (planes < HEAD_BYTES + runs * 2) throw new RangeError("the memory's words are cut off");
  const skips = new Numbers(packed.subarray(HEAD_BYTES, planes));
  await skips.sum(runs);
  const counts = new Numbers(packed.subarray(HEAD_BYTES + skips.at, planes));
  if ((await counts.sum(runs)) !== changed || !counts.isAtEnd) {
    throw new RangeError("the memory's words are not as many as they say");
  }
  skips.at = 0;
  counts.at = 0;
  const words = new Int32Array(runs * 2 + changed);
  let from = planes;
  for (let at = 0, end = 0; at < words.length; at++) {
    if (at % STEP === 0) await eventLoop.turn();
    if (at === end) {
      words[at++] = skips.next();
      words[at] = counts.next();
      end = at + 1 + (words[at] as number);
    } else words[at] = wordAt(packed, from++, changed);
  }
  return new Uint8Array(words.buffer);
}

function wordAt(packed: Uint8Array, at: number, plane: number): number {
  return (
    (packed[at] ?? 0) |
    ((packed[at + plane] ?? 0) << 8) |
    ((packed[at + plane * 2] ?? 0) << 16) |
    ((packed[at + plane * 3] ?? 0) << 24)
  );
}

function sevenBitsLength(number: number): number {
  let length = 1;
  for (let rest = number; rest >= 0x80; rest >>>= 7) length++;
  return length;
}

class Numbers {
  at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /** The sum of the next ones. */
  async sum(count: number): Promise<number> {
    let sum = 0;
    for (let done = 0; done < count; done++) {
      if (done % STEP === 0) await eventLoop.turn();
      sum += this.next();
    }
    return sum;
  }

  /** Past the end there are zeros. */
  next(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      if (shift > 28) throw new RangeError("a number of the memory's words is too long");
    }
  }
}
