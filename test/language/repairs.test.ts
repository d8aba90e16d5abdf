// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs under test hold templates
import { describe, expect, it } from "vitest";
import { prepare } from "../../src/language/index.ts";
import { refusalOf, run, start } from "./run.ts";

/** The value of a program and the lines of its repairs. */
async function mended(
  source: string,
  globals: Record<string, unknown> = {},
): Promise<{ value: unknown; lines: unknown[] }> {
  const program = await prepare(source);
  const value = await start(program, globals).result;
  return { value, lines: program.repairs.map((repair) => repair.line) };
}

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

describe("a function that nothing calls", () => {
  it.each<[string, string]>([
    ["a bare async arrow function", "async () => { return 1 }"],
    ["a bare arrow function with an expression", "() => 1"],
    ["a bare function in parentheses", "// run\n(async () => {\n  return 1\n});"],
    ["a bare function expression", "(async function main() { return 1 })"],
    ["a bare arrow function in TypeScript", "async (): Promise<number> => {\n  return 1\n}"],
    ["main", "const ONE = 1\nfunction helper() { return ONE }\nasync function main() { return helper() }"],
    ["main as a constant", "const main = async () => 1"],
    ["main beside waiting declarations", "const a = await Promise.resolve(1)\nfunction main() { return a }"],
    ["run", "async function run() { return 1 }\nconst other = () => 2"],
    ["the only function", "async function collect() { return 1 }"],
    [
      "the only function, which calls itself",
      "function count(input, n = 3) { return n === 0 ? 1 : count(input, n - 1) }",
    ],
    ["a strict main", "'use strict'\nfunction main() { return this === undefined ? 1 : 2 }"],
  ])("is called: %s", async (_name, source) => {
    const result = await mended(source);
    expect(result.value).toBe(1);
    expect(result.lines).toHaveLength(1);
  });

  it("gets the globals that its parameters name", async () => {
    const globals = { tools: { a: () => 20 }, input: { b: 2 } };
    expect(
      (
        await mended(
          "async function main(tools, { input }, nothing) { return tools.a() + input.b + String(nothing) }",
          globals,
        )
      ).value,
    ).toBe("22undefined");
    expect((await mended("async ({ tools, input }) => tools.a() + input.b", globals)).value).toBe(22);
  });

  it("makes the program a generator if it is one", async () => {
    const program = await prepare("async function* main() { const a = yield 1; return a }");
    expect(program.form).toBe("generator");
    const { result } = start(program);
    expect(await result.next()).toEqual({ value: 1, done: false });
    expect(await result.next(7)).toEqual({ value: 7, done: true });
  });

  it.each<[string, string]>([
    ["it is called", "let n = 0\nasync function main() { n++ }\nmain()"],
    ["it is used", "const main = () => {}\nconst table = { main }"],
    ["the program does something", "function main() { throw 1 }\nconsole.log(1)"],
    ["the program does something in its declarations", "const a = await tools.a()\nfunction helper() { throw 1 }"],
    ["it needs arguments", "function add(a, b) { return a.x + b.x }"],
    ["there are several", "function a() { throw 1 }\nfunction b() { throw 2 }"],
  ])("is not called if %s", async (_name, source) => {
    const program = await prepare(source);
    expect(program.repairs).toEqual([]);
    await start(program, { console: { log() {} }, tools: { a: () => 1 } }).result;
  });
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
  expect(await messages("function main() {}")).toEqual([
    "Nothing calls `main`: it is called and its result is the value of the program.",
  ]);
});
