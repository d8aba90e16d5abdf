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
export function packWords(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const words = new Int32Array(bytes.slice().buffer);
  const skips: number[] = [];
  const counts: number[] = [];
  let changed = 0;
  for (let at = 0; at < words.length; at += 2 + (counts.at(-1) ?? 0)) {
    skips.push((words[at] ?? 0) >>> 0);
    counts.push((words[at + 1] ?? 0) >>> 0);
    changed += counts.at(-1) ?? 0;
  }
  const numbers = Uint8Array.from([...skips, ...counts].flatMap(sevenBits));
  const packed = new Uint8Array(HEAD_BYTES + numbers.length + changed * 4);
  const view = new DataView(packed.buffer);
  view.setUint32(0, skips.length, true);
  view.setUint32(4, changed, true);
  packed.set(numbers, HEAD_BYTES);
  let to = HEAD_BYTES + numbers.length;
  for (let at = 0; at < words.length; ) {
    const end = at + 2 + ((words[at + 1] ?? 0) >>> 0);
    for (at += 2; at < end; at++, to++) {
      const word = words[at] ?? 0;
      packed[to] = word;
      packed[to + changed] = word >>> 8;
      packed[to + changed * 2] = word >>> 16;
      packed[to + changed * 3] = word >>> 24;
    }
  }
  return packed;
}

const HEAD_BYTES = 8;

/** The words again. Throws RangeError for bytes that say other lengths than they have. */
export function unpackWords(packed: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (packed.length < HEAD_BYTES) throw new RangeError("the memory's words have no head");
  const view = new DataView(packed.buffer, packed.byteOffset);
  const runs = view.getUint32(0, true);
  const changed = view.getUint32(4, true);
  const planes = packed.length - changed * 4;
  // Each number of a run takes a byte at least.
  if (planes < HEAD_BYTES + runs * 2) throw new RangeError("the memory's words are cut off");
  const numbers = new Numbers(packed.subarray(HEAD_BYTES, planes));
  const skips = Array.from({ length: runs }, () => numbers.next());
  const counts = Array.from({ length: runs }, () => numbers.next());
  if (!numbers.isAtEnd || counts.reduce((sum, count) => sum + count, 0) !== changed) {
    throw new RangeError("the memory's words are not as many as they say");
  }
  const words = new Int32Array(runs * 2 + changed);
  let from = planes;
  let at = 0;
  for (const [run, count] of counts.entries()) {
    words[at] = skips[run] ?? 0;
    words[at + 1] = count;
    const end = at + 2 + count;
    for (at += 2; at < end; at++, from++) words[at] = wordAt(packed, from, changed);
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

function sevenBits(number: number): number[] {
  const bytes: number[] = [];
  for (let rest = number; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

class Numbers {
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
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
