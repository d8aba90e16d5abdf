import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyDelta, encodeDelta } from "../../src/engine/index.ts";

const WORDS = 4096;
const changes = fc.array(fc.tuple(fc.nat(WORDS - 1), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), {
  maxLength: 300,
});

describe("a delta", () => {
  test("brings any memory back over its image, from a word on", () => {
    fc.assert(
      fc.property(changes, changes, fc.nat(64), fc.nat(512), (imageWords, memoryWords, from, growth) => {
        const image = new Int32Array(WORDS);
        for (const [at, word] of imageWords) image[at] = word;
        const memory = new Int32Array(WORDS + growth);
        memory.set(image);
        for (const [at, word] of memoryWords) memory[at] = word;
        const loaded = new Int32Array(WORDS + growth);
        loaded.set(image);
        applyDelta(encodeDelta(image, memory, from), loaded, from);
        expect(loaded.subarray(from)).toEqual(memory.subarray(from));
        expect(loaded.subarray(0, from)).toEqual(image.subarray(0, from));
      }),
    );
  });

  test("of an unchanged memory is empty", () => {
    const image = Int32Array.from({ length: 100 }, (_, index) => index);
    expect(encodeDelta(image, image.slice(), 0)).toHaveLength(0);
  });

  test("that does not fit is refused before anything is written", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 40 }), fc.nat(3), (words, extra) => {
        const bytes = new Uint8Array(words.length * 4 + extra);
        bytes.set(new Uint8Array(Int32Array.from(words).buffer));
        const memory = new Int32Array(1000).fill(7);
        try {
          applyDelta(bytes, memory, 0);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          expect(memory.every((word) => word === 7)).toBe(true);
        }
      }),
    );
  });
});
