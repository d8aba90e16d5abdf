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

/** Draws a program; with `unpolled` there may be in it what native code swallows. */
export function drawProgram(random: Random, { unpolled }: { unpolled: boolean }): GuestProgram {
  const parts: string[] = [];
  for (let count = 1 + random.below(8); count > 0; count--) parts.push(drawPart(random));
  if (unpolled && random.chance(0.1))
    parts.splice(random.below(parts.length + 1), 0, guarded(random, `${draw("Z", random)};`));
  if (random.chance(0.1)) parts.push(random.pick(["yield 1;", "yield* [1, 2];", "note(yield { a: 1 });"]));
  if (random.chance(0.6)) parts.push(`return ${draw("V", random)};`);
  else if (random.chance(0.3)) parts.push(`throw ${draw("X", random)};`);
  return { parts };
}

function drawPart(random: Random): string {
  return guarded(random, draw(random.chance(0.7) ? "D" : "S", random));
}

/** Most parts are kept from ending the program, so that the next ones are reached. */
function guarded(random: Random, text: string): string {
  return random.chance(0.7) ? `try { ${text} } catch (e) { note(e); }` : `{ ${text} }`;
}

function draw(symbol: string, random: Random): string {
  const budget = { left: MAX_LENGTH, unique: random.below(1e6) };
  return expand(symbol, random, 0, budget);
}

function expand(symbol: string, random: Random, depth: number, budget: { left: number; unique: number }): string {
  const leaf = LEAVES[symbol];
  const tooFar = depth > MAX_DEPTH || budget.left < 0 || random.next() < depth / (2 * MAX_DEPTH);
  if (tooFar && leaf !== undefined) return leaf;
  const template = random.pick(GRAMMAR[symbol] ?? ["1"]);
  budget.left -= template.length;
  const unique = String(budget.unique++);
  return template.replaceAll(/@([A-Z])/g, (_, name: string) =>
    name === "U" ? unique : expand(name, random, depth + 1, budget),
  );
}
