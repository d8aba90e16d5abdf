import type { Delta } from "./messages.ts";
import { packWords, unpackWords } from "./packed-words.ts";

/**
 * A delta as a text of one byte for each character, for one that is kept in memory: there it takes no more than that, and
 * goes from thread to thread at once. Runs of one program have almost the same words where they wait, so it can be packed
 * with another delta for a base, which must be at hand to unpack it.
 *
 * | bytes | meaning |
 * |---|---|
 * | 4 | how many words the delta has |
 * | 4 | how many bytes the text has |
 * | 4 | how many bytes the kinds have |
 * | … | the text: JSON of a list of all but the words and the engine |
 * | … | the words: their kinds |
 * | … | and what the kinds need |
 */

const HEAD_BYTES = 12;
/** So many characters are made of bytes at once: they are the arguments of a call. */
const AT_ONCE = 4096;

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

/** Packs all of a delta but its engine; `base` are the words of another one. */
export function packDelta(delta: Delta, base?: Uint8Array): string {
  const text = encoder.encode(JSON.stringify(BOOKS.map((name) => delta[name])));
  const words = wordsOf(delta.words);
  const { kinds, rests } = packWords(words, base && wordsOf(base));
  const out = new Uint8Array(HEAD_BYTES + text.length + kinds.length + rests.length);
  const head = new DataView(out.buffer);
  for (const [at, { length }] of [words, text, kinds].entries()) head.setUint32(at * 4, length, true);
  out.set(text, HEAD_BYTES);
  out.set(kinds, HEAD_BYTES + text.length);
  out.set(rests, HEAD_BYTES + text.length + kinds.length);
  return textOf(out);
}

/** The delta that was packed, of a machine of this engine; `base` as it was then. */
export function unpackDelta(packed: string, engine: string, base?: Uint8Array): Delta {
  const bytes = bytesOf(packed);
  const head = new DataView(bytes.buffer);
  const words = new Int32Array(head.getUint32(0, true));
  const kindsAt = HEAD_BYTES + head.getUint32(4, true);
  const restsAt = kindsAt + head.getUint32(8, true);
  unpackWords(
    { kinds: bytes.subarray(kindsAt, restsAt), rests: bytes.subarray(restsAt) },
    words,
    base && wordsOf(base),
  );
  const values = JSON.parse(decoder.decode(bytes.subarray(HEAD_BYTES, kindsAt))) as unknown[];
  const books = Object.fromEntries(BOOKS.flatMap((name, at) => (values[at] === null ? [] : [[name, values[at]]])));
  return { ...(books as Pick<Delta, Book>), engine, words: new Uint8Array(words.buffer) };
}

function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    // Spreading a typed array goes through its iterator, and takes ten times as long.
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + AT_ONCE) as unknown as number[]);
  }
  return text;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

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
  readonly packed: string;
  readonly base?: Uint8Array | undefined;
}

/** A delta in the form in which it is kept. If that is packed, the base is to be put beside it. */
export function keptDelta(delta: Delta, base?: Uint8Array): KeptDelta {
  return delta.words.length > MAX_PACKED_BYTES ? delta : { engine: delta.engine, packed: packDelta(delta, base) };
}

/** The delta that is kept. */
export function unkeptDelta(kept: KeptDelta): Delta {
  return "packed" in kept ? unpackDelta(kept.packed, kept.engine, kept.base) : kept;
}

/** What it takes of the memory. */
export function keptBytes(kept: KeptDelta): number {
  return "packed" in kept ? kept.packed.length : kept.words.length;
}
