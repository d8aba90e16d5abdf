import { describe, expect, it } from "vitest";
import { drawProgram, textOf } from "./fuzz/program.ts";
import { Random } from "./fuzz/random.ts";
import { ROUND_KINDS, roundOf } from "./fuzz/rounds.ts";
import { shrink } from "./fuzz/shrink.ts";
import { ISOLATIONS } from "./isolations.ts";

const TITLES = {
  values: "random values cross as a structured clone does, and mutated texts are values or errors",
  snapshots: "flipped bits of snapshots are refused, and harm nobody where their sealer flipped them",
  messages: "whatever a machine reports, the host lives and all its promises settle",
};
const ROUNDS = 3;

describe.each(ISOLATIONS)("the short form of the fuzzer, isolation %s", (isolation) => {
  it.each(ROUND_KINDS)(
    "%s",
    async (kind) => {
      for (let round = 0; round < ROUNDS; round++) {
        expect(await roundOf(kind, `test:${round}`, isolation), `${TITLES[kind]}, round ${round}`).toEqual([]);
      }
    },
    120_000,
  );
});

describe("programs of the fuzzer", () => {
  it("repeat with their seed, and differ without it", () => {
    const drawn = (seed: string) => textOf(drawProgram(new Random(seed), { unpolled: true }));
    expect(drawn("a")).toBe(drawn("a"));
    expect(new Set(["a", "b", "c", "d"].map(drawn)).size).toBe(4);
  });

  it("are made smaller as long as they fail", async () => {
    const parts = ["a", "b", "c", "d", "e", "f", "g"];
    const fails = async (smaller: { parts: readonly string[] }) =>
      ["b", "f"].every((part) => smaller.parts.includes(part));
    expect(await shrink({ parts }, fails)).toEqual({ parts: ["b", "f"] });
  });
});
