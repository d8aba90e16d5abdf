/** A part of a value that JSON would drop or turn into something else. */
export interface JsonProblem {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/**
 * The first part of a value that JSON cannot say: `JSON.stringify` makes `{}` of a Map and null of NaN without a word.
 * Members that are undefined are left out, and dates are text, as everywhere.
 */
export function jsonProblem(value: unknown): JsonProblem | undefined {
  return problemIn(value, [], new Set());
}

function problemIn(value: unknown, path: (string | number)[], above: Set<object>): JsonProblem | undefined {
  const what = leafProblem(value);
  if (what !== undefined) return { message: `JSON cannot say ${what}, and arguments are sent as JSON`, path };
  if (typeof value !== "object" || value === null || value instanceof Date) return undefined;
  if (above.has(value)) return { message: "contains itself, and arguments are sent as JSON", path };
  above.add(value);
  // By index: in a list a hole is something that JSON cannot say, too.
  const keys: Iterable<string | number> = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) {
    const member = (value as Record<string | number, unknown>)[key];
    if (member === undefined && !Array.isArray(value)) continue;
    const problem = problemIn(member, [...path, key], above);
    if (problem !== undefined) return problem;
  }
  above.delete(value);
  return undefined;
}

function leafProblem(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : String(value);
    case "object":
      return value === null ? undefined : objectProblem(value);
    case "undefined":
      return "undefined";
    default:
      return `a ${typeof value}`;
  }
}

function objectProblem(value: object): string | undefined {
  if (Array.isArray(value)) return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : undefined;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  const name: unknown = prototype.constructor?.name;
  const shown = typeof name === "string" && /^\w{1,40}$/.test(name) ? name : "object of a class";
  return `${/^[AEIO]/i.test(shown) ? "an" : "a"} ${shown}`;
}
