import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CallError, UsageError } from "../../src/errors.ts";
import { createToolTable, defineTool, type JsonSchema, lenientSchema } from "../../src/tools/index.ts";

const KEYWORDS = (
  "$ref $id $anchor $defs $schema type const enum properties patternProperties additionalProperties required items " +
  "prefixItems contains uniqueItems minLength pattern format minimum not if then else allOf anyOf oneOf nullable " +
  "dependencies unevaluatedProperties propertyNames $dynamicRef x-other __absolute_ref__ __proto__ constructor"
).split(" ");

const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.boolean(),
    fc.dictionary(fc.constantFrom(...KEYWORDS), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("string", "object", "array", "#", "#/$defs/a", "http://x/y", "^a+$", "(a|a)*", "(", "email", "a"),
    tie("schema"),
    fc.array(tie("schema"), { maxLength: 3 }),
    fc.array(fc.constantFrom("a", "string", "null"), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b", "^a", "__proto__"), tie("schema"), { maxKeys: 3, noNullPrototype: true }),
    fc.jsonValue({ maxDepth: 1 }),
  ),
}));

describe("whatever schema a stranger sends", () => {
  test("defineTool takes it or throws a UsageError, calls pass or throw a CallError, and it stays as it was", () => {
    fc.assert(
      fc.property(schema, fc.jsonValue(), (input, value) => {
        const before = JSON.stringify(input);
        let tool: ReturnType<typeof defineTool>;
        try {
          tool = defineTool({ input: input as JsonSchema, run: () => 1 });
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          return;
        }
        try {
          expect(createToolTable({ tool }).get("tool")?.readInput([value])).toBe(value);
        } catch (error) {
          expect(error).toBeInstanceOf(CallError);
          expect((error as CallError).message.length).toBeLessThan(3_000);
        }
        expect(JSON.stringify(input)).toBe(before);
        expect(Object.getOwnPropertyNames(input)).toEqual(Object.keys(input as object));
      }),
      { numRuns: 2_000 },
    );
  });

  test("lenientSchema never throws, and lets everything through that defineTool would refuse", () => {
    fc.assert(
      fc.property(schema, fc.jsonValue(), (input, value) => {
        const result = lenientSchema(input as JsonSchema)["~standard"].validate(value);
        expect(result).not.toBeInstanceOf(Promise);
        try {
          defineTool({ input: input as JsonSchema, run: () => 1 });
        } catch {
          expect(result).toEqual({ value });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
