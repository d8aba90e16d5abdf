import { isPlainObject, showPath, showValue } from "../show.ts";
import { KEYWORDS, type KeywordKind } from "./keywords.ts";
import { bounded, isCatastrophic } from "./patterns.ts";

const MOST_NODES = 50_000;
const MOST_LEVELS = 200;
const TYPES: ReadonlySet<unknown> = new Set(["null", "boolean", "object", "array", "number", "integer", "string"]);

/** A schema of one's own to compile: a copy, so that the validator's marks never land on the author's. */
export type PreparedSchema = boolean | { [keyword: string]: unknown };

/** What is wrong with a schema, and where. */
export class MalformedSchema extends Error {}

/** How a schema is read. */
export interface PrepareOptions {
  draft4: boolean;
  /** The schema is a stranger's: refuse patterns that may take exponential time too, and bound the others lower. */
  lenient: boolean;
  /** Told of each pattern. */
  onPattern(pattern: string): void;
  /** There is a `uniqueItems`. */
  onUnique(): void;
}

/**
 * Copies a JSON Schema for the validator: annotations left out, `nullable` spelled as a type, patterns and
 * `uniqueItems` bounded. Throws `MalformedSchema` for what is no schema, is cyclic, or is too large.
 */
export function prepareSchema(schema: unknown, options: PrepareOptions): PreparedSchema {
  return new Preparer(options).schema(schema, []);
}

class Preparer {
  readonly #options: PrepareOptions;
  #nodes = 0;

  constructor(options: PrepareOptions) {
    this.#options = options;
  }

  schema(schema: unknown, path: readonly string[]): PreparedSchema {
    if (typeof schema === "boolean") return schema;
    if (!isPlainObject(schema)) throw malformed(path, "a JSON Schema (an object or a boolean)", schema);
    if (path.length > MOST_LEVELS) throw new MalformedSchema(`nested deeper than ${MOST_LEVELS} levels, or cyclic`);
    if (++this.#nodes > MOST_NODES) throw new MalformedSchema(`more than ${MOST_NODES} schemas in it`);
    if (schema.uniqueItems === true) this.#options.onUnique();
    const copy: Record<string, unknown> = {};
    for (const keyword of Object.keys(schema)) {
      const value = this.#keyword(keyword, schema[keyword], [...path, keyword]);
      if (value !== undefined) setOwn(copy, keyword, value);
    }
    return bounded(withNull(copy, schema.nullable), this.#options.lenient);
  }

  #keyword(keyword: string, value: unknown, path: readonly string[]): unknown {
    if (value === undefined || keyword.startsWith("__absolute_")) return undefined;
    if (keyword === "id" && !this.#options.draft4) return undefined;
    // An empty reference is the whole schema; the validator would take it for none.
    if (keyword === "$ref" && value === "") return "#";
    const kind = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    // An unknown keyword may hold definitions that a `$ref` points to.
    if (kind === undefined) return isPlainObject(value) ? this.#definitions(value, path) : undefined;
    return this.#known(kind, value, path);
  }

  #known(kind: KeywordKind, value: unknown, path: readonly string[]): unknown {
    switch (kind) {
      case "schema":
        return this.schema(value, path);
      case "schemaOrList":
        return Array.isArray(value) ? this.#list(value, path) : this.schema(value, path);
      case "schemas":
        return this.#list(value, path);
      case "schemaMap":
        return this.#map(value, path, (item, at) => this.schema(item, at));
      case "patternMap":
        return this.#patternMap(value, path);
      case "dependencies":
        return this.#map(value, path, (item, at) => (Array.isArray(item) ? strings(item, at) : this.schema(item, at)));
      case "stringsMap":
        return this.#map(value, path, strings);
      case "pattern":
        return this.#pattern(value, path);
      case "limit":
        return limit(value, path, this.#options.draft4);
      case "annotation":
        return undefined;
      case "unsupported":
        throw new MalformedSchema(`${showPath(path)}: this keyword is not supported`);
      default:
        return CHECKS[kind](value, path);
    }
  }

  #list(value: unknown, path: readonly string[]): PreparedSchema[] {
    if (!Array.isArray(value)) throw malformed(path, "an array of schemas", value);
    return value.map((item, index) => this.schema(item, [...path, String(index)]));
  }

  #map(value: unknown, path: readonly string[], read: (item: unknown, path: readonly string[]) => unknown): object {
    if (!isPlainObject(value)) throw malformed(path, "an object", value);
    const copy = {};
    for (const key of Object.keys(value)) setOwn(copy, key, read(value[key], [...path, key]));
    return copy;
  }

  #patternMap(value: unknown, path: readonly string[]): object {
    return this.#map(value, path, (item, at) => {
      this.#pattern(at.at(-1), at);
      return this.schema(item, at);
    });
  }

  #definitions(value: Record<string, unknown>, path: readonly string[]): unknown {
    try {
      return this.schema(value, path);
    } catch (error) {
      if (error instanceof MalformedSchema) return undefined;
      throw error;
    }
  }

  // A pattern can't simply be left out: under `not` or `oneOf` the schema would then refuse what it should accept.
  #pattern(value: unknown, path: readonly string[]): string {
    if (typeof value !== "string") throw malformed(path, "a regular expression as a string", value);
    if (this.#options.lenient && isCatastrophic(value))
      throw malformed(path, "a pattern that takes bounded time", value);
    try {
      new RegExp(value, "u");
      this.#options.onPattern(value);
      return value;
    } catch {
      throw malformed(path, "a regular expression (with the u flag)", value);
    }
  }
}

const CHECKS = {
  string: (value: unknown, path: readonly string[]) => expect(typeof value === "string", value, path, "a string"),
  boolean: (value: unknown, path: readonly string[]) => expect(typeof value === "boolean", value, path, "a boolean"),
  number: (value: unknown, path: readonly string[]) => expect(Number.isFinite(value), value, path, "a number"),
  count: (value: unknown, path: readonly string[]) =>
    expect(Number.isInteger(value) && Number(value) >= 0, value, path, "an integer from 0 up"),
  strings,
  values: (value: unknown, path: readonly string[]) => expect(Array.isArray(value), value, path, "an array"),
  value: (value: unknown) => value,
  type: (value: unknown, path: readonly string[]) =>
    expect(
      (Array.isArray(value) ? value : [value]).every((name) => TYPES.has(name)),
      value,
      path,
      "a JSON type",
    ),
} as const;

function limit(value: unknown, path: readonly string[], draft4: boolean): unknown {
  const booleanAllowed = draft4 && String(path.at(-1)).startsWith("exclusive");
  return expect(Number.isFinite(value) || (booleanAllowed && typeof value === "boolean"), value, path, "a number");
}

function strings(value: unknown, path: readonly string[]): unknown {
  const fits = Array.isArray(value) && value.every((item) => typeof item === "string");
  return expect(fits, value, path, "an array of strings");
}

function expect(fits: boolean, value: unknown, path: readonly string[], expected: string): unknown {
  if (!fits) throw malformed(path, expected, value);
  return value;
}

function malformed(path: readonly string[], expected: string, value: unknown): MalformedSchema {
  const where = path.length > 0 ? `${showPath(path)}: ` : "";
  return new MalformedSchema(`${where}expected ${expected}, got ${showValue(value)}`);
}

// OpenAPI's way to allow null.
function withNull(copy: Record<string, unknown>, nullable: unknown): Record<string, unknown> {
  if (nullable !== true) return copy;
  if (typeof copy.type === "string") copy.type = [copy.type, "null"];
  if (Array.isArray(copy.enum)) copy.enum = [...copy.enum, null];
  return copy;
}

function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
