import { describe, expect, it } from "vitest";
import { prepare } from "../../src/language/index.ts";
import { refusalOf, run } from "./run.ts";

describe("TypeScript", () => {
  it.each<[string, string, unknown]>([
    ["annotations", "const add = (a: number, b?: number): number => a + (b ?? 1);\nadd(1)", 2],
    ["interfaces and type aliases", "interface A {\n  a: number\n}\ntype B = A | null\nconst x: B = { a: 1 }\nx.a", 1],
    ["enums", "enum Color { Red, Green = 5, Blue }\nColor.Blue + Color[0]", "6Red"],
    ["constant enums with strings", "const enum Level { Low = 'low' }\nLevel.Low", "low"],
    [
      "generics",
      "const id = <T,>(a: T): T => a\nfunction pair<T>(a: T, b: T): [T, T] { return [a, b] }\npair<number>(id(1), 2)",
      [1, 2],
    ],
    [
      "parameter properties",
      "class A { constructor(private readonly x: number, public y = 2) {} sum() { return this.x + this.y } }\nnew A(1).sum()",
      3,
    ],
    ["satisfies, as and !", "const a = { b: 1 } satisfies object as any;\na!.b!", 1],
    ["old type assertions", "let a = <any>5;\na", 5],
    [
      "abstract classes and implements",
      "abstract class A { abstract f(): number }\nclass B extends A implements Object { override f() { return 1 } }\nnew B().f()",
      1,
    ],
    ["overloads", "function f(a: string): string;\nfunction f(a: any): any { return a }\nf('x')", "x"],
    [
      "declare",
      "declare const nothing: number\ndeclare function g(): void\ndeclare namespace N { const a: number }\n1",
      1,
    ],
    [
      "this parameters and type predicates",
      "function f(this: any, a: unknown): a is string { return true }\nf(1)",
      true,
    ],
    ["type-only imports and exports", "import type { A } from './a'\nexport type B = A\nconst a: number = 1\na", 1],
    [
      "typed catch and destructuring",
      "try { throw 1 } catch (e: any) { }\nconst { a }: { a: number } = { a: 1 }\na",
      1,
    ],
  ])("may use %s", async (_name, source, expected) => {
    expect(await run(source)).toEqual(expected);
  });

  it("is not used for text that is JavaScript as well", async () => {
    expect(await run("let a = 1, b = 2, c = 3, d = 0;\n[a < b, c > (d)]")).toEqual([true, true]);
  });

  it("does not run statements together that only a type kept apart", async () => {
    expect(await run("const f = ((a) => a) as any\n(1)")).toBe(1);
    expect(await run("const a = [1, 2] as number[]\n;let b: number\n[b] = a as any\nb")).toBe(1);
    expect(await run("const f = <T,>(a: any) => a\nf<{\n  type: string\n}>\n(1)")).toBe(1);
    expect(await run("const f = <T,>(a: any) => a\nf<{\n  type: string\n}>(1)")).toBe(1);
    expect(await run("const a = ['x']\ntype A = string\n[1].length")).toBe(1);
  });

  it.each([
    ["namespaces with values", "namespace N { export const a = 1 }\nN.a", /namespace/],
    ["nested module blocks", "const a: number = 1\nmodule A.B {\n  const a = 1\n}", /namespace/],
    ["import require", "import fs = require('fs')\nfs", /import … =/],
    ["decorators", "@log class A { x: number }", /Unexpected token '@'/],
    ["value imports", "import { a } from 'a'\nconst b: number = a", /import/],
  ])("may not use %s", async (_name, source, message) => {
    const error = await refusalOf(source);
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });

  it("leaves text alone that only looks like a namespace", async () => {
    const source = "const a: string = `\nnamespace N { }\n` // namespace M {}\n/*\nmodule X {\n*/\na.trim()";
    expect(await run(source)).toBe("namespace N { }");
  });
});

describe("danger to the preparing host", () => {
  it.each([
    ["generic arrow parameters", "<T,>(a = ", ")=>1"],
    ["async generic arrows", "async <T>(a = ", ")=>1"],
    ["type assertions", "<T>(", ")"],
    ["default parameters", "(a: T = ", ")=>1"],
    ["pattern parameters", "({a = ", "}: T) => 1"],
    ["conditional arrows", "a ? (b) : c => ", ""],
    ["conditional types", "a as A extends B ? (", ") : C"],
  ])("does not come from nested %s", async (_name, open, close) => {
    for (const depth of [24, 60]) {
      const before = performance.now();
      await prepare(`let x: any = ${open.repeat(depth)}1${close.repeat(depth)}`).catch((error) => {
        expect(error.code).toBe("syntax_error");
      });
      expect(performance.now() - before).toBeLessThan(1500);
    }
  });

  it.each([
    "(",
    "[",
    "{",
    "a(",
    "a[",
    "!",
    "a ? ",
    "() => ",
    "`${",
    "class extends ",
    "x = function () {",
    "a as (",
    "let x: {a: ",
  ])("does not come from %s nested without end", async (open) => {
    for (const text of [open.repeat(30_000), `let x: any;${open.repeat(3_000)}`]) {
      expect((await refusalOf(text)).code).toBe("syntax_error");
    }
  });

  it("does not come from long chains", async () => {
    expect(await run(`let s = ${Array(1500).fill("1").join(" + ")}\ns`)).toBe(1500);
    await prepare(`const a: any = b${".c()".repeat(20_000)}`);
  });

  it("does not come from 256 KiB of ordinary source", async () => {
    const part = (n: number) =>
      `interface Row${n} { id: number }\nconst f${n} = async (rows: Row${n}[], limit?: number): Promise<string[]> => {\n` +
      `  for (const row of rows as Row${n}[]) { if (row.id > ${n}) await tools.log(\`\${row.id} ${n}\`) }\n  return [];\n};\n`;
    let source = "";
    for (let n = 0; source.length < 256 * 1024; n++) source += part(n);
    await prepare("let warm: number = 1");
    const before = performance.now();
    await prepare(source, { track: false });
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
