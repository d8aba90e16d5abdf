import { format as knownFormats } from "@cfworker/json-schema";

const MOST_MATCHED_CHARACTERS = 20_000;
const MOST_COMPARED_ITEMS = 10_000;
// A stranger's pattern with n repetitions may take the power n + 1 of the length.
const MOST_STEPS = MOST_MATCHED_CHARACTERS ** 2;

const QUICK_STEPS = 1_000_000;
const QUICK_CATASTROPHE = 16;

// No list, so that the validator throws: neither a match nor a mismatch, whatever stands around it.
const UNDECIDABLE = { enum: null };

// The validator's own expression for "url" takes exponential time.
const UNSAFE_FORMATS: ReadonlySet<unknown> = new Set(["url"]);

/**
 * Puts a bound on the keywords whose time isn't linear in the value: the check is made only below it, above
 * it the validator throws. The bound on a stranger's patterns is lower.
 */
export function bounded(schema: Record<string, unknown>, lenient: boolean): Record<string, unknown> {
  const { pattern, uniqueItems, format, ...rest } = schema;
  const checks: object[] = [];
  if (typeof pattern === "string" && isLinear(pattern)) rest.pattern = pattern;
  else if (typeof pattern === "string") checks.push(below({ maxLength: longestFor(pattern, lenient) }, { pattern }));
  if (uniqueItems === true) checks.push(below({ maxItems: MOST_COMPARED_ITEMS }, { uniqueItems }));
  if (typeof format === "string" && Object.hasOwn(knownFormats, format) && !UNSAFE_FORMATS.has(format)) {
    rest.format = format;
  }
  if (checks.length > 0) rest.allOf = [...(Array.isArray(rest.allOf) ? rest.allOf : []), ...checks];
  return rest;
}

/**
 * Whether a regular expression repeats something that itself repeats or branches, which may take
 * exponential time. Errs on the side of caution.
 */
export function isCatastrophic(pattern: string): boolean {
  const open: boolean[] = [];
  let risky = false;
  // A group's head, such as "(?:" or "(?<name>", holds no repetition.
  for (const [token] of withoutClasses(pattern).matchAll(/\((\?(<?[=!:]|<\w*>)?)?|\)[*+{]|[)|*+{?]/g)) {
    if (token.startsWith("(")) {
      open.push(risky);
      risky = false;
    } else if (token.startsWith(")")) {
      if (risky && token.length > 1) return true;
      // What repeats inside a group repeats inside the group around it.
      risky = open.pop() === true || risky || token.length > 1;
    } else {
      risky = true;
    }
  }
  return false;
}

/** The longest string that a regular expression is through with in no time; one that may take exponential time has little. */
export function quickLength(pattern: string): number {
  if (isLinear(pattern)) return Number.POSITIVE_INFINITY;
  if (isCatastrophic(pattern)) return QUICK_CATASTROPHE;
  return Math.floor(QUICK_STEPS ** (1 / (repetitions(withoutClasses(pattern)) + 1)));
}

/** Whether a string in a value, names included, or a list is longer than that. */
export function hasLonger(value: unknown, { items, strings }: { items: number; strings: number }): boolean {
  if (Math.min(items, strings) === Number.POSITIVE_INFINITY) return false;
  const waiting = [value];
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (typeof part === "string" && part.length > strings) return true;
    if (typeof part !== "object" || part === null) continue;
    if (Array.isArray(part) ? part.length > items : Object.keys(part).some((name) => name.length > strings))
      return true;
    for (const child of Object.values(part)) waiting.push(child);
  }
  return false;
}

function below(bound: object, check: object): object {
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; never awaited
  return { if: bound, then: check, else: UNDECIDABLE };
}

function longestFor(pattern: string, lenient: boolean): number {
  if (!lenient) return MOST_MATCHED_CHARACTERS;
  return Math.floor(MOST_STEPS ** (1 / (Math.max(1, repetitions(withoutClasses(pattern))) + 1)));
}

/** Anchored, no groups, no branches and one repetition at most: one pass over the string decides. */
function isLinear(pattern: string): boolean {
  const text = withoutClasses(pattern);
  return text.startsWith("^") && !/[(|]/.test(text) && repetitions(text) <= 1;
}

function withoutClasses(pattern: string): string {
  return pattern.replace(/\\./gs, "x").replace(/\[[^\]]*\]/g, "x");
}

function repetitions(text: string): number {
  return (text.match(/[*+?{]/g) ?? []).length;
}
