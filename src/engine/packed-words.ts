import { Forecast } from "./forecast.ts";

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
/** So many words as the base has them. */
const SAME = 10;
/** How many bytes each kind needs. */
const WIDTHS = Uint8Array.of(0, 0, 1, 2, 3, 4, 1, 2, 2, 2, 1);

const MAX_SAME = 255;

/** Words in about half their bytes: a half for the kind of each, and apart from those what the kinds need. */
export interface PackedWords {
  readonly kinds: Uint8Array;
  readonly rests: Uint8Array;
}

/** Packs a delta's words; what is as in the words of `base` takes next to nothing. */
export function packWords(words: Int32Array, base: Int32Array | undefined): PackedWords {
  const out = new Packer(words.length);
  const forecast = base && new Forecast(base);
  let same = 0;
  for (const word of words) {
    const isSame = forecast?.next() === word;
    forecast?.was(word);
    if (same > 0 && (!isSame || same === MAX_SAME)) {
      out.add(SAME, same);
      same = 0;
    }
    if (isSame) same++;
    else out.word(word);
    if (isAddress(word)) out.last = word;
  }
  if (same > 0) out.add(SAME, same);
  return out.done();
}

/** Fills `words` with what was packed with the same base. */
export function unpackWords({ kinds, rests }: PackedWords, words: Int32Array, base: Int32Array | undefined): void {
  const forecast = base && new Forecast(base);
  let at = 0;
  let last = 0;
  const take = (word: number, index: number): void => {
    words[index] = word;
    forecast?.was(word);
    if (isAddress(word)) last = word;
  };
  for (let index = 0, half = 0; index < words.length; half++) {
    const kind = ((kinds[half >>> 1] ?? 0) >>> ((half & 1) * 4)) & 15;
    const width = WIDTHS[kind] ?? 0;
    let rest = 0;
    for (let read = 0; read < width; read++) rest |= (rests[at++] ?? 0) << (read * 8);
    if (kind !== SAME) take(wordOf(kind, rest, last), index++);
    else for (const end = index + rest; index < end; ) take(forecast?.next() ?? 0, index++);
  }
}

class Packer {
  /** The last address. */
  last = 0;
  private readonly kinds: Uint8Array;
  private readonly rests: Uint8Array;
  private count = 0;
  private at = 0;

  constructor(words: number) {
    this.kinds = new Uint8Array((words + 1) >>> 1);
    this.rests = new Uint8Array(words * 4);
  }

  word(word: number): void {
    const kind = kindOf(word, this.last);
    this.add(kind, restOf(kind, word, this.last));
  }

  add(kind: number, rest: number): void {
    const half = this.count >>> 1;
    this.kinds[half] = (this.kinds[half] ?? 0) | (kind << ((this.count++ & 1) * 4));
    for (let left = WIDTHS[kind] ?? 0, value = rest; left > 0; left--, value >>>= 8) this.rests[this.at++] = value;
  }

  done(): PackedWords {
    return { kinds: this.kinds.subarray(0, (this.count + 1) >>> 1), rests: this.rests.subarray(0, this.at) };
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
