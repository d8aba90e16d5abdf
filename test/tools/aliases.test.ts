import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { identifierAlias } from "../../src/tools/index.ts";

describe("identifierAlias", () => {
  test.each([
    ["get-sum", "getSum"],
    ["API-get-user", "APIGetUser"],
    ["list.files", "listFiles"],
    ["a/b c", "aBC"],
    ["123abc", "_123abc"],
    ["", "_"],
    ["!!!", "_"],
    ["constructor", "constructor_"],
    ["then", "then_"],
    ["__proto__", "__proto___"],
    ["toJSON", "toJSON_"],
    ["delete", "delete"],
    ["snake_case", "snake_case"],
    ["größe", "größe"],
    ["日本-語", "日本語"],
    ["💥boom", "boom"],
    ["a\u200db", "aB"],
  ])("gives %j the alias %j", (name, alias) => {
    expect(identifierAlias([name]).get(name)).toBe(alias);
  });

  test("resolves collisions by the names, not by their order", () => {
    const names = ["get-sum", "get.sum", "getSum", "get sum", "getSum_2"];
    const aliases = Object.fromEntries(identifierAlias(names));
    expect(aliases).toEqual({
      getSum: "getSum",
      getSum_2: "getSum_2",
      "get sum": "getSum_3",
      "get-sum": "getSum_4",
      "get.sum": "getSum_5",
    });
  });

  const name = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("a-b", "a.b", "aB", "a b", "then", "then_", "_", "", "-", "aB_2", "constructor", "__proto__"),
  );

  test("gives unique, valid, stable identifiers", () => {
    const shuffled = fc
      .uniqueArray(name, { maxLength: 30 })
      .chain((names) => fc.tuple(fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })));
    fc.assert(
      fc.property(shuffled, ([names, others]) => {
        const aliases = identifierAlias(names);
        expect([...aliases.keys()]).toEqual(names);
        expect(new Set(aliases.values()).size).toBe(names.length);
        for (const [original, alias] of aliases) {
          expect(alias).toMatch(/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u);
          expect(["then", "constructor", "__proto__", "prototype", "toJSON"]).not.toContain(alias);
          expect(identifierAlias([alias]).get(alias)).toBe(alias);
          expect(identifierAlias(others).get(original)).toBe(alias);
        }
      }),
      { numRuns: 300 },
    );
  });
});
