// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs under test hold templates
import { describe, expect, it } from "vitest";
import { prepare } from "../../src/language/index.ts";
import { run, start } from "./run.ts";

describe("the value of a program", () => {
  it.each<[string, string, unknown]>([
    ["what it returns", "return 42", 42],
    ["its last expression", "const a = 20\na + 22", 42],
    ["its last expression before a trailing comment", "1 + 1 // two", 2],
    ["its last expression before comments and empty statements", "40 + 2;; /* done */ // really\n", 42],
    ["its last expression without semicolons anywhere", "let a = 1\na++\na", 2],
    ["the last expression after a do-while on the same line", "let i = 0; do i++; while (i < 3) i", 3],
    ["the last awaited expression", "await Promise.resolve(7)", 7],
    ["a parenthesised sequence", "(1, 2)", 2],
    ["a sequence without parentheses", "1, 2", 2],
    ["an object in parentheses", "({ a: 1 })", { a: 1 }],
    ["an assignment", "let a; a = 5", 5],
    ["a multi-line call chain", "[3, 1]\n  .map((n) => n + 1)\n  .join('-')", "4-2"],
    ["a string, even where a directive could stand", '"hello"', "hello"],
    ["an immediately called async function", "(async () => { return 3 })()", 3],
    ["a called main with a catch", "async function main() { return 4 }\nmain().catch(console.error)", 4],
    ["undefined for a last if", "if (true) { 5 }", undefined],
    ["undefined for a last try", "try { 5 } catch {}", undefined],
    ["undefined for a last loop", "for (const a of [1]) a", undefined],
    ["undefined for a last declaration", "const a = 5", undefined],
    ["undefined for nothing", "", undefined],
    ["undefined for comments only", "// nothing\n/* here */", undefined],
  ])("is %s", async (_name, source, expected) => {
    expect(await run(source)).toEqual(expected);
  });

  it("waits at the top level, in loops and in nested functions", async () => {
    const source = `
      const twice = async (n) => 2 * (await n);
      let sum = 0;
      for await (const n of [1, Promise.resolve(2), 3]) { if (n === 3) continue; sum += await twice(n) }
      await (async () => { sum += await twice(await twice(1)) })()
      return sum`;
    expect(await run(source)).toBe(10);
  });

  it("keeps sloppy mode, and strict mode where the program asks for it", async () => {
    expect(await run("undeclared = 1; with ({ a: 2 }) { undeclared += a } undeclared")).toBe(3);
    await expect(run("'use strict'\nundeclared = 1")).rejects.toThrow("undeclared is not defined");
    await expect(run("#!/usr/bin/env node\n// note\n'use strict'; undeclared = 1")).rejects.toThrow("not defined");
  });

  it.each<[string, string, unknown]>([
    ["a byte-order mark", "\ufeffreturn 1", 1],
    ["a #! line", "#!/usr/bin/env node\nreturn 1", 1],
    ["a byte-order mark before a #! line", "\ufeff#!/usr/bin/env node\nreturn 1", 1],
    ["Windows line ends", "const a = `x\r\ny`\r\nreturn a.length\r\n", 3],
    ["old Macintosh line ends", "// note\rreturn 1\r", 1],
    ["line separators between statements", "let a = 1\u2028a += 1\u2029a", 2],
    ["line separators that end a comment", "let a = 1 // one\u2028a += 1\na", 2],
    ["line separators in strings and templates", "'\u2028' + `\u2029`", "\u2028\u2029"],
    ["identifiers beyond ASCII", "const été = 1, 変数 = 2, 𝓐 = 3; été + 変数 + 𝓐", 6],
    ["HTML-like comments", "<!-- one\nlet a = 1\n--> two\na", 1],
    ["an HTML-like comment at the very start", "--> start\n/* x */ 1", 1],
    ["our own names", "const $line = 1, $watch = 2, $line2 = 3; await 0; $line + $watch + $line2", 6],
    ["this, arguments and new.target", "this; new.target; arguments.length", 0],
    ["a dynamic import", "typeof (() => import('x'))", "function"],
    ["regular expressions that look like the end of the wrapper", "/[}]\\); x = 1; \\(/.test('}); x = 1; (')", true],
  ])("survives %s", async (_name, source, expected) => {
    expect(await run(source)).toEqual(expected);
  });
});

describe("a program that yields at its top level", () => {
  it("is an async generator", async () => {
    const program = await prepare("const a = yield 1\nconst b = await (yield a + 1)\nreturn a + b");
    expect(program.form).toBe("generator");
    const { result } = start(program);
    expect(await result.next()).toEqual({ value: 1, done: false });
    expect(await result.next(10)).toEqual({ value: 11, done: false });
    expect(await result.next(5)).toEqual({ value: 15, done: true });
  });

  it("may do so in TypeScript and in loops", async () => {
    const program = await prepare("for (const n of [1, 2] as number[]) {\n  yield n as any\n}\n'end'");
    const { result } = start(program);
    const seen: unknown[] = [];
    for (let step = await result.next(); ; step = await result.next()) {
      seen.push(step.value);
      if (step.done) break;
    }
    expect(seen).toEqual([1, 2, "end"]);
  });

  it.each([
    ["in a nested generator only", "function* g() { yield 1 }\n[...g()]", [1]],
    ["as a sloppy identifier", "var yield = 5; yield + 1", 6],
    [
      "in strings, comments, templates and regular expressions",
      "/* yield */ 'yield' + `yield` + /yield/.source // yield",
      "yieldyieldyield",
    ],
    ["as a property", "({ yield: 3 }).yield", 3],
  ])("is none for `yield` %s", async (_name, source, expected) => {
    expect((await prepare(source)).form).toBe("async");
    expect(await run(source)).toEqual(expected);
  });
});

describe("the line that waits", () => {
  const never = "new Promise(() => {})";
  it.each<[string, string, number]>([
    ["an await", `1\n\nawait ${never}`, 3],
    ["the second of two awaits", `await 1\n\nawait ${never}\nawait 2`, 3],
    ["an await around others", `await Promise.all([\n  await 1,\n  ${never},\n  await 2\n])`, 1],
    [
      "a for await",
      `async function* g() { yield 1; await ${never} }\nlet n = 0\nfor await (const a of g()) {\n  await a\n}`,
      3,
    ],
    ["a returned promise", `await 1\nreturn ${never}`, 2],
    ["a promise as the last expression", `await 1\n${never}`, 2],
    ["an await in a called main", `async function main() {\n  await ${never}\n}\nmain()`, 2],
    ["an await in a bare function", `async () => {\n\n  await ${never}\n}`, 3],
    ["an await in TypeScript", `type A = {\n a: 1\n}\nawait (${never} as any)`, 4],
  ])("is told for %s", async (_name, source, line) => {
    const { result, line: waitsAt } = start(await prepare(source));
    result.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(waitsAt()).toBe(line);
  });
});
