import type { Delta } from "./messages.ts";

/**
 * A delta in about half its bytes and in one piece, for one that is kept in memory: most words are small numbers, and
 * addresses close to the one before.
 *
 * | bytes | meaning |
 * |---|---|
 * | 4 | how many words the delta has |
 * | 4 | how many bytes the text has |
 * | … | the text: JSON of a list of all but the words and the engine |
 * | a half for each word | its kind |
 * | … | what the kinds need, the lowest byte first |
 */

const HEAD_BYTES = 8;
const ZERO = 0;
const MINUS_ONE = 1;
const BYTE = 2;
const TWO_BYTES = 3;
const ADDRESS = 4;
const WHOLE = 5;
/** How far an address is from the one before. */
const NEAR = 6;
const AROUND = 7;
/** Without the byte, or the two, that are zero at its low end. */
const SHIFTED = 8;
const HIGH = 9;
/** How many bytes each kind needs. */
const WIDTHS = Uint8Array.of(0, 0, 1, 2, 3, 4, 1, 2, 2, 2);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Book = Exclude<keyof Delta, "engine" | "words">;

/** What is known beside the memory. */
const PACKED: Readonly<Record<Book, true>> = {
  outstanding: true,
  timers: true,
  inFlight: true,
  calls: true,
  yields: true,
  writes: true,
  refusedId: true,
  overLimit: true,
  uncaughtErrors: true,
  random: true,
  logs: true,
  pages: true,
  program: true,
  rejections: true,
  spent: true,
};
const BOOKS = Object.keys(PACKED) as readonly Book[];

/** Packs all of a delta but its engine; nothing of it is kept. */
export function packDelta(delta: Delta): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(JSON.stringify(BOOKS.map((name) => delta[name])));
  const words = wordsOf(delta.words);
  const start = HEAD_BYTES + text.length;
  const out = new Uint8Array(start + (words.length + 1) * 5);
  const head = new DataView(out.buffer);
  head.setUint32(0, words.length, true);
  head.setUint32(4, text.length, true);
  out.set(text, HEAD_BYTES);
  return out.slice(0, packWords(words, out, start));
}

/** The delta that was packed, of a machine of this engine. */
export function unpackDelta(packed: Uint8Array, engine: string): Delta {
  const head = new DataView(packed.buffer, packed.byteOffset, HEAD_BYTES);
  const words = new Int32Array(head.getUint32(0, true));
  const start = HEAD_BYTES + head.getUint32(4, true);
  unpackWords(packed, start, words);
  const values = JSON.parse(decoder.decode(packed.subarray(HEAD_BYTES, start))) as unknown[];
  const books = Object.fromEntries(BOOKS.flatMap((name, at) => (values[at] === null ? [] : [[name, values[at]]])));
  return { ...(books as Pick<Delta, Book>), engine, words: new Uint8Array(words.buffer) };
}

/** Gives where the words end. */
function packWords(words: Int32Array, out: Uint8Array, start: number): number {
  let at = start + ((words.length + 1) >>> 1);
  let last = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? 0;
    const kind = kindOf(word, last);
    const half = start + (index >>> 1);
    out[half] = (out[half] ?? 0) | (kind << ((index & 1) * 4));
    let rest = restOf(kind, word, last);
    for (let left = WIDTHS[kind] ?? 0; left > 0; left--) {
      out[at++] = rest;
      rest >>>= 8;
    }
    if (isAddress(word)) last = word;
  }
  return at;
}

function unpackWords(packed: Uint8Array, start: number, words: Int32Array): void {
  let at = start + ((words.length + 1) >>> 1);
  let last = 0;
  for (let index = 0; index < words.length; index++) {
    const kind = ((packed[start + (index >>> 1)] ?? 0) >>> ((index & 1) * 4)) & 15;
    const width = WIDTHS[kind] ?? 0;
    let rest = 0;
    for (let read = 0; read < width; read++) rest |= (packed[at++] ?? 0) << (read * 8);
    const word = wordOf(kind, rest, last);
    words[index] = word;
    if (isAddress(word)) last = word;
  }
}

function kindOf(word: number, last: number): number {
  if (word === 0) return ZERO;
  if (word === -1) return MINUS_ONE;
  if (isAddress(word)) return addressKind(word, word - last);
  if (word > 0 && word < 0x10000) return word < 0x100 ? BYTE : TWO_BYTES;
  return (word & 0xffff) === 0 ? HIGH : WHOLE;
}

function addressKind(word: number, distance: number): number {
  if (distance >= -0x80 && distance < 0x80) return NEAR;
  if ((word & 0xff) === 0) return SHIFTED;
  return distance >= -0x8000 && distance < 0x8000 ? AROUND : ADDRESS;
}

function restOf(kind: number, word: number, last: number): number {
  switch (kind) {
    case NEAR:
    case AROUND:
      return word - last;
    case SHIFTED:
      return word >>> 8;
    case HIGH:
      return word >>> 16;
    default:
      return word;
  }
}

function wordOf(kind: number, rest: number, last: number): number {
  switch (kind) {
    case MINUS_ONE:
      return -1;
    case NEAR:
      return last + ((rest << 24) >> 24);
    case AROUND:
      return last + ((rest << 16) >> 16);
    case SHIFTED:
      return rest << 8;
    case HIGH:
      return rest << 16;
    default:
      return rest;
  }
}

/** Whether a word has three bytes, as the addresses of small programs have. */
const isAddress = (word: number): boolean => word >= 0x10000 && word < 0x1000000;

/** A delta's bytes are words; they are copied where they don't lie as such. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(buffer, byteOffset, length >>> 2);
}

/** Above this the bytes are mostly a program's own, and packing takes longer than it is worth. */
const MAX_PACKED_BYTES = 64 * 1024;

/** A delta that is kept in memory: packed if it is small. Plain data. */
export type KeptDelta = Delta | PackedDelta;

/** See `packDelta`. */
export interface PackedDelta {
  readonly engine: string;
  readonly packed: Uint8Array;
}

/** A delta in the form in which it is kept. */
export function keptDelta(delta: Delta): KeptDelta {
  return delta.words.length > MAX_PACKED_BYTES ? delta : { engine: delta.engine, packed: packDelta(delta) };
}

/** The delta that is kept. */
export function unkeptDelta(kept: KeptDelta): Delta {
  return "packed" in kept ? unpackDelta(kept.packed, kept.engine) : kept;
}

/** What it takes of the memory. */
export function keptBytes(kept: KeptDelta): number {
  return "packed" in kept ? kept.packed.length : kept.words.length;
}
