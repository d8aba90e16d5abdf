// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs under test hold templates
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { QuickJS } from "quickjs-wasi";
import { describe, expect, it } from "vitest";
import { mapStack, prepare } from "../../src/language/index.ts";
import { newAid } from "./scope.ts";

const wasm = readFileSync(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm"));

/** Runs a program in a fresh QuickJS; its value, or its stack in the author's positions. */
async function runInEngine(
  source: string,
): Promise<{ value?: unknown; stack?: string; line?: number; column?: number }> {
  const program = await prepare(source);
  const engine = await QuickJS.create({ wasm });
  try {
    engine
      .evalCode(
        `globalThis.out = {}; (${program.text})((read) => { out.read = read }, ${newAid})().then(
          (value) => { out.value = JSON.stringify(value) }, (error) => { out.stack = String(error && error.stack) })`,
        "program.js",
      )
      .dispose();
    engine.executePendingJobs();
    const out = engine.dump(engine.evalCode("({ value: out.value, stack: out.stack })", "out.js")) as {
      value?: string;
      stack?: string;
    };
    if (out.stack !== undefined) return mapStack(program, shiftFirstLine(out.stack));
    return { value: out.value === undefined ? undefined : JSON.parse(out.value) };
  } finally {
    engine.dispose();
  }
}

const HARNESS = "globalThis.out = {}; (".length;

/** The harness stands before the text on its first line. */
function shiftFirstLine(stack: string): string {
  return stack.replace(/program\.js:1:(\d+)/g, (_, column) => `program.js:1:${Number(column) - HARNESS}`);
}

describe("in the engine itself", () => {
  it.each<[string, string, unknown]>([
    ["values", "const a: number = await 1\na + 1", 2],
    ["Windows line ends and line separators", "let a = 1\r\na += 1\u2028a += 1\u2029a", 3],
    ["HTML-like comments", "--> x\n<!-- y\nlet a = 1\n--> z\na", 1],
    ["a byte-order mark and a #! line", "\ufeff#!/x\n1", 1],
    ["bare functions", "async () => 5", 5],
    ["default exports", "export default async function () { return 6 }", 6],
  ])("a program runs: %s", async (_name, source, value) => {
    expect(await runInEngine(source)).toEqual({ value });
  });

  it.each([
    "@nope()",
    "  await @nope()",
    "/* é */ @nope()",
    "/* 変数 */ await 1; '😀'; @nope()",
    "const x: string = '変数' as any; await 1; @nope()",
    "let a;\u2028 a = 1\n@nope()",
    "// x\u2028let b = '\u2028'\n  @nope()",
    "let c = `\r\n\r`\r\n@nope()",
    "const s = 'a\\\nb'\n @nope()",
    "await [1].map((x: number) => @nope())",
    "type A = {\n  b: 1 }\nasync () => {\n  await @nope() }",
    "throw new @Error('x')",
  ])("a failure is placed: %j", async (template) => {
    const source = template.replace("@", "");
    const before = template.slice(0, template.indexOf("@")).replace(/\r\n?/g, "\n");
    const place = { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
    expect(await runInEngine(source)).toMatchObject(place);
  });

  it("recursion and callbacks keep the program's frames", async () => {
    const { stack } = await runInEngine(
      "function f(n) {\n  if (n === 0) return n.x.y\n  return [n].map((m) => f(m - 1))\n}\nf(1)",
    );
    expect(stack?.split("\n").map((frame) => frame.replace(/:\d+\)$/, ")"))).toEqual([
      "    at f (program.js:2)",
      "    at <anonymous> (program.js:3)",
      "    at f (program.js:3)",
      "    at <anonymous> (program.js:5)",
    ]);
  });
});

describe("the engine and the parser read alike", () => {
  it.each([
    "x<!--y\n}",
    "1\n--> } ; escaped = 1",
    "/* \u2028 */ --> }",
    "/[/]}/",
    "/[}]/.test('}')",
    "a\n/}/g\nvar a, g",
    "1 /2/ 1",
    "`${`}`}`",
    "`${'`'}}`",
    "'\\\n}'",
    "//\u2028 var b",
    "async\nfunction f(){}\nvar async",
    "label: {} /x/g",
    "if (0) function f(){}",
    "({}) / 1",
    "(() => {})\n/x/g",
    "var yield_ = 1; yield_\n++yield_",
    "x = /(?<a>x)|(?<a>y)/",
    "let \u{61}b = 1; ab",
    "'use strict'; ({ __proto__: null })",
    "#!x\n}",
    "<!-- }); escaped = 1; (async function () {\n1",
    "\ufeff--> }); escaped = 1; (async function () {\n1",
  ])("so that no accepted text leaves its function: %j", async (source) => {
    const program = await prepare(source).catch(() => undefined);
    if (!program) return;
    const engine = await QuickJS.create({ wasm });
    try {
      const check = `globalThis.made = (${program.text})(() => {}, ${newAid}); [typeof made, typeof escaped, made.constructor.name].join()`;
      expect(engine.dump(engine.evalCode(check, "program.js"))).toBe("function,undefined,AsyncFunction");
    } finally {
      engine.dispose();
    }
  });
});
