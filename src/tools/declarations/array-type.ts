import { arrayOf, simple, type TypeText, type TypeWriter } from "./type-text.ts";

/** The type of a schema's arrays: `T[]`, or a tuple for `prefixItems` and for the older list of `items`. */
export function arrayType(schema: Record<string, unknown>, writer: TypeWriter): TypeText {
  const { prefixItems, items, additionalItems } = schema;
  if (Array.isArray(prefixItems)) return tuple(prefixItems, items, schema.minItems, writer);
  if (Array.isArray(items)) return tuple(items, additionalItems, schema.minItems, writer);
  return arrayOf(writer.nested(items));
}

function tuple(items: readonly unknown[], rest: unknown, minItems: unknown, writer: TypeWriter): TypeText {
  const required = typeof minItems === "number" ? minItems : items.length;
  const parts = items.map((item, index) => {
    const type = writer.nested(item);
    if (index < required) return type.text;
    return type.compound ? `(${type.text})?` : `${type.text}?`;
  });
  if (rest !== undefined && rest !== false) parts.push(`...${arrayOf(writer.nested(rest)).text}`);
  return simple(`[${parts.join(", ")}]`);
}
