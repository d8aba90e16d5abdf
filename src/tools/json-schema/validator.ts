import type { JsonSchema, StandardResult, StandardSchema } from "../tool.ts";
import { type CompiledSchema, compileSchema } from "./compile.ts";
import { explainErrors, type Issue } from "./explain.ts";
import { jsonView, NotJson } from "./json-view.ts";

/**
 * A JSON Schema as a Standard Schema. A value that can't be checked (too deep, no JSON) is refused.
 * Throws `MalformedSchema` where the schema is none.
 */
export function strictSchema(schema: JsonSchema): StandardSchema {
  const compiled = compileSchema(schema, false);
  return standardSchema(schema, (value) => {
    try {
      return check(value, compiled);
    } catch (error) {
      return { issues: [uncheckable(error)] };
    }
  });
}

/**
 * A stranger's JSON Schema as a Standard Schema that never breaks a call: a schema that doesn't compile, a
 * value it can't be applied to, or a pattern that may take for ever accepts everything. Compiled at first use.
 */
export function lenientSchema(schema: JsonSchema): StandardSchema {
  let compiled: CompiledSchema | undefined;
  let failed = false;
  return standardSchema(schema, (value) => {
    if (failed) return { value };
    try {
      compiled ??= compileSchema(schema, true);
    } catch {
      failed = true;
      return { value };
    }
    try {
      return check(value, compiled);
    } catch {
      return { value };
    }
  });
}

function standardSchema(schema: JsonSchema, validate: (value: unknown) => StandardResult<unknown>): StandardSchema {
  const shown = () => (typeof schema === "boolean" ? (schema ? {} : { not: {} }) : { ...schema });
  return { "~standard": { version: 1, vendor: "tardigrade", validate, jsonSchema: { input: shown, output: shown } } };
}

function check(value: unknown, compiled: CompiledSchema): StandardResult<unknown> {
  if (value === undefined) return acceptsAll(compiled.schema) ? { value } : { issues: explainUndefined(compiled) };
  const seen = jsonView(value);
  const first = compiled.errors(seen, false);
  if (first.length === 0) return { value };
  return { issues: explainErrors(allErrors(seen, compiled) ?? first, compiled, seen) };
}

function explainUndefined(compiled: CompiledSchema): Issue[] {
  // The library refuses undefined; null is as wrong and gives the same expectations, unless it is right.
  const errors = compiled.errors(null, false);
  return errors.length > 0 ? explainErrors(errors, compiled, null) : [{ path: [], message: "expected a value" }];
}

/** Every error of a value that is small enough for that; the library copies them at each level. */
function allErrors(value: unknown, compiled: CompiledSchema): ReturnType<CompiledSchema["errors"]> | undefined {
  try {
    return isSmall(value) ? compiled.errors(value, true) : undefined;
  } catch {
    return undefined;
  }
}

function isSmall(value: unknown): boolean {
  let left = 2_000;
  const waiting = [value];
  while (waiting.length > 0 && left > 0) {
    const part = waiting.pop();
    left--;
    if (typeof part !== "object" || part === null) continue;
    const children = Object.values(part);
    if (children.length > left) return false;
    waiting.push(...children);
  }
  return left > 0;
}

const SILENT: ReadonlySet<string> = new Set(["$id", "id", "$defs", "definitions", "$anchor", "$recursiveAnchor"]);

function acceptsAll(schema: CompiledSchema["schema"]): boolean {
  return schema === true || (schema !== false && Object.keys(schema).every((keyword) => SILENT.has(keyword)));
}

function uncheckable(error: unknown): Issue {
  if (error instanceof NotJson) return { path: error.path, message: error.message };
  return { path: [], message: "can't be checked: it is too deep, too long for its pattern, or oddly named" };
}
