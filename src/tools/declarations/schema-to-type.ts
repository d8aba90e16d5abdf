import { isPlainObject } from "../show.ts";
import type { JsonSchema } from "../tool.ts";
import { arrayType } from "./array-type.ts";
import { objectType } from "./object-type.ts";
import { type ReferenceFinder, referenceFinder } from "./references.ts";
import { intersection, literal, NEVER, simple, type TypeText, type TypeWriter, UNKNOWN, union } from "./type-text.ts";

/** How much of a schema to write out. */
export interface SchemaToTypeOptions {
  /** Levels of nesting; what lies deeper is `unknown`. Default: 8. */
  maxDepth?: number;
  /** Characters; a longer type is written with fewer levels. Default: 4,000. */
  maxLength?: number;
  /** The document in which `$ref`s are looked up, where `schema` is only a part of it. Default: `schema`. */
  root?: JsonSchema;
}

/**
 * A JSON Schema as a TypeScript type on one line. What can't be said (`not`, `if`, remote or recursive
 * `$ref`s) is left out or `unknown`, so the type may be wider than the schema. Never throws, never fetches.
 */
export function schemaToType(schema: JsonSchema, options: SchemaToTypeOptions = {}): string {
  const { maxDepth = 8, maxLength = 4_000, root = schema } = options;
  const find = referenceFinder(root);
  for (let depth = maxDepth; depth > 0; depth--) {
    const text = attempt(schema, find, depth, maxLength);
    if (text !== undefined && text.length <= maxLength) return text;
  }
  return "unknown";
}

function attempt(schema: JsonSchema, find: ReferenceFinder, depth: number, maxLength: number): string | undefined {
  try {
    return new Writer(find, maxLength).write(schema, depth).text;
  } catch {
    // A getter or a proxy inside a stranger's schema, or more than the budget.
    return undefined;
  }
}

class Writer {
  readonly #find: ReferenceFinder;
  readonly #following = new Set<unknown>();
  #budget: number;

  constructor(find: ReferenceFinder, maxLength: number) {
    this.#find = find;
    // Each schema of a type that is kept gives at least one character, save those that vanish in `unknown`.
    this.#budget = maxLength * 2 + 100;
  }

  write(schema: unknown, depth: number): TypeText {
    if (schema === false) return NEVER;
    if (depth <= 0 || !isPlainObject(schema)) return UNKNOWN;
    if (--this.#budget < 0) throw new RangeError("too large");
    const writer: TypeWriter = { nested: (part) => this.write(part, depth - 1) };
    const parts = [this.#reference(schema, depth), valueType(schema, writer), ...this.#combined(schema, depth)];
    return nullable(schema, intersection(parts));
  }

  #reference(schema: Record<string, unknown>, depth: number): TypeText {
    if (schema.$ref === undefined) return UNKNOWN;
    const target = this.#find(schema.$ref);
    if (target === undefined || this.#following.has(target)) return UNKNOWN;
    this.#following.add(target);
    const type = this.write(target, depth);
    this.#following.delete(target);
    return type;
  }

  #combined(schema: Record<string, unknown>, depth: number): TypeText[] {
    const list = (keyword: string) => {
      const parts = schema[keyword];
      // Alternatives stand on the level of their schema, but each is a step towards the end of a loop.
      return Array.isArray(parts) ? parts.map((part) => this.write(part, depth - 0.5)) : [];
    };
    const either = [list("anyOf"), list("oneOf")].filter((parts) => parts.length > 0);
    return [...list("allOf"), ...either.map(union)];
  }
}

function nullable(schema: Record<string, unknown>, type: TypeText): TypeText {
  return schema.nullable === true ? union([type, simple("null")]) : type;
}

function valueType(schema: Record<string, unknown>, writer: TypeWriter): TypeText {
  if (Object.hasOwn(schema, "const")) return literal(schema.const);
  if (Array.isArray(schema.enum)) return union(schema.enum.map((value) => literal(value)));
  const type = schema.type ?? impliedType(schema);
  if (Array.isArray(type)) return union(type.map((name) => namedType(name, schema, writer)));
  return namedType(type, schema, writer);
}

function impliedType(schema: Record<string, unknown>): string | undefined {
  if (isPlainObject(schema.properties) || isPlainObject(schema.additionalProperties)) return "object";
  return schema.items !== undefined || schema.prefixItems !== undefined ? "array" : undefined;
}

function namedType(name: unknown, schema: Record<string, unknown>, writer: TypeWriter): TypeText {
  switch (name) {
    case "string":
    case "number":
    case "boolean":
    case "null":
      return simple(name);
    case "integer":
      return simple("number");
    case "array":
      return arrayType(schema, writer);
    case "object":
      return objectType(schema, writer);
    default:
      return UNKNOWN;
  }
}
