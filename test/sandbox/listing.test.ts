import { describe, expect, test } from "vitest";
import { formatListing } from "../../src/index.ts";
import { failureFrom } from "../support.ts";

const SOURCE = `const user = null;
function nameOf(person) {
	return person.name;
}
const names = [1].map(() => nameOf(user));`;

const lines = (text: string) => text.split("\n");

describe("a listing", () => {
  test("marks every line of the stack, with carets at the true columns", async () => {
    const failure = await failureFrom(SOURCE);
    expect(lines(formatListing(SOURCE, failure))).toEqual([
      "  1 | const user = null;",
      "  2 | function nameOf(person) {",
      "> 3 |  return person.name;",
      "    |         ^",
      "  4 | }",
      "> 5 | const names = [1].map(() => nameOf(user));",
      "    |                   ^                ^",
    ]);
  });

  test("has the format of LLMz as an option: padded numbers, ten carets at the indentation, trimmed", async () => {
    const failure = await failureFrom(SOURCE);
    expect(lines(formatListing(SOURCE, failure, { style: "llmz" }))).toEqual([
      "001 | const user = null;",
      "  002 | function nameOf(person) {",
      "> 003 | \treturn person.name;",
      "        ^^^^^^^^^^",
      "  004 | }",
      "> 005 | const names = [1].map(() => nameOf(user));",
      "       ^^^^^^^^^^",
    ]);
  });

  test("marks the line of a call for a tool that failed later", async () => {
    const source = "const go = async () => {\n  await tools.pay();\n};\nawait go();";
    const tools = { pay: () => Promise.reject(new Error("no money")) };
    const failure = await failureFrom(source, { tools });
    expect(lines(formatListing(source, failure))[1]).toBe("> 2 |   await tools.pay();");
  });

  test("marks the place of a syntax error", async () => {
    const failure = await failureFrom("let a = 1;\nlet a = 2;");
    expect(lines(formatListing("let a = 1;\nlet a = 2;", failure))).toEqual([
      "  1 | let a = 1;",
      "> 2 | let a = 2;",
      "    |     ^",
    ]);
  });

  test("of a failure without a place marks nothing", () => {
    expect(formatListing("a\nb", {})).toBe("  1 | a\n  2 | b");
    expect(formatListing("", {}, { style: "llmz" })).toBe("001 |");
  });

  test("shows what would act on a terminal as escapes, and counts columns after them", () => {
    const text = formatListing("/* \u202e */ throw 1", { line: 1, column: 9 });
    expect(text).toBe("> 1 | /* \\u{202e} */ throw 1\n    |                ^");
  });

  test("takes no frames that only look like the program's", () => {
    const stack = "    at evil (other.js:1:1)\n    at program.js:99:1\n    at x (program.js:2:1)";
    expect(formatListing("a\nb", { stack })).toBe("  1 | a\n> 2 | b\n    | ^");
  });

  test("refuses a style that it does not have", () => {
    expect(() => formatListing("a", {}, { style: "fancy" as "llmz" })).toThrow(
      'expected style to be "llmz" or absent, got fancy',
    );
  });
});
