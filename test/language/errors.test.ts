// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs under test hold templates
import { describe, expect, it } from "vitest";
import { codeFrame, prepare, SourceError } from "../../src/language/index.ts";
import { refusalOf } from "./run.ts";

describe("a syntax error", () => {
  it("has code, position, frame and a message that names the token", async () => {
    const error = await refusalOf("const a = 1\nconst b = = 2\nreturn a");
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({
      name: "SyntaxError",
      code: "syntax_error",
      message: "Unexpected token '='",
      line: 2,
      column: 11,
    });
    expect(error.frame).toBe("  1 | const a = 1\n> 2 | const b = = 2\n    |           ^\n  3 | return a");
  });

  it.each<[string, string, number, number | undefined]>([
    ["plain JavaScript", "foo(\n  1,,\n)", 2, 5],
    ["TypeScript before it on the line", "const a: number = 1, b: string = ;", 1, 34],
    ["TypeScript on other lines", "type A = {\n  a: 1\n}\nconst a: A = {}\nconst b = ) 5", 5, 11],
    ["an error only acorn sees in TypeScript", "let a: number = 1\nlet a: string = 2", 2, 5],
    ["a generator", "yield 1\nconst a = ;", 2, 11],
    ["the end of the text", "if (a) {\n  b()\n", 3, 1],
    ["Windows line ends", "a()\r\nb()\r\nc(]", 3, 3],
  ])("is placed in %s", async (_name, source, line, column) => {
    expect(await refusalOf(source)).toMatchObject({ line, column });
  });

  it.each<[string, string, RegExp]>([
    ["an import", "import fs from 'fs'\nfs", /tools\.<name>/],
    ["await in a plain function", "function f() {\n  return await tools.a()\n}", /write `async`/],
    ["await in a callback", "[1].map((x) => { await x })", /write `async`/],
    ["JSX", "return <div className='a'>hi</div>", /JSX/],
    ["Python", "def f(x):\n  return x", /Python/],
    ["a shell command", "npm install left-pad", /shell/],
    ["prose", "I will now fetch the users and count them.", /prose/],
    ["typographic quotes", "const a = “x”", /straight quotes/],
    ["escaped line breaks", "const a = 1;\\nreturn a;", /unescaped/],
    ["a decorator", "@log\nclass A {}", /Decorators/],
    ["a cut-off text", "const a = [1, 2", /never closed/],
    ["an unfinished template", "const a = `abc\n", /never closed/],
  ])("gives a hint about %s", async (_name, source, hint) => {
    expect((await refusalOf(source)).hint).toMatch(hint);
  });

  it("is reported for import.meta anywhere", async () => {
    expect((await refusalOf("const a = 1\nfunction f() { return import.meta.url }")).line).toBe(2);
  });
});

describe("text that would close the wrapper", () => {
  it.each([
    "}); escaped = 1; (async function () {",
    "}; }); escaped = 1; (($watch) => { let a = 0; a; return async function () {",
    "}; }); (() => { let $line = 0; $line; return async function () {",
    "} async function b() {",
    "}, function () {",
    "/*",
    "*/ } /*",
    "`",
    "${",
    "}`; `${",
    "'",
    "//\u2028}",
    "<!-- x\n}",
    "x\n--> y\n}",
    "x-->0 }",
    "a\n/}/g } /",
    "1 /}/ 1 }",
    "[/]/}/] }",
    "'\\\n}' }",
    "return } {",
    "yield 1 } async function* b() { yield 2",
    "yield }); escaped = 1; (async function* () {",
    "const a: number = 1 }); escaped = 1; (async function () {",
    "export default 1 }); (async () => {",
    "#!x\n}); (async () => {",
  ])("is refused: %j", async (source) => {
    expect((await refusalOf(source)).code).toBe("syntax_error");
  });

  it("is no text in comments, strings, templates and regular expressions", async () => {
    for (const source of ["// }); (", "/* }); ( */", "'}); ('", "`}); (${'}'}`", "/[}]/", "<!-- }", "1\n--> }"])
      await prepare(source);
  });
});

describe("a code frame", () => {
  it("escapes control and bidirectional characters and keeps the caret in place", () => {
    const frame = codeFrame("ok\n\tlet \u202ea\u0007 = bad", 2, 10);
    expect(frame).toBe(`  1 | ok\n> 2 |   let \\u{202e}a\\u{7} = bad\n    | ${" ".repeat(21)}^`);
  });

  it("cuts long lines around the column", () => {
    const frame = codeFrame(`${"a".repeat(5000)}!${"b".repeat(5000)}`, 1, 5001);
    const [text, caret] = frame.split("\n");
    expect(text?.length).toBeLessThan(140);
    expect(text?.[caret?.indexOf("^") ?? 0]).toBe("!");
  });

  it("pads numbers, shows two lines around, and works for positions outside", () => {
    const source = Array.from({ length: 12 }, (_, index) => `line${index + 1}`).join("\n");
    expect(codeFrame(source, 10)).toBe("   8 | line8\n   9 | line9\n> 10 | line10\n  11 | line11\n  12 | line12");
    for (const [line, column] of [
      [0, 0],
      [99, 99],
      [-1, -5],
      [Number.NaN, 1],
    ] as const)
      expect(codeFrame("a", line, column)).toContain("> 1 | a");
    expect(codeFrame("", 1, 1)).toBe("> 1 |\n    | ^");
  });
});
