import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { locate, prepare, SourceError } from "../../src/language/index.ts";

const folder = process.env.TARDIGRADE_CORPUS;
if (folder === undefined) console.warn("TARDIGRADE_CORPUS is not set: the model-written programs are skipped.");

/** Prose that a model sent in the place of a program; there is nothing in it to run. */
const PROSE = new Set(["llmz-090"]);

interface Sample {
  id: string;
  code: string;
}

describe.skipIf(folder === undefined)("programs that models wrote", () => {
  const samples: Sample[] =
    folder === undefined ? [] : JSON.parse(readFileSync(join(folder, "model-written.json"), "utf8"));

  it("are all prepared, without repairs and with each of their lines; prose is refused with a hint", async () => {
    expect(samples.length).toBeGreaterThan(100);
    for (const { id, code } of samples) {
      if (PROSE.has(id)) {
        const error = await prepare(code).catch((reason: unknown) => reason);
        expect(error, id).toBeInstanceOf(SourceError);
        expect((error as SourceError).hint, id).toMatch(/prose/);
        continue;
      }
      const program = await prepare(code);
      expect(program.repairs, id).toEqual([]);
      const lines = code.split("\n").length;
      expect(locate(program.positions, lines), id).toEqual({ line: lines });
      expect(locate(program.positions, lines + 1), id).toBeUndefined();
    }
  });
});
