import type { OutputUnit } from "@cfworker/json-schema";
import { schemaToType } from "../declarations/schema-to-type.ts";
import { cut, isPlainObject, quote } from "../show.ts";
import type { JsonSchema } from "../tool.ts";
import type { CompiledSchema } from "./compile.ts";

const TYPE_LENGTH = 120;
const MOST_NAMES = 10;

/** One mismatch, in words for whoever wrote the value. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

// These only say that something below them failed, and what that was follows.
const WRAPPERS: ReadonlySet<string> = new Set(
  (
    "properties patternProperties additionalProperties unevaluatedProperties propertyNames items prefixItems " +
    "additionalItems unevaluatedItems allOf if $ref $recursiveRef dependentSchemas"
  ).split(" "),
);
const ALTERNATIVES: ReadonlySet<string> = new Set(["anyOf", "oneOf", "not", "contains"]);

/** The library's errors as issues: only the causes, alternatives as one. */
export function explainErrors(errors: readonly OutputUnit[], compiled: CompiledSchema, value: unknown): Issue[] {
  const alternatives: string[] = [];
  const issues: Issue[] = [];
  let wrapper = "";
  for (const error of errors) {
    // The library gives no location for a `false` schema; it stands right after the keyword that holds it.
    const location = error.keyword === "false" ? `${wrapper}/false` : error.keywordLocation;
    if (WRAPPERS.has(error.keyword)) wrapper = location;
    if (alternatives.some((other) => location.startsWith(`${other}/`))) continue;
    if (ALTERNATIVES.has(error.keyword)) alternatives.push(location);
    if (!WRAPPERS.has(error.keyword)) issues.push(explain(error, location, compiled, value));
  }
  return issues.length > 0 ? issues : [{ path: [], message: "does not match the schema" }];
}

function explain(error: OutputUnit, location: string, compiled: CompiledSchema, value: unknown): Issue {
  const path = valuePath(error.instanceLocation, value);
  const steps = pointerSteps(location);
  const schema = schemaAt(compiled, steps.slice(0, -1));
  if (error.keyword === "required") return missing(error, path, schema, compiled);
  if (error.keyword === "false") return { path, message: unexpected(compiled, steps) };
  return { path, message: expectation(error, schema, compiled) };
}

function missing(error: OutputUnit, path: PropertyKey[], schema: unknown, compiled: CompiledSchema): Issue {
  const key = /property "(.*)"\.$/s.exec(error.error)?.[1] ?? "";
  const properties = isPlainObject(schema) && isPlainObject(schema.properties) ? schema.properties : {};
  const type = Object.hasOwn(properties, key) ? typeText(properties[key], compiled) : "unknown";
  return { path: [...path, key], message: `is required${type === "unknown" ? "" : ` (${type})`}` };
}

function unexpected(compiled: CompiledSchema, steps: readonly string[]): string {
  const holder = schemaAt(compiled, steps.slice(0, -2));
  const known = isPlainObject(holder) && isPlainObject(holder.properties) ? Object.keys(holder.properties) : [];
  if (known.length === 0) return "is not expected";
  const names = known.slice(0, MOST_NAMES).map((name) => cut(name, 40));
  return `is not expected; expected are ${names.join(", ")}${known.length > MOST_NAMES ? ", …" : ""}`;
}

function expectation(error: OutputUnit, schema: unknown, compiled: CompiledSchema): string {
  const keyword = error.keyword;
  const expected = isPlainObject(schema) ? schema[keyword] : undefined;
  if (keyword === "type") return `expected ${typeNames(expected)}`;
  if (keyword === "anyOf" || keyword === "oneOf") {
    if (error.error.includes("(") && !error.error.includes("(0 "))
      return "expected only one of the alternatives to match";
    return `expected ${typeText({ [keyword]: expected }, compiled)}`;
  }
  if (keyword === "enum" || keyword === "const") return `expected ${typeText({ [keyword]: expected }, compiled)}`;
  if (keyword === "pattern") return `expected a string that matches ${quote(cut(String(expected), TYPE_LENGTH))}`;
  if (keyword === "format") return `expected a string of the format ${quote(cut(String(expected), 40))}`;
  const limit = LIMITS[keyword];
  return limit ? `expected ${limit[0]} ${expected}${limit[1]}` : cut(error.error.replace(/\.$/, ""), TYPE_LENGTH);
}

const LIMITS: Readonly<Record<string, readonly [string, string]>> = {
  minimum: ["at least", ""],
  maximum: ["at most", ""],
  exclusiveMinimum: ["more than", ""],
  exclusiveMaximum: ["less than", ""],
  multipleOf: ["a multiple of", ""],
  minLength: ["at least", " characters"],
  maxLength: ["at most", " characters"],
  minItems: ["at least", " items"],
  maxItems: ["at most", " items"],
  minProperties: ["at least", " properties"],
  maxProperties: ["at most", " properties"],
};

/** "a string", "an object or null". */
export function typeNames(types: unknown): string {
  const names = (Array.isArray(types) ? types : [types]).map((name) => {
    if (name === "null") return name;
    return `${/^[aeiou]/.test(String(name)) ? "an" : "a"} ${name}`;
  });
  return names.join(" or ");
}

function typeText(schema: unknown, compiled: CompiledSchema): string {
  const options = { maxDepth: 3, maxLength: TYPE_LENGTH, root: compiled.schema };
  const text = schemaToType(schema as JsonSchema, options);
  return text === "unknown" ? "one of the allowed values" : text;
}

function schemaAt(compiled: CompiledSchema, steps: readonly string[]): unknown {
  let current: unknown = compiled.schema;
  for (const step of steps) {
    if (typeof current !== "object" || current === null) return undefined;
    if (step === "$ref") current = compiled.target(current);
    else current = Object.hasOwn(current, step) ? (current as Record<string, unknown>)[step] : undefined;
  }
  return current;
}

/** The path of a JSON pointer, with numbers for the items of arrays. */
function valuePath(pointer: string, value: unknown): PropertyKey[] {
  let current = value;
  return pointerSteps(pointer).map((step) => {
    const key = Array.isArray(current) ? Number(step) : step;
    current = Object((current as Record<PropertyKey, unknown> | undefined)?.[key]);
    return key;
  });
}

function pointerSteps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => decodeURIComponent(step).replace(/~1/g, "/").replace(/~0/g, "~"));
}
