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
  return new Search().problemIn(value);
}

class Search {
  readonly #path: (string | number)[] = [];
  readonly #above = new Set<object>();
  // What stands in several places is looked at once.
  readonly #done = new Set<object>();

  problemIn(value: unknown): JsonProblem | undefined {
    const what = leafProblem(value);
    if (what !== undefined) return this.#problem(`is ${what}, which JSON cannot say`);
    if (typeof value !== "object" || value === null || value instanceof Date || this.#done.has(value)) return undefined;
    if (this.#above.has(value)) return this.#problem("is part of a cycle, which JSON cannot say");
    this.#above.add(value);
    const problem = Array.isArray(value) ? this.#inList(value) : this.#inObject(value as Record<string, unknown>);
    this.#above.delete(value);
    this.#done.add(value);
    return problem;
  }

  #inList(list: readonly unknown[]): JsonProblem | undefined {
    // By index: a hole is undefined, too, and JSON would make null of both.
    for (let index = 0; index < list.length; index += 1) {
      const problem = this.#inside(index, list[index]);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #inObject(object: Record<string, unknown>): JsonProblem | undefined {
    for (const key of Object.keys(object)) {
      const problem = object[key] === undefined ? undefined : this.#inside(key, object[key]);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #inside(key: string | number, value: unknown): JsonProblem | undefined {
    this.#path.push(key);
    const problem = this.problemIn(value);
    this.#path.pop();
    return problem;
  }

  #problem(message: string): JsonProblem {
    return { message, path: [...this.#path] };
  }
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
