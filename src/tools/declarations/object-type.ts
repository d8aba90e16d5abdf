import { isPlainObject } from "../show.ts";
import { NEVER, propertyKey, simple, type TypeText, type TypeWriter, union } from "./type-text.ts";

/** The type of a schema's objects: its properties, and what else they may have. */
export function objectType(schema: Record<string, unknown>, writer: TypeWriter): TypeText {
  const members = propertyMembers(schema, writer);
  const others = otherProperties(schema);
  if (members.length === 0) {
    const type = others === undefined ? writer.nested(true) : union(others.map((other) => writer.nested(other)));
    return simple(type === NEVER ? "{}" : `Record<string, ${type.text}>`);
  }
  // An index signature narrower than the properties beside it would not compile.
  if (others !== undefined && others.length > 0) members.push("[key: string]: unknown");
  return simple(`{ ${members.join("; ")} }`);
}

function propertyMembers(schema: Record<string, unknown>, writer: TypeWriter): string[] {
  const properties = isPlainObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const names = new Set([...Object.keys(properties), ...[...required].filter((name) => typeof name === "string")]);
  return [...names].map((name) => {
    const type = Object.hasOwn(properties, name) ? writer.nested(properties[name]).text : "unknown";
    return `${propertyKey(name)}${required.has(name) ? "" : "?"}: ${type}`;
  });
}

/** The schemas of properties that have no name in the schema; undefined where nothing is said about them. */
function otherProperties(schema: Record<string, unknown>): unknown[] | undefined {
  const { additionalProperties, patternProperties } = schema;
  const patterns = isPlainObject(patternProperties) ? Object.values(patternProperties) : [];
  if (additionalProperties === undefined) return patterns.length > 0 ? patterns : undefined;
  return additionalProperties === false ? patterns : [...patterns, additionalProperties];
}
