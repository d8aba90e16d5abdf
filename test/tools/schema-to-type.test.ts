import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createToolTable, defineTool, type JsonSchema, schemaToType, signature } from "../../src/tools/index.ts";

const tree = {
  $ref: "#/$defs/node",
  $defs: {
    node: {
      type: "object",
      properties: { value: { type: "string" }, children: { type: "array", items: { $ref: "#/$defs/node" } } },
      required: ["value"],
    },
  },
};

const CASES: [string, unknown, string][] = [
  ["true", true, "unknown"],
  ["false", false, "never"],
  ["{}", {}, "unknown"],
  ["no schema", 5, "unknown"],
  ["a type", { type: "integer" }, "number"],
  ["an unknown type", { type: "text" }, "unknown"],
  [
    "properties",
    {
      type: "object",
      properties: { repo: { type: "string" }, state: { enum: ["open", "closed"] } },
      required: ["repo"],
    },
    '{ repo: string; state?: "open" | "closed" }',
  ],
  ["properties without a type", { properties: { a: true } }, "{ a?: unknown }"],
  ["required names without a schema", { type: "object", required: ["a"] }, "{ a: unknown }"],
  [
    "odd keys",
    { properties: { "a-b": { type: "null" }, "1": {}, "": {}, 'q"\u202e': {} } },
    '{ "1"?: unknown; "a-b"?: null; ""?: unknown; "q\\"\\u202e"?: unknown }',
  ],
  ["an open object", { type: "object" }, "Record<string, unknown>"],
  ["a closed empty object", { type: "object", additionalProperties: false }, "{}"],
  ["a map", { type: "object", additionalProperties: { type: "number" } }, "Record<string, number>"],
  [
    "a map by pattern",
    { type: "object", patternProperties: { "^a": { type: "string" } }, additionalProperties: false },
    "Record<string, string>",
  ],
  [
    "a map beside properties",
    { properties: { a: { type: "string" } }, additionalProperties: { type: "number" } },
    "{ a?: string; [key: string]: unknown }",
  ],
  ["an array", { type: "array", items: { type: "string" } }, "string[]"],
  ["an array of a union", { type: "array", items: { type: ["string", "null"] } }, "(string | null)[]"],
  ["an array of an enum", { type: "array", items: { enum: [1, 2] } }, "(1 | 2)[]"],
  ["an array of allOf", { items: { allOf: [{ enum: ["a", "b"] }, { type: "string" }] } }, '(("a" | "b") & string)[]'],
  ["a tuple", { prefixItems: [{ type: "string" }, { type: "number" }], items: false }, "[string, number]"],
  [
    "a tuple with a rest",
    { prefixItems: [{ type: "string" }], items: { type: ["number", "null"] } },
    "[string, ...(number | null)[]]",
  ],
  [
    "a tuple with optional items",
    { prefixItems: [{ type: "string" }, { enum: [1, 2] }], minItems: 1 },
    "[string, (1 | 2)?]",
  ],
  ["draft 7's tuple", { type: "array", items: [{ type: "string" }], additionalItems: false }, "[string]"],
  [
    "null by type, with properties",
    { type: ["object", "null"], properties: { a: { type: "string" } } },
    "{ a?: string } | null",
  ],
  ["null the OpenAPI way", { type: "string", nullable: true }, "string | null"],
  ["anyOf", { anyOf: [{ type: "string" }, { type: "null" }, { type: "string" }] }, "string | null"],
  [
    "oneOf beside properties",
    {
      type: "object",
      properties: { a: { type: "string" } },
      oneOf: [{ properties: { b: { type: "null" } } }, { properties: { c: { type: "null" } } }],
    },
    "{ a?: string } & ({ b?: null } | { c?: null })",
  ],
  [
    "anyOf of required",
    { properties: { a: {} }, anyOf: [{ required: ["a"] }, { required: ["b"] }] },
    "{ a?: unknown }",
  ],
  ["const", { const: { a: [1, null, "x"] } }, '{ a: [1, null, "x"] }'],
  ["an empty enum", { enum: [] }, "never"],
  ["a negative number", { enum: [-5, 1e30] }, "-5 | 1e+30"],
  ["recursion", tree, "{ value: string; children?: unknown[] }"],
  [
    "recursion by #",
    { properties: { self: { $ref: "#" }, a: { type: "null" } } },
    "{ self?: { self?: unknown; a?: null }; a?: null }",
  ],
  ["a reference to itself", { $ref: "#" }, "unknown"],
  ["an escaped pointer", { $ref: "#/$defs/a~1b%25", $defs: { "a/b%": { type: "string" } } }, "string"],
  ["an anchor", { $ref: "#here", $defs: { a: { $anchor: "here", type: "string" } } }, "string"],
  ["a remote reference", { $ref: "https://example.com/schema.json" }, "unknown"],
  ["a file", { $ref: "file:///etc/hostname" }, "unknown"],
  ["a reference into prototypes", { $ref: "#/constructor/prototype" }, "unknown"],
  ["not and if", { type: "string", not: { const: "a" }, if: true }, "string"],
];

describe("schemaToType", () => {
  test.each(CASES)("writes %s", (_, schema, type) => {
    expect(schemaToType(schema as JsonSchema)).toBe(type);
  });

  test("cuts at the depth and at the length it is given", () => {
    const deep = { properties: { a: { properties: { b: { properties: { c: { type: "string" } } } } } } };
    expect(schemaToType(deep, { maxDepth: 2 })).toBe("{ a?: { b?: unknown } }");
    expect(schemaToType(deep, { maxLength: 25 })).toBe("{ a?: { b?: unknown } }");
    expect(schemaToType(deep, { maxLength: 3 })).toBe("unknown");
    const $defs: Record<string, unknown> = {};
    for (let index = 0; index < 50; index++) {
      const next = { $ref: `#/$defs/d${index + 1}` };
      $defs[`d${index}`] = { properties: { a: next, b: next, c: next, d: next } };
    }
    const started = performance.now();
    expect(schemaToType({ $ref: "#/$defs/d0", $defs }).length).toBeLessThanOrEqual(4_000);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test("survives getters that throw and cycles", () => {
    const bad = Object.defineProperty({}, "type", { enumerable: true, get: () => JSON.parse("{") });
    expect(schemaToType(bad)).toBe("unknown");
    const cyclic: Record<string, unknown> = { type: "array" };
    cyclic.items = cyclic;
    expect(schemaToType(cyclic)).toBe(`unknown${"[]".repeat(8)}`);
  });

  const { schema: randomSchema } = fc.letrec((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      fc.boolean(),
      fc.jsonValue({ maxDepth: 2 }),
      fc.record({ type: fc.oneof(tie("type"), fc.array(tie("type"), { maxLength: 3 })) }),
      fc.record(
        {
          type: tie("type"),
          properties: fc.dictionary(fc.string(), tie("schema"), { maxKeys: 3 }),
          required: fc.array(fc.string(), { maxLength: 2 }),
          additionalProperties: tie("schema"),
          patternProperties: fc.dictionary(fc.string(), tie("schema"), { maxKeys: 2 }),
          nullable: fc.boolean(),
          $ref: fc.constantFrom("#", "#/properties/a", "#/$defs/x", "http://x", "#y", "#/%"),
          $defs: fc.dictionary(fc.constantFrom("x", "y"), tie("schema")),
        },
        { requiredKeys: [] },
      ),
      fc.record(
        { items: tie("schema"), prefixItems: fc.array(tie("schema"), { maxLength: 3 }), minItems: fc.nat(3) },
        { requiredKeys: [] },
      ),
      fc.record({ enum: fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 4 }) }),
      fc.record({ const: fc.jsonValue({ maxDepth: 3 }) }),
      fc.record(
        {
          anyOf: fc.array(tie("schema"), { maxLength: 3 }),
          oneOf: fc.array(tie("schema"), { maxLength: 3 }),
          allOf: fc.array(tie("schema"), { maxLength: 3 }),
          type: tie("type"),
        },
        { requiredKeys: [] },
      ),
    ),
    type: fc.constantFrom("string", "number", "integer", "boolean", "null", "object", "array", "text"),
  }));

  test("never throws, stays on one line and within its length", () => {
    fc.assert(
      fc.property(randomSchema, fc.integer({ min: 8, max: 500 }), (schema, maxLength) => {
        const text = schemaToType(schema as JsonSchema, { maxLength });
        expect(text.length).toBeLessThanOrEqual(maxLength);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        expect(text).not.toMatch(/[\u0000-\u001f\u2028\u2029\u202a-\u202e]/);
      }),
      { numRuns: 500 },
    );
  });

  test("makes only types that compile under --strict", () => {
    const types = [
      ...CASES.map(([, schema]) => schemaToType(schema as JsonSchema)),
      ...fc.sample(randomSchema, { numRuns: 400, seed: 7 }).map((schema) => schemaToType(schema as JsonSchema)),
    ];
    const directory = mkdtempSync(join(tmpdir(), "tardigrade-types-"));
    try {
      writeFileSync(
        join(directory, "types.ts"),
        types.map((type, index) => `export type T${index} = ${type};`).join("\n"),
      );
      const compiler = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
      execFileSync(process.execPath, [compiler, "--noEmit", "--strict", "--types", "", join(directory, "types.ts")], {
        encoding: "utf8",
        cwd: directory,
      });
    } catch (error) {
      throw new Error((error as { stdout: string }).stdout);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("signature", () => {
  const of = (options: Parameters<typeof defineTool>[0]) => {
    return signature(createToolTable({ github: { listIssues: defineTool(options) } }).get("github.listIssues")!);
  };
  const run = () => 1;

  test("shows a tool on one line", () => {
    const input = z.object({ repo: z.string(), state: z.enum(["open", "closed"]).optional() });
    const output = z.array(z.object({ title: z.string(), labels: z.array(z.string()).nullable() }));
    expect(of({ input, output, run: () => [] })).toBe(
      'github.listIssues(input: { repo: string; state?: "open" | "closed" }): Promise<{ title: string; labels: string[] | null }[]>',
    );
  });

  test("makes an input optional that may be left out", () => {
    expect(of({ run })).toBe("github.listIssues(input?: unknown): Promise<unknown>");
    expect(of({ input: { type: "object", properties: { a: { type: "string" } } }, run })).toContain(
      "(input?: { a?: string })",
    );
    expect(of({ input: { $ref: "#/$defs/a", $defs: { a: { type: "object" } } }, run })).toContain("(input?: ");
    expect(of({ input: { type: "object", required: ["a"] }, run })).toContain("(input: ");
    expect(of({ input: { allOf: [{ type: "object", required: ["a"] }] }, run })).toContain("(input: ");
    expect(of({ input: { type: "string" }, run })).toContain("(input: string)");
    expect(of({ input: false, run })).toContain("(input: never)");
  });

  test("prefers what is to be shown, and bears schemas that can't say", () => {
    const shown = { input: { type: "string" }, output: { type: "number" } };
    expect(of({ input: z.custom<string>(), shown, run: () => 1 })).toBe(
      "github.listIssues(input: string): Promise<number>",
    );
    expect(of({ output: z.string().transform((text) => text.length), run: () => "x" })).toContain("Promise<unknown>");
  });

  test("shows what streams as an AsyncIterable of its parts", () => {
    async function* parts() {
      yield 1;
    }
    expect(of({ output: { type: "number" }, run: parts })).toBe(
      "github.listIssues(input?: unknown): AsyncIterable<number>",
    );
    expect(of({ output: { type: "number" }, run: () => parts(), streams: true })).toContain("AsyncIterable<number>");
    expect(signature(createToolTable({ parts }).get("parts")!)).toBe(
      "parts(...args: unknown[]): AsyncIterable<unknown>",
    );
  });

  test("shows plain functions with open arguments", () => {
    expect(signature(createToolTable({ add: () => 1 }).get("add")!)).toBe("add(...args: unknown[]): Promise<unknown>");
  });
});
