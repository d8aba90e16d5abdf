/** Where a run's random bytes come from: the platform, or a repeating sequence where the run has a seed. */
export interface RandomSource {
  fill(bytes: Uint8Array<ArrayBuffer>): void;
  /** How far a repeating sequence has come. */
  readonly words?: readonly number[];
}

/** The most bytes that the platform gives at once. */
const QUOTA = 65_536;

/** Fresh randomness from the platform. */
export const platformRandom: RandomSource = {
  fill(bytes) {
    for (let at = 0; at < bytes.length; at += QUOTA) crypto.getRandomValues(bytes.subarray(at, at + QUOTA));
  },
};

/** A sequence (sfc32) that four words determine; not for secrets. */
export class SeededRandom implements RandomSource {
  words: readonly number[];

  private constructor(words: readonly number[]) {
    this.words = words.map((word) => word >>> 0);
  }

  /** The sequence of a seed, from its beginning. */
  static begin(seed: readonly number[]): SeededRandom {
    const random = new SeededRandom(seed);
    random.fill(new Uint8Array(16));
    return random;
  }

  /** The rest of a sequence. */
  static goOn(words: readonly number[]): SeededRandom {
    return new SeededRandom(words);
  }

  fill(bytes: Uint8Array<ArrayBuffer>): void {
    let [a = 0, b = 0, c = 0, d = 0] = this.words;
    for (let i = 0; i < bytes.length; i++) {
      const sum = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      bytes[i] = sum & 0xff;
    }
    this.words = [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
  }
}
