import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Delta } from "../../src/engine/index.ts";
import { packDelta, unpackDelta } from "../../src/engine/packed.ts";
import { newMachine, program, setup } from "./machines.ts";

const WALL_MS = 10_000;
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const near = fc.integer({ min: 0x1a0000 - 0x9000, max: 0x1a0000 + 0x9000 });
const edges = fc.constantFrom(
  ...[
    0,
    -1,
    1,
    0xff,
    0x100,
    0xffff,
    0x10000,
    0xff0000,
    0xffffff,
    0x1000000,
    -0x10000,
    -0x1000000,
    -(2 ** 31),
    2 ** 31 - 1,
  ],
);
const words = fc.array(fc.oneof(int32, near, edges, fc.nat(300)), { maxLength: 300 });

/** Runs of changed words as deltas have them. */
const runs = fc.array(
  fc
    .tuple(fc.nat(4), fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }))
    .map(([skip, changed]) => [skip, changed.length, ...changed]),
  { maxLength: 40 },
);

describe("a packed delta", () => {
  test("is the same delta when it is unpacked, whatever its words", () => {
    fc.assert(
      fc.property(words, fc.nat(3), fc.string({ unit: "binary" }), (list, skipped, text) => {
        const delta = deltaOf(list, skipped, text);
        expect(unpackDelta(packDelta(delta), "some engine")).toEqual(delta);
      }),
    );
  });

  test("is the same delta with any other one for its base", () => {
    fc.assert(
      fc.property(words, fc.nat(3), words, fc.nat(3), (list, skipped, other, more) => {
        const delta = deltaOf(list, skipped, "");
        const base = deltaOf(other, more, "").words;
        expect(unpackDelta(packDelta(delta, base), "some engine", base)).toEqual(delta);
      }),
    );
  });

  test("with a base is the same, whatever runs of words the two have", () => {
    fc.assert(
      fc.property(runs, runs, (ours, theirs) => {
        const delta = deltaOf(ours.flat(), 0, "");
        const base = deltaOf(theirs.flat(), 0, "").words;
        expect(unpackDelta(packDelta(delta, base), "some engine", base)).toEqual(delta);
        expect(packDelta(delta, delta.words).length).toBeLessThan(300);
      }),
    );
  });

  test("of a program that waits goes on as the program would", async () => {
    const machine = await newMachine();
    const source = `console.log("x"); const late = Promise.reject(new Error("late")); const x = await tools.add(1); return x + 1`;
    machine.start(await program(source), setup(), WALL_MS);
    const delta = machine.save();
    const packed = packDelta(delta);
    const other = await newMachine();
    other.load(unpackDelta(packed, delta.engine), setup());
    expect(other.deliver({ id: 1, fulfilled: true, text: "41" }, WALL_MS).settled).toMatchObject({ text: "42" });
  });

  test("of a small program is small, and much smaller beside another run of it", async () => {
    const [first, second] = [await newMachine(), await newMachine()];
    const started = await program("const x = await tools.add(1); return x + 1");
    first.start(started, setup({ seed: [1, 2, 3, 4] }), WALL_MS);
    second.start(started, setup({ seed: [5, 6, 7, 8] }), WALL_MS);
    const base = first.save();
    expect(packDelta(base).length).toBeLessThan(3_000);
    expect(packDelta(second.save(), base.words).length).toBeLessThan(400);
  });
});

function deltaOf(list: readonly number[], skipped: number, text: string): Delta {
  const bytes = new Uint8Array(skipped + list.length * 4);
  bytes.set(new Uint8Array(Int32Array.from(list).buffer), skipped);
  return {
    ...{
      outstanding: [1, 2],
      timers: [2],
      inFlight: [[1, 30]],
      calls: 1,
      yields: 0,
      writes: 0,
      overLimit: list.length,
    },
    ...(list.length % 2 === 1 && { refusedId: 3, random: [1, -2, 3, 4.5] }),
    ...{ uncaughtErrors: 0, rejections: [], pages: 40, program: 1_178_976, engine: "some engine" },
    logs: {
      entries: 1,
      bytes: 2,
      dropped: 0,
      tail: [{ type: "log", level: "log", values: text, stack: text, at: 1.5 }],
    },
    spent: { cpuMs: 1.25, steps: 3, memoryBytes: 400_000 },
    words: bytes.subarray(skipped),
  };
}
