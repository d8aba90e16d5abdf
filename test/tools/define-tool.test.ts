import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { UsageError } from "../../src/errors.ts";
import { defineTool, isTool, liveNamespace, type Tool, type ToolContext } from "../../src/tools/index.ts";

const run = () => 1;

describe("defineTool", () => {
  test("infers what run gets and gives from Standard Schemas", () => {
    const tool = defineTool({
      input: z.object({ repo: z.string(), page: z.string().transform(Number) }),
      output: z.array(z.object({ title: z.string().default("none") })),
      run: (input, context) => {
        expectTypeOf(input).toEqualTypeOf<{ repo: string; page: number }>();
        expectTypeOf(context).toEqualTypeOf<ToolContext>();
        return [{}];
      },
    });
    expectTypeOf(tool).toExtend<Tool<{ repo: string; page: number }>>();
    // @ts-expect-error: the output schema wants an array
    defineTool({ output: z.array(z.string()), run: () => 5 });
  });

  test("takes the type of run's own parameter beside a JSON Schema", () => {
    const tool = defineTool({ input: { type: "object" }, run: (input: { a: number }) => input.a });
    expectTypeOf(tool).toExtend<Tool<{ a: number }, number>>();
  });

  test("infers the parts of what streams", () => {
    const tool = defineTool({
      output: z.object({ n: z.number().default(1) }),
      async *run() {
        yield {};
      },
    });
    expectTypeOf(tool).toExtend<Tool<unknown, { n?: number | undefined }>>();
    const run = async function* () {
      yield "text";
    };
    expectTypeOf(defineTool({ run })).toEqualTypeOf<Tool<unknown, string>>();
    // @ts-expect-error: the output schema wants numbers
    defineTool({ output: z.number(), run });
  });

  test("gives a frozen tool that keeps nothing of the options object but its values", () => {
    const options = { description: "Adds", run };
    const tool = defineTool(options);
    options.description = "Changed";
    expect(isTool(tool)).toBe(true);
    expect(Object.isFrozen(tool)).toBe(true);
    expect(isTool({ run })).toBe(false);
  });

  test.each([
    [undefined, "Expected the options of defineTool to be an object, got undefined"],
    [{}, "Expected the option `run` to be a function, got undefined"],
    [{ run: "x" }, 'Expected the option `run` to be a function, got "x" (string)'],
    [{ run, description: 5 }, "Expected the option `description` to be a string, got 5 (number)"],
    [
      { run, timeoutMs: -1 },
      "Expected the option `timeoutMs` to be a number above 0, up to 2147483647, got -1 (number)",
    ],
    [{ run, timeoutMs: Number.NaN }, "got NaN (number)"],
    [
      { run, input: "string" },
      "Expected the option `input` to be a Standard Schema or a JSON Schema (an object or a boolean)",
    ],
    [{ run, input: new Date(0) }, "(Date)"],
    [
      { run, output: { type: "text" } },
      'option `output` to be a well-formed JSON Schema: type: expected a JSON type, got "text"',
    ],
    [
      { run, input: { properties: { a: { required: true } } } },
      "properties.a.required: expected an array of strings, got true",
    ],
    [{ run, input: { properties: { a: { pattern: "(" } } } }, "properties.a.pattern: expected a regular expression"],
    [
      { run, input: { $ref: "https://example.com/schema.json" } },
      "points to nothing in it; other documents are never fetched",
    ],
    [{ run, input: { $ref: "file:///etc/passwd" } }, "never fetched"],
    [{ run, input: { $ref: "#/$defs/none" } }, '"#/$defs/none" points to nothing'],
    [{ run, input: { allOf: [{ $ref: "#" }] } }, "a $ref leads back to itself"],
    [{ run, input: { $ref: "" } }, "a $ref leads back to itself"],
    [{ run, input: { $dynamicRef: "#a" } }, "$dynamicRef: this keyword is not supported"],
    [{ run, shown: { input: 5 } }, "Expected the option `shown.input` to be a JSON Schema, got 5 (number)"],
    [{ run, shown: { inputs: {} } }, 'Unknown option "inputs" of the tool option `shown`'],
    [
      { run, timeoutMS: 5 },
      'Unknown option "timeoutMS" of defineTool: expected `description`, `input`, `output`, `run`, `timeoutMs`, `approval`, `expiresMs`, `effect`, `streams`, `shown`. Did you mean "timeoutMs"?',
    ],
    [{ execute: run }, 'Did you mean "run"?'],
    [{ inputSchema: {}, run }, 'Did you mean "input"?'],
  ])("refuses %o", (options, message) => {
    const define = () => defineTool(options as never);
    expect(define).toThrow(UsageError);
    expect(define).toThrow(message);
  });

  test("refuses a schema that contains itself, and leaves frozen schemas alone", () => {
    const cyclic: Record<string, unknown> = { type: "object" };
    cyclic.properties = { self: cyclic };
    expect(() => defineTool({ input: cyclic, run })).toThrow("nested deeper than 200 levels, or cyclic");
    const frozen = Object.freeze({ type: "object", properties: Object.freeze({}) });
    defineTool({ input: frozen, run });
    expect(Object.getOwnPropertyNames(frozen)).toEqual(["type", "properties"]);
  });
});

describe("liveNamespace", () => {
  test("wants two functions", () => {
    expect(() => liveNamespace({ version: 1 as never, tools: () => ({}) })).toThrow(
      "Expected the option `version` to be a function, got 1 (number)",
    );
    expect(() => liveNamespace({ version: () => 1, tool: () => ({}) } as never)).toThrow('Did you mean "tools"?');
  });
});
