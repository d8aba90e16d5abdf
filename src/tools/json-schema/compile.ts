import { dereference, type Schema as LibrarySchema, type OutputUnit, validate } from "@cfworker/json-schema";
import { within } from "#within";
import { cut, isPlainObject, quote } from "../show.ts";
import { hasLonger, quickLength } from "./patterns.ts";
import { MalformedSchema, type PreparedSchema, prepareSchema } from "./prepare.ts";

// A stranger's `$ref`s can double the work at each step; this many are some seconds at most.
const MOST_REFERENCES = 1_000_000;

// Patterns meet strings that a guest chose, and each of the items that must differ is compared with all others: where
// they are not short, checking a value is ended after this.
const CHECKING_MS = 50;
const QUICK_ITEMS = 200;

type Draft = "4" | "7" | "2019-09" | "2020-12";
type Lookup = Record<string, LibrarySchema | boolean>;

/** A JSON Schema ready to check values, with what its messages need. */
export interface CompiledSchema {
  readonly schema: PreparedSchema;
  /** The library's errors; none if the value fits. Throws if it can't be decided. */
  errors(value: unknown, all: boolean): readonly OutputUnit[];
  /** The schema that a `$ref` of the prepared schema points to. */
  target(schema: object): unknown;
}

/** Compiles a JSON Schema without touching it. Throws `MalformedSchema` for what can't be used as one. */
export function compileSchema(source: unknown, lenient: boolean): CompiledSchema {
  const draft = draftOf(source);
  const quick = { strings: Number.POSITIVE_INFINITY, items: Number.POSITIVE_INFINITY };
  const schema = prepareSchema(source, {
    draft4: draft === "4",
    lenient,
    onPattern(pattern) {
      quick.strings = Math.min(quick.strings, quickLength(pattern));
    },
    onUnique() {
      quick.items = QUICK_ITEMS;
    },
  });
  const lookup = lookupOf(schema);
  refuseUnresolved(schema, lookup);
  const compiled: CompiledSchema = {
    schema,
    errors(value, all) {
      const check = () => validate(value, schema as LibrarySchema, draft, metered(lookup), !all).errors;
      return hasLonger(value, quick) ? within(CHECKING_MS, check) : check();
    },
    target: (part) => lookup[absoluteReference(part) ?? ""],
  };
  refuseEndless(compiled);
  return compiled;
}

function draftOf(schema: unknown): Draft {
  const uri = isPlainObject(schema) && typeof schema.$schema === "string" ? schema.$schema : "";
  if (/draft-0?[34]\b/.test(uri)) return "4";
  if (/draft-0?[67]\b/.test(uri)) return "7";
  return uri.includes("2019-09") ? "2019-09" : "2020-12";
}

function lookupOf(schema: PreparedSchema): Lookup {
  try {
    return dereference(schema as LibrarySchema);
  } catch (error) {
    throw new MalformedSchema(`its references can't be read (${cut(String(error), 200)})`);
  }
}

function refuseUnresolved(schema: PreparedSchema, lookup: Lookup): void {
  // What stands in `const` and `enum` is the author's own data, and may be cyclic.
  const seen = new Set<unknown>();
  const waiting: unknown[] = [schema];
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    seen.add(part);
    const reference = absoluteReference(part);
    if (reference !== undefined && lookup[reference] === undefined) {
      const name = (part as { $ref?: unknown }).$ref;
      throw new MalformedSchema(
        `$ref ${quote(cut(String(name), 100))} points to nothing in it; other documents are never fetched`,
      );
    }
    for (const child of Object.values(part)) waiting.push(child);
  }
}

// Checking null goes through every `$ref` that leads back to itself without going down into the value.
function refuseEndless(compiled: CompiledSchema): void {
  try {
    compiled.errors(null, false);
  } catch (error) {
    if (error instanceof RangeError) throw new MalformedSchema("a $ref leads back to itself");
    throw error;
  }
}

function absoluteReference(schema: object): string | undefined {
  return (schema as { __absolute_ref__?: string }).__absolute_ref__;
}

function metered(lookup: Lookup): Lookup {
  let left = MOST_REFERENCES;
  return new Proxy(lookup, {
    get(target, key) {
      if (--left < 0) throw new RangeError("too many references");
      return target[key as string];
    },
  });
}
