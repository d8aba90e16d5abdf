import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { createSandbox } from "../../src/index.ts";
import { decode, encode, tagged, untagged } from "../../src/values/index.ts";
import { failureOf } from "../support.ts";

const RUNS = 10_000;
const sandbox = createSandbox({ tools: { echo: (value: unknown) => value }, limits: { toolCalls: 100_000 } });
afterAll(() => sandbox.close());

const key = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "then",
    "toJSON",
    "length",
    "0",
    "$date",
    "$undefined",
    "$object",
    "",
    "a\u0000b",
  ),
);
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("\ud800", "\udfff\ud800", "\u0000", "~", '~{"$undefined":true}', "\u2028", "__proto__"),
);
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 3, arbitrary: fc.double() },
  { weight: 2, arbitrary: fc.integer() },
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a+/gi, /[\]/]/, /\u{1f600}/u),
  fc.uint8Array({ maxLength: 40 }),
  fc.int16Array({ maxLength: 10 }),
  fc.float64Array({ maxLength: 10 }),
  fc.uint8Array({ maxLength: 10 }).map((bytes) => bytes.slice().buffer),
);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 3 }).map((members) => new Set(members)),
    fc.tuple(text, tie("value")).map(([message, cause]) => new RangeError(message, { cause })),
  ),
}));

/** What is compared: own keys in order, types, and the parts of errors that cross. */
function canonical(value: unknown): unknown {
  return tagged(value);
}

describe("the two halves of the value codec", () => {
  test(`give ${RUNS} random values back unchanged, through the guest`, async () => {
    await fc.assert(
      fc.asyncProperty(anyValue, async (value) => {
        const outcome = await sandbox.run("return input", { input: value });
        expect(outcome.status).toBe("completed");
        if (outcome.status === "completed") expect(canonical(outcome.value)).toEqual(canonical(value));
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  test("give random values back unchanged as a tool's argument and answer", async () => {
    await fc.assert(
      fc.asyncProperty(anyValue, async (value) => {
        const outcome = await sandbox.run("return await tools.echo(input)", { input: value });
        if (outcome.status !== "completed") throw new Error(JSON.stringify(failureOf(outcome)));
        expect(canonical(outcome.value)).toEqual(canonical(value));
      }),
      { numRuns: 1_000 },
    );
  }, 60_000);

  test("agree on the host alone, and in the tagged form as a tree", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(canonical(decode(encode(value)))).toEqual(canonical(value));
        expect(canonical(untagged(tagged(value)))).toEqual(canonical(value));
      }),
      { numRuns: 2_000 },
    );
  });

  test("decoding any text gives a value or a ValueError, and pollutes nothing", () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `~${json}`),
      fc
        .tuple(
          fc.constantFrom("$map", "$set", "$error", "$bytes", "$regexp", "$date", "$bigint", "$object", "$nope"),
          fc.jsonValue(),
        )
        .map(([tag, body]) => `~${JSON.stringify({ [tag]: body })}`),
    );
    fc.assert(
      fc.property(hostile, (input) => {
        try {
          decode(input);
        } catch (error) {
          expect((error as Error).name).toBe("ValueError");
        }
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      }),
      { numRuns: 3_000 },
    );
  });
});
