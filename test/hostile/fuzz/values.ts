import { deserialize, serialize } from "node:v8";
import { runInNewContext } from "node:vm";
import { createSandbox, type Outcome, tagged, untagged } from "../../../src/index.ts";
import { failureOf } from "../../support.ts";
import { type IsolationName, isolated } from "../isolations.ts";
import { Random } from "./random.ts";
import { spelled } from "./same-value.ts";

/** Values of one run. */
const BATCH = 40;
const MUTANTS = 400;
const MAX_DECODE_MS = 1_000;
const MAX_DEPTH = 5;
const UNIT = [...'09~$"{}[]:,\\u', "\u0000", "\ud800"];

/**
 * Random values as both engines make them from the same text: what leaves the guest must be what a structured clone of
 * the host's is, into the guest and back again the same, and mutated texts give a value or an error.
 */
export async function valuesRound(seed: string, isolation: IsolationName): Promise<string[]> {
  const random = new Random(seed);
  const texts = Array.from({ length: BATCH }, () => drawValue(random, 0));
  const values = texts.map((text) => deserialize(serialize(made(text))));
  const problems = [...(await crossingProblems(texts, values, isolation))];
  for (let times = 0; times < MUTANTS; times++) {
    const text = mutate(JSON.stringify(tagged(random.pick(values))), random);
    problems.push(...mutantProblems(text));
  }
  return problems;
}

async function crossingProblems(texts: string[], values: unknown[], isolation: IsolationName): Promise<string[]> {
  const tools = { echo: (value: unknown) => value };
  await using sandbox = createSandbox({ tools, ...isolated(isolation) });
  const list = `[${texts.map((text) => `(${text})`).join(",\n")}]`;
  const program = `const all = ${list};\nconst echoed = await tools.echo(all);\nreturn { all, echoed, input };`;
  const outcome = await sandbox.run(program, { input: values });
  if (outcome.status !== "completed") return [`${failed(outcome)} for ${list}`];
  const { all, echoed, input } = outcome.value as Record<"all" | "echoed" | "input", unknown[]>;
  const ways = { "out of the guest": all, "through a tool": echoed, "into the guest and back": input };
  return Object.entries(ways).flatMap(([way, given]) =>
    texts.flatMap((text, at) =>
      spelled(given[at]) === spelled(values[at]) ? [] : [`${way}, ${text} became another value`],
    ),
  );
}

function failed(outcome: Outcome): string {
  return `${failureOf(outcome).code}: ${failureOf(outcome).message}`;
}

/** A value of this process's engine. Our own grammar's text, not a guest's. */
function made(text: string): unknown {
  // Its classes are not those of this realm; what is compared is a clone, which is.
  return runInNewContext(`(${text})`);
}

const LEAVES: readonly string[] = [
  ...[
    "0",
    "-0",
    "1.5",
    "-1e-7",
    "2 ** 53",
    "NaN",
    "Infinity",
    "-Infinity",
    "true",
    "null",
    "undefined",
    "10n ** 40n",
    "-1n",
  ],
  ...[
    "''",
    "'text'",
    "'~{}'",
    "'\\ud800'",
    "'\\u0000\\u2028'",
    "'\\u{1f600}'",
    "'x'.repeat(300)",
    "'__proto__'",
    "'$date'",
  ],
  ...[
    "new Date(0)",
    "new Date(NaN)",
    "new Date(8.64e15)",
    "/a+/gi",
    "/[\\]/]\\n/u",
    "/(?<n>x)/dsy",
    "new Uint8Array([1, 2, 255])",
  ],
  ...["new Float32Array([1.5, -0, NaN])", "new BigInt64Array([-1n])", "new Uint8Array([1, 2, 3, 4]).subarray(1, 3)"],
  ...["new Uint8ClampedArray([300])", "new Uint16Array(0)", "new DataView(new Uint8Array([1, 2, 3]).buffer, 1)"],
  ...[
    "new Uint8Array([7]).buffer",
    "new ArrayBuffer(0)",
    "[]",
    "({})",
    "new Map()",
    "new Set()",
    "Object.create(null) && ({})",
  ],
];
const KEYS: readonly string[] = [
  ...[
    "a",
    "b",
    "'a b'",
    "'__proto__x'",
    "['__proto__']",
    "constructor",
    "then",
    "'$date'",
    "'$object'",
    "''",
    "'\\u0000'",
  ],
  ...["1", "'01'", "length", "toString", "'~'", "'\\ud800'"],
];

function drawValue(random: Random, depth: number): string {
  if (depth >= MAX_DEPTH || random.chance(0.35)) return random.pick(LEAVES);
  const some = () => Array.from({ length: random.below(5) }, () => drawValue(random, depth + 1));
  switch (random.below(6)) {
    case 0:
    case 1:
      return `[${some().join(", ")}]`;
    case 2:
    case 3:
      return `({ ${some()
        .map((value) => `${random.pick(KEYS)}: ${value}`)
        .join(", ")} })`;
    case 4:
      return `new Map([${some()
        .map((value) => `[${drawValue(random, depth + 1)}, ${value}]`)
        .join(", ")}])`;
    default:
      return `new Set([${some().join(", ")}])`;
  }
}

function mutate(text: string, random: Random): string {
  let mutated = text;
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(mutated.length + 1);
    const to = at + random.below(12);
    const piece = random.pick<() => string>([
      () => random.pick(UNIT),
      () => mutated.slice(to, to + random.below(40)),
      () => "[".repeat(random.below(3000)),
      () =>
        random.pick([
          '{"$map":',
          '{"$set":[',
          '{"$bytes":["Uint8Array","',
          '{"$bigint":"',
          '{"$error":{',
          '"__proto__":',
          "1e999,",
        ]),
      () => "",
    ])();
    mutated = mutated.slice(0, at) + piece + mutated.slice(random.chance(0.5) ? at : to);
  }
  return mutated;
}

/** Only what parses reaches the decoder by its public door. */
function mutantProblems(text: string): string[] {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    return [];
  }
  const started = performance.now();
  const found: string[] = [];
  try {
    const value = untagged(tree);
    if (spelled(untagged(tagged(value))) !== spelled(value)) found.push(`read twice, ${text} gives two values`);
  } catch (error) {
    if ((error as Error).name !== "ValueError") found.push(`${text} is refused with ${error}`);
  }
  if (performance.now() - started > MAX_DECODE_MS) found.push(`reading ${text.slice(0, 200)} took too long`);
  if (Object.keys(Object.prototype).length > 0) found.push(`${text} polluted Object.prototype`);
  return found;
}
