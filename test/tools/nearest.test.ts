import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createToolTable } from "../../src/tools/index.ts";

function tableOf(names: readonly string[]) {
  const tools: Record<string, () => number> = {};
  for (const name of names) tools[name] = () => 1;
  return createToolTable(tools);
}

describe("nearest", () => {
  test("puts a slip before a part", () => {
    expect(tableOf(["list", "listIssues", "lists", "other"]).nearest("lsit")).toEqual(["list"]);
    expect(tableOf(["list", "listIssues", "other"]).nearest("issues")).toEqual(["listIssues"]);
  });

  test("gives at most three names of the table, the exact one first", () => {
    const identifier = fc
      .stringMatching(/^[a-z][a-zA-Z_]{0,12}$/)
      .filter((name) => !["then", "constructor", "prototype", "toJSON"].includes(name));
    fc.assert(
      fc.property(fc.uniqueArray(identifier, { minLength: 1, maxLength: 20 }), fc.string(), (names, query) => {
        const table = tableOf(names);
        const found = table.nearest(query);
        expect(found.length).toBeLessThanOrEqual(3);
        expect(names).toEqual(expect.arrayContaining([...found]));
        const [first = ""] = names;
        const plain = (name: string) => name.toLowerCase().replaceAll("_", "");
        if (plain(first) !== "") expect(plain(table.nearest(first)[0]!)).toBe(plain(first));
      }),
    );
  });
});
