// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs under test hold templates
import { describe, expect, it } from "vitest";
import { prepare } from "../../src/language/index.ts";
import { mended, refusalOf, run } from "./run.ts";

const fenced = (code: string, language = "ts"): string => `\`\`\`${language}\n${code}\n\`\`\``;

describe("Markdown around a program", () => {
  it.each<[string, string, number]>([
    ["a fence", fenced("return 1"), 1],
    ["a fence around code that would be a valid template", fenced("1", "js"), 1],
    ["prose before and after", `Sure, here it is:\n\n${fenced("const a: number = 1\na")}\n\nIt returns 1.`, 3],
    ["a fence of tildes", "~~~javascript\nreturn 1\n~~~", 1],
    ["a fence without a language", fenced("return 1", ""), 1],
    ["a longer fence around a fence in a comment", "````js\n/*\n```\n*/\nreturn 1\n````", 1],
    ["a fence that is never closed", "```js\nreturn 1", 1],
    ["an indented fence", "  ```js\n  return 1\n  ```", 1],
    ["templates in the code", fenced("const a = `${1}`\nreturn Number(a)"), 1],
    [
      "other languages beside it",
      `${fenced('{"a": 1}', "json")}\nand\n${fenced("return 1")}\n${fenced("1", "text")}`,
      5,
    ],
  ])("is dropped: %s", async (_name, source, line) => {
    expect(await mended(source)).toEqual({ value: 1, lines: [line] });
  });

  it("may leave only its closing fence", async () => {
    expect((await mended("return 1\n```")).value).toBe(1);
  });

  it("keeps the author's lines and columns in what follows", async () => {
    const error = await refusalOf(`Here:\n${fenced("const a = 1\nconst b = ;")}\n`);
    expect(error).toMatchObject({ line: 4, column: 11 });
    expect(error.frame).toContain("> 4 | const b = ;");
  });

  it("is refused if it holds several programs", async () => {
    const error = await refusalOf(`First:\n${fenced("return 1")}\nOr:\n${fenced("return 2")}\n`);
    expect(error).toMatchObject({
      code: "syntax_error",
      message: "The text is not one program: it holds 2 code blocks",
      line: 2,
    });
    expect(error.hint).toContain("one program");
  });

  it("is refused if no block is code", async () => {
    expect((await refusalOf(`Run this:\n${fenced("pip install x", "bash")}`)).message).toContain("no code block");
  });

  it.each([
    ["comments", "/*\n```js\nescaped()\n```\n*/\n1"],
    ["templates", "const text = `\n~~~js\nescaped()\n~~~\n`\n1"],
    ["TypeScript comments", "const a: number = 1\n/*\n```js\nescaped()\n```\n*/\na"],
  ])("in %s stays", async (_name, source) => {
    expect(await mended(source)).toEqual({ value: 1, lines: [] });
  });

  it("in a comment of a wrong program is not run instead of it", async () => {
    const error = await refusalOf("/*\n```js\nescaped()\n```\n*/\nconst a = ;");
    expect(error).toMatchObject({ line: 6 });
  });
});

describe("exports", () => {
  it.each<[string, string, unknown, number[]]>([
    ["a default value", "export default 40 + 2", 42, [1]],
    ["a default value in parentheses", "const a = 1\nexport default (a)", 1, [2]],
    ["a default value before other statements", "let a = 1\nexport default a + 1\na = 5\na", 2, [2]],
    ["a default async function", "export default async function main() {\n  return 1\n}", 1, [1]],
    ["a default function without a name", "export default async function () { return 1 }", 1, [1]],
    ["a default arrow function", "export default async () => {\n  return 1\n}", 1, [1]],
    ["a default function in parentheses", "export default (async function () { return 1 });", 1, [1]],
    ["a default function by its name", "const run = async (): Promise<number> => 1\nexport default run", 1, [2]],
    ["a default function as a specifier", "function a() { return 1 }\nexport { a as default }", 1, [2]],
    ["a default class beside a value", "export default class {}\n", undefined, [1]],
    ["a specifier that kept two statements apart", "const f = (a) => a\nconst b = f\nexport { f }\n(1)", 1, [3]],
    ["plain exports", "export const a = 1\nexport function f() { return a }\nexport { a, f }\nf()", 1, [1]],
    ["exported types and enums", "export interface A { a: 1 }\nexport enum E { X = 3 }\nE.X", 3, [2]],
  ])("are dropped: %s", async (_name, source, value, lines) => {
    const result = await mended(source);
    if (value !== undefined) expect(result.value).toBe(value);
    expect(result.lines).toEqual(lines);
  });

  it.each([
    "const s = 'export default 5'; s",
    "`export default 5`",
    "/* export default 4 */ 'export default 5'.slice(0)",
  ])("in text stay: %s", async (source) => {
    expect(await run(source)).toContain("export default 5");
    expect((await prepare(source)).repairs).toEqual([]);
  });

  it.each(["export * from 'a'", "export { a } from 'a'", "if (1) { export default 1 }", "{ import a from 'a' }"])(
    "are refused: %s",
    async (source) => {
      expect((await refusalOf(source)).code).toBe("syntax_error");
    },
  );
});

it("says in one sentence what was mended", async () => {
  const messages = async (source: string) => (await prepare(source)).repairs.map((repair) => repair.message);
  expect(await messages(fenced("export const a = 1\nexport default async () => a"))).toEqual([
    "Took the program out of its Markdown code block.",
    "Dropped `export`: a program is not a module.",
    "Dropped `export default`: the function is called and its result is the value of the program.",
  ]);
  expect(await messages("() => 1")).toEqual([
    "The program is a bare function: it is called and its result is the value of the program.",
  ]);
});
