import { GRAMMAR } from "./grammar.ts";
import type { Random } from "./random.ts";

/** What is sound where a template went too deep. */
const LEAVES: Readonly<Record<string, string>> = {
  S: "n++",
  D: "n++",
  E: "1",
  O: "({ a: 1 })",
  I: "[1, 2]",
  P: "Promise.resolve(1)",
  F: "() => 1",
  C: "Object",
  A: "new Uint8Array(3)",
  V: "[1]",
  X: "new Error('x')",
  Y: "n++",
  R: "1",
  B: "1",
  Q: "n++",
  Z: "1",
};
/** Sizes that native code gets through before anybody notices. */
const POLLED_SIZES = ["0", "-1", "1000", "65536", "1e308", "NaN"];
const MAX_DEPTH = 7;
const MAX_LENGTH = 6_000;

/** A guest program in parts, each of which can be left out. */
export interface GuestProgram {
  readonly parts: readonly string[];
}

/** What stands before the parts of every program. */
const HEAD =
  "let n = 0, x; const kept = []; const note = (...all) => { kept.push(all.length); if (kept.length > 1e5) kept.length = 0; };";

/** The text of a program. */
export function textOf({ parts }: GuestProgram): string {
  return [HEAD, ...parts].join("\n");
}

/** Draws a program; only with `unpolled` there is in it what native code swallows. */
export function drawProgram(random: Random, { unpolled }: { unpolled: boolean }): GuestProgram {
  const drawing = new Drawing(random, unpolled);
  const parts: string[] = [];
  for (let count = 1 + random.below(8); count > 0; count--) {
    parts.push(drawing.guarded(drawing.draw(random.chance(0.7) ? "D" : "S")));
  }
  if (unpolled && random.chance(0.1)) {
    parts.splice(random.below(parts.length + 1), 0, drawing.guarded(`${drawing.draw("Z")};`));
  }
  if (random.chance(0.1)) parts.push(random.pick(["yield 1;", "yield* [1, 2];", "note(yield { a: 1 });"]));
  if (random.chance(0.6)) parts.push(`return ${drawing.draw("V")};`);
  else if (random.chance(0.3)) parts.push(`throw ${drawing.draw("X")};`);
  return { parts };
}

class Drawing {
  private readonly random: Random;
  private readonly unpolled: boolean;
  private unique = 0;
  private lengthLeft = 0;

  constructor(random: Random, unpolled: boolean) {
    this.random = random;
    this.unpolled = unpolled;
  }

  draw(symbol: string): string {
    this.lengthLeft = MAX_LENGTH;
    return this.expand(symbol, 0);
  }

  /** Most parts are kept from ending the program, so that the next ones are reached. */
  guarded(text: string): string {
    return this.random.chance(0.7) ? `try { ${text} } catch (e) { note(e); }` : `{ ${text} }`;
  }

  private expand(symbol: string, depth: number): string {
    const { random } = this;
    const leaf = LEAVES[symbol];
    const tooFar = depth > MAX_DEPTH || this.lengthLeft < 0 || random.next() < depth / (2 * MAX_DEPTH);
    if (tooFar && leaf !== undefined) return leaf;
    const known = symbol === "M" && !this.unpolled ? POLLED_SIZES : GRAMMAR[symbol];
    const template = random.pick(known ?? ["1"]);
    this.lengthLeft -= template.length;
    const unique = String(this.unique++);
    return template.replaceAll(/@([A-Z])/g, (_, name: string) =>
      name === "U" ? unique : this.expand(name, depth + 1),
    );
  }
}
