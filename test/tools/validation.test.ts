import { describe, expect, test } from "vitest";
import { z } from "zod";
import { CallError } from "../../src/errors.ts";
import { createToolTable, defineTool, lenientSchema, type Schema } from "../../src/tools/index.ts";

function toolWith(options: { input?: Schema; output?: Schema }) {
  const tool = defineTool({ ...options, run: () => 1 });
  return createToolTable({ x: tool }).get("x")!;
}

async function failureOf(check: () => unknown): Promise<CallError> {
  try {
    await check();
  } catch (error) {
    expect(error).toBeInstanceOf(CallError);
    return error as CallError;
  }
  throw new Error("nothing was thrown");
}

const repo = {
  type: "object",
  properties: { repo: { type: "string" } },
  required: ["repo"],
  additionalProperties: false,
};

describe("the input of a tool", () => {
  test.each<[string, Schema, unknown, string]>([
    ["a wrong type", repo, { repo: 5 }, 'Input of x: "repo" expected a string, got 5 (number)'],
    ["a missing property", repo, {}, 'Input of x: "repo" is required (string)'],
    ["no argument", repo, undefined, 'Input of x: "repo" is required (string)'],
    ["an unknown property", repo, { repo: "a", page: 1 }, 'Input of x: "page" is not expected; expected are repo'],
    ["a wrong root", repo, "a/b", 'Input of x: expected an object, got "a/b" (string)'],
    ["null", repo, null, "Input of x: expected an object, got null"],
    [
      "an item",
      { type: "array", items: repo },
      [{ repo: "a" }, { repo: [1] }],
      '"[1].repo" expected a string, got [1] (array)',
    ],
    ["an odd key", { additionalProperties: { type: "null" } }, { "a b": 1 }, '"["a b"]" expected null, got 1 (number)'],
    ["an enum", { enum: ["a", "b", null] }, "c", 'expected "a" | "b" | null, got "c" (string)'],
    ["a const", { const: 5 }, 6, "expected 5, got 6 (number)"],
    ["a union", { anyOf: [{ type: "string" }, repo] }, 5, "expected string | { repo: string }, got 5 (number)"],
    [
      "two of one",
      { oneOf: [{ type: "number" }, { minimum: 1 }] },
      5,
      "expected only one of the alternatives to match, got 5",
    ],
    ["a list of types", { type: ["object", "null"] }, 5, "expected an object or null, got 5 (number)"],
    ["a pattern", { pattern: "^a+$" }, "b", 'expected a string that matches "^a+$", got "b" (string)'],
    ["a pattern in a group", { pattern: "(ab)+" }, "b", 'expected a string that matches "(ab)+", got "b" (string)'],
    ["a format", { format: "email" }, "b", 'expected a string of the format "email", got "b" (string)'],
    ["a minimum", { minimum: 3 }, 1, "expected at least 3, got 1 (number)"],
    ["a length", { type: "string", maxLength: 2 }, "abc", "expected at most 2 characters"],
    ["equal items", { uniqueItems: true }, [1, 1], "Duplicate items at indexes 0 and 1, got [1, 1] (array)"],
    ["false", { properties: { a: false } }, { a: 1 }, '"a" is not expected'],
    ["a reference", { $ref: "#/$defs/r", $defs: { r: repo } }, { repo: 1 }, '"repo" expected a string'],
    ["a bigint", {}, { a: [5n] }, '"a[0]" expected a JSON value, got 5n (bigint)'],
    ["OpenAPI's null", { type: "string", nullable: true }, 5, "expected a string or null"],
    [
      "draft 4",
      { $schema: "http://json-schema.org/draft-04/schema#", minimum: 1, exclusiveMinimum: true },
      1,
      "expected at least 1",
    ],
    ["zod's type", z.object({ repo: z.string() }), { repo: 5 }, 'Input of x: "repo" expected a string, got 5 (number)'],
    [
      "zod's message",
      z.object({ a: z.array(z.string().min(3, "too short")) }),
      { a: ["x"] },
      '"a[0]" too short, got "x" (string)',
    ],
    ["zod, absent", z.object({ repo: z.string() }), undefined, '"repo" expected a string, got undefined'],
    ["zod, asynchronous", z.string().refine(async () => false, "no"), "x", 'Input of x: no, got "x" (string)'],
  ])("with %s is refused by path, expectation and value", async (_, input, value, message) => {
    const error = await failureOf(() => toolWith({ input }).readInput([value]));
    expect(error.code).toBe("invalid_input");
    expect(error.message).toContain(message);
  });

  test("lists at most five issues as data, and counts the rest", async () => {
    const properties = Object.fromEntries("abcdefgh".split("").map((name) => [name, { type: "string" }]));
    const tool = toolWith({ input: { type: "object", properties } });
    const value = Object.fromEntries(Object.keys(properties).map((name) => [name, "x".length]));
    const error = await failureOf(() => tool.readInput([value]));
    expect(error.message).toContain("; and 3 more");
    expect((error.data as { issues: unknown[] }).issues).toHaveLength(5);
    expect((error.data as { issues: unknown[] }).issues[0]).toEqual({
      path: "a",
      message: "expected a string, got 1 (number)",
    });
  });

  test("shows long, hostile and bidirectional values cut and escaped", async () => {
    const tool = toolWith({ input: { type: "number" } });
    const long = await failureOf(() => tool.readInput(["x".repeat(1_000_000)]));
    expect(long.message.length).toBeLessThan(150);
    expect((await failureOf(() => tool.readInput(["\u202eevil\u0007\u2066"]))).message).toContain(
      '"\\u202eevil\\u0007\\u2066"',
    );
    const hostile = { toJSON: 1, toString: 5, valueOf: null, constructor: { name: 7 } };
    expect((await failureOf(() => tool.readInput([hostile]))).message).toContain("(object)");
  });

  test("passes transforms and defaults on, at once where the schema is synchronous", async () => {
    const tool = toolWith({ input: z.object({ a: z.string().transform(Number), b: z.number().default(2) }) });
    expect(tool.readInput([{ a: "1" }])).toEqual({ a: 1, b: 2 });
    expect(await toolWith({ input: z.string().refine(async () => true) }).readInput(["x"])).toBe("x");
  });

  test("of a call without arguments is {} where only that fits", () => {
    expect(toolWith({ input: { type: "object", properties: { a: { type: "string" } } } }).readInput([])).toEqual({});
    expect(toolWith({ input: z.object({ a: z.string().optional() }) }).readInput([])).toEqual({});
    expect(toolWith({ input: z.string().optional() }).readInput([])).toBeUndefined();
    expect(toolWith({ input: {} }).readInput([])).toBeUndefined();
    expect(toolWith({ input: true }).readInput([])).toBeUndefined();
  });

  test("counts undefined properties as absent and keeps the value as it came", () => {
    const value = { repo: "a", page: undefined };
    expect(toolWith({ input: repo }).readInput([value])).toBe(value);
  });

  test("finds no inherited properties", async () => {
    const input = { type: "object", properties: { constructor: { type: "string" } }, required: ["toString"] };
    expect((await failureOf(() => toolWith({ input }).readInput([{}]))).message).toContain('"toString" is required');
    const own = JSON.parse('{"__proto__": 5}');
    const strings = toolWith({ input: { additionalProperties: { type: "string" } } });
    expect((await failureOf(() => strings.readInput([own]))).message).toContain('"__proto__" expected a string');
  });

  test("is refused, not crashed on, where it can't be checked", async () => {
    const tree = toolWith({ input: { type: "array", items: { $ref: "#" } } });
    let deep: unknown = [];
    for (let level = 0; level < 5_000; level++) deep = [deep];
    expect((await failureOf(() => tree.readInput([deep]))).message).toContain("is nested deeper than 1000 levels");
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    expect((await failureOf(() => tree.readInput([cyclic]))).code).toBe("invalid_input");
    const closed = toolWith({ input: { additionalProperties: { type: "number" } } });
    expect((await failureOf(() => closed.readInput([{ "\ud800": 1 }]))).message).toContain("oddly named");
  });

  test("checks values against recursive schemas down to a hundred levels, others however deep", () => {
    const tree = toolWith({ input: { type: "array", items: { $ref: "#" } } });
    let deep: unknown = [];
    for (let level = 0; level < 100; level++) deep = [deep];
    expect(tree.readInput([deep])).toBe(deep);
    for (let level = 0; level < 890; level++) deep = [deep];
    expect(toolWith({ input: { type: "array" } }).readInput([deep])).toBe(deep);
  });
});

describe("the output of a tool", () => {
  test("is checked with its own code", async () => {
    const error = await failureOf(() => toolWith({ output: z.array(z.string()) }).readOutput(["a", 5]));
    expect(error.code).toBe("invalid_output");
    expect(error.message).toBe('Output of x: "[1]" expected a string, got 5 (number)');
    expect(toolWith({ output: z.string().transform((text) => text.length) }).readOutput("abc")).toBe(3);
    expect((await failureOf(() => toolWith({ output: { type: "string" } }).readOutput(undefined))).message).toContain(
      "got undefined",
    );
  });

  test("is refused where the schema itself throws", async () => {
    const output = z.string().transform(() => {
      throw new Error("broken");
    });
    expect((await failureOf(() => toolWith({ output }).readOutput("x"))).message).toBe(
      "Output of x can't be checked: broken",
    );
  });
});

describe("time that a value could take from the host", () => {
  async function milliseconds(work: () => unknown): Promise<number> {
    const started = performance.now();
    try {
      await work();
    } catch (error) {
      expect(error).toBeInstanceOf(CallError);
    }
    return performance.now() - started;
  }

  // Unbounded: (number of items)² comparisons, minutes for a megabyte.
  test("is bounded for uniqueItems", async () => {
    const tool = toolWith({ input: { uniqueItems: true } });
    const items = Array.from({ length: 400_000 }, (_, index) => index);
    expect(await milliseconds(() => tool.readInput([items]))).toBeLessThan(3_000);
  });

  // Unbounded: the square of the length, minutes for a megabyte.
  test("is bounded for patterns that backtrack, and long strings still match plain ones", async () => {
    const spaces = toolWith({ input: { pattern: "\\s+$" } });
    expect(await milliseconds(() => spaces.readInput([`${" ".repeat(1_000_000)}x`]))).toBeLessThan(3_000);
    const base64 = toolWith({ input: { type: "string", pattern: "^[A-Za-z0-9+/=]*$" } });
    const long = "a".repeat(1_000_000);
    expect(base64.readInput([long])).toBe(long);
  });

  // Unbounded: the fifth power of the length.
  test("is bounded lower for a stranger's patterns", async () => {
    const lenient = toolWith({ input: lenientSchema({ pattern: "^a*a*a*a*$" }) });
    expect(await milliseconds(() => lenient.readInput([`${"a".repeat(19_000)}b`]))).toBeLessThan(3_000);
    const keys = toolWith({
      input: lenientSchema({ patternProperties: { "a+$": true }, additionalProperties: false }),
    });
    expect(await milliseconds(() => keys.readInput([{ [`${"a".repeat(900_000)}b`]: 1 }]))).toBeLessThan(3_000);
  });

  // The validator's own expression for "url" took 0.1 s for 26 characters, twice that for 27.
  test("is bounded for formats", async () => {
    const url = toolWith({ input: { format: "url" } });
    expect(await milliseconds(() => url.readInput([`http://${"a".repeat(60)}!`]))).toBeLessThan(1_000);
  });

  test("is bounded for references that double", async () => {
    const $defs: Record<string, unknown> = { d0: { type: "number" } };
    for (let index = 1; index <= 40; index++) {
      $defs[`d${index}`] = { items: { allOf: [{ $ref: `#/$defs/d${index - 1}` }, { $ref: `#/$defs/d${index - 1}` }] } };
    }
    let value: unknown = 1;
    for (let level = 0; level < 40; level++) value = [value];
    const schema = { $defs, $ref: "#/$defs/d40" };
    expect(await milliseconds(() => toolWith({ input: schema }).readInput([value]))).toBeLessThan(15_000);
  });
});

describe("lenientSchema", () => {
  const accepts = (schema: unknown, value: unknown) => {
    const result = lenientSchema(schema as never)["~standard"].validate(value);
    return "value" in result;
  };

  test("checks like any schema", async () => {
    expect(accepts(repo, { repo: "a" })).toBe(true);
    expect(accepts(repo, { repo: 5 })).toBe(false);
    expect(
      (await failureOf(() => toolWith({ input: lenientSchema(repo) }).readInput([{ repo: 5 }]))).message,
    ).toContain('"repo" expected a string');
    expect(toolWith({ input: lenientSchema(repo) }).inputSchema).toEqual(repo);
  });

  test.each<[string, unknown, unknown]>([
    ["is none", "nonsense", 5],
    ["has a wrong keyword", { type: "text" }, 5],
    ["points elsewhere", { $ref: "https://example.com/a.json" }, 5],
    ["loops", { $ref: "#" }, 5],
    ["has a pattern that doesn't compile", { type: "string", pattern: "(" }, "x"],
    ["has a pattern that may take for ever", { type: "string", pattern: "^(a+)+$" }, `${"a".repeat(100)}!`],
    ["has another one", { type: "string", pattern: "^(?:a|a)*$" }, `${"a".repeat(100)}!`],
    ["has one deeper", { type: "string", pattern: "^((?<n>x?a*)b?)*$" }, `${"a".repeat(100)}!`],
    ["has an overlong string for a pattern", { pattern: "a b$" }, "x".repeat(30_000)],
    ["would refuse for want of a pattern", { not: { pattern: "^(a+)+$" } }, "x"],
    ["would refuse an overlong string", { not: { pattern: "a b$" } }, "x".repeat(30_000)],
    ["names keys by such a pattern", { patternProperties: { "(a+)+$": {} }, additionalProperties: false }, { a: 1 }],
    ["has a dynamic reference", { $dynamicRef: "#x", not: {} }, 5],
    [
      "throws at a getter",
      Object.defineProperty({}, "type", {
        enumerable: true,
        get: () => {
          throw new Error("no");
        },
      }),
      5,
    ],
  ])("accepts everything where the schema %s", (_, schema, value) => {
    expect(accepts(schema, value)).toBe(true);
  });

  test("accepts what can't be checked", () => {
    expect(accepts({ type: "object" }, { a: 5n })).toBe(true);
  });
});
