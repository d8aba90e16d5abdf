import { referenceFinder } from "./declarations/references.ts";
import { schemaToType } from "./declarations/schema-to-type.ts";
import type { ResolvedTool } from "./resolved-tool.ts";
import { isPlainObject } from "./show.ts";
import type { JsonSchema } from "./tool.ts";

const MOST_LEVELS = 20;

/** A tool on one line of TypeScript: `github.listIssues(input: { repo: string }): Promise<{ … }[]>`; a stream is an AsyncIterable. */
export function signature(tool: ResolvedTool): string {
  const answer = tool.streams ? "AsyncIterable" : "Promise";
  if (tool.plain) return `${tool.name}(...args: unknown[]): ${answer}<unknown>`;
  const { inputSchema, outputSchema } = tool;
  const input = inputSchema === undefined ? "unknown" : schemaToType(inputSchema);
  const output = outputSchema === undefined ? "unknown" : schemaToType(outputSchema);
  return `${tool.name}(input${isOptional(inputSchema) ? "?" : ""}: ${input}): ${answer}<${output}>`;
}

/** Whether a call without arguments fits, because nothing is required. */
function isOptional(schema: JsonSchema | undefined): boolean {
  const find = referenceFinder(schema);
  try {
    return takesNothing(schema, find, MOST_LEVELS);
  } catch {
    return false;
  }
}

function takesNothing(schema: unknown, find: (reference: unknown) => unknown, levels: number): boolean {
  if (schema === undefined || schema === true) return true;
  if (!isPlainObject(schema) || levels === 0 || !takesEmptyObject(schema)) return false;
  const inner = (part: unknown) => takesNothing(part, find, levels - 1);
  const { anyOf, oneOf, allOf } = schema;
  if (schema.$ref !== undefined && !inner(find(schema.$ref) ?? false)) return false;
  if (Array.isArray(allOf) && !allOf.every(inner)) return false;
  return [anyOf, oneOf].every((list) => !Array.isArray(list) || list.some(inner));
}

/** What a schema's own keywords say of `{}`. */
function takesEmptyObject(schema: Record<string, unknown>): boolean {
  const { type, required, minProperties = 0 } = schema;
  if (Object.hasOwn(schema, "const") || Object.hasOwn(schema, "enum")) return false;
  if (Array.isArray(required) && required.length > 0) return false;
  return Number(minProperties) === 0 && (type === undefined || [type].flat().includes("object"));
}
