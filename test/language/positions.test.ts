// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs under test hold templates
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { locate, mapStack, PROGRAM_FILE, prepare } from "../../src/language/index.ts";
import { start } from "./run.ts";

/** Runs a program that throws; its stack in the author's positions. */
async function failureOf(source: string): Promise<{ stack: string; line?: number; column?: number }> {
  const program = await prepare(source);
  const error = await Promise.resolve(start(program, { fail }).result).then(
    () => undefined,
    (reason: Error) => reason,
  );
  if (!error) throw new Error(`did not throw: ${program.text}`);
  // V8 writes frames as QuickJS does, apart from `async` and frames without parentheses.
  const frames = String(error.stack)
    .replace(/at async /g, "at ")
    .replace(/at (program\.js:\d+:\d+)$/gm, "at <anonymous> ($1)");
  return mapStack(program, frames);
}

const fail = (): never => {
  throw new Error("marker");
};

/** Where the marker stands in a source: line and column from 1. */
function placeOf(source: string, marker: string): { line: number; column: number } {
  const before = source.slice(0, source.indexOf(marker));
  return { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
}

describe("a position", () => {
  it.each([
    "MARK",
    "   MARK // first line",
    "1; await MARK",
    "const a = await MARK; a",
    "const a: number = 1; let b: any = a as any; MARK; b",
    "await Promise.all([\n  1, await 2, MARK,\n  await 3\n])",
    "await (async () => { await 1; MARK })()",
    "return await MARK",
    "enum E { A, B }; MARK",
    "class A { constructor(private x: number, y = MARK) {} }\nnew A(1)",
    "export const a = 1; MARK",
    "export default async function <T>(x?: T) { await 1; MARK }",
    "async (): Promise<void> => { const q: string = await 'x'; MARK }",
    "Text:\n```ts\nconst a: number = 1; await 2; MARK\n```\n",
    "#!/usr/bin/env node\nMARK",
    "a: for await (const x of [1] as number[]) { MARK; continue a }",
    "const f = <T,>(a: T): T => a; f<number>(MARK)",
    "type A = {\n  a: 1\n}\nconst a = { b: 1 } satisfies object; MARK",
    "`\n${1 as number}\n${await 1}`; MARK",
    "yield 1 as any; yield MARK",
    "import type { A } from 'a'; MARK",
  ])("is the author's after edits: %j", async (template) => {
    const source = template.replace("MARK", "new fail()");
    const program = await prepare(source);
    if (program.form === "generator") {
      const { result } = start(program, { fail });
      await result.next();
      const error = await result.next().catch((reason: Error) => reason);
      const frame = String((error as Error).stack).match(/program\.js:(\d+):(\d+)/);
      expect(locate(program.positions, Number(frame?.[1]), Number(frame?.[2]))).toEqual(placeOf(source, "new fail"));
    } else expect(await failureOf(source)).toMatchObject(placeOf(source, "new fail"));
  });

  it("is undefined for the wrapper and what follows the program", async () => {
    const { positions, text } = await prepare("if (1) {}\nreturn 1", { track: false });
    const prefix = text.indexOf("if (1)");
    expect(locate(positions, 1, prefix)).toBeUndefined();
    expect(locate(positions, 1, prefix + 1)).toEqual({ line: 1, column: 1 });
    expect(locate(positions, 1)).toEqual({ line: 1 });
    expect(locate(positions, 2, 3)).toEqual({ line: 2, column: 3 });
    for (const line of [0, -1, 3, 4, Number.NaN]) expect(locate(positions, line, 1)).toBeUndefined();
  });

  it("has no column inside what was put in", async () => {
    const { positions, text } = await prepare("await 1\nawait 2; 3");
    const column = text.split("\n")[1]?.indexOf("$line") ?? 0;
    expect(locate(positions, 2, column + 1)).toEqual({ line: 2 });
  });

  it("survives JSON and structured clones", async () => {
    const program = await prepare("const é: number = await f(); g()");
    expect(JSON.parse(JSON.stringify(program))).toEqual(program);
    expect(structuredClone(program)).toEqual(program);
  });

  it("is the author's wherever a random program fails", async () => {
    const statement = fc.constantFrom(
      "const a# = 1;",
      "let b#: number = 2 as number;",
      "await 1;",
      "const c# = await Promise.all([1, await 2]);",
      "interface I# {\n  a: number;\n}",
      "type T# = {\n  a: 1 } | null",
      "enum E# { A, B = 5 }",
      "class C# { constructor(private x: number) {} }",
      "const f# = async <T,>(x: T): Promise<T> => { return await x };",
      "function g#<T>(a?: T, ...b: T[]): T[] { return b }",
      "for (const x of [1, 2] as number[]) { await x }",
      "for await (const x of [1]) { await x }",
      "if (1 as any) { await 0 } else { await 1 }",
      "// a comment: with ( brackets",
      "/* több\n sor */",
      "const s# = `line\n${1 as any} two`;",
      "const o# = { a: 1 } satisfies object;",
      "declare const d#: string;",
      "try { throw 1 } catch (e: any) { await e }",
      "",
      "abstract class D# { abstract m(): void; n!: string }",
      "const { p#, q# = 1 }: { p#?: number; q#?: number } = {};",
      "await (async () => { await 1 })();",
      "label#: while (true) { break label# }",
    );
    const marker = fc.constantFrom(
      "new fail()",
      "await new fail()",
      "const m = await new fail();",
      "if (true as boolean) { new fail() }",
      "await (async () => { await 0; new fail() })();",
      "const m: any = [1 as any, new fail()];",
      "`${1 as any} ${new fail()}`",
      "for (const x of [1] as any[]) await new fail()",
      "return new fail()",
      "const m = (<T,>(x: T): T => { new fail(); return x })(1 as number)",
      "await Promise.all([\n  1,\n  await new fail(),\n])",
    );
    const separator = fc.constantFrom("\n", "\n", "\n\n", "\n  ", "\r\n");
    const program = fc.tuple(
      fc.array(fc.tuple(statement, separator), { maxLength: 12 }),
      marker,
      fc.array(statement, { maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(program, async ([before, failing, after]) => {
        const parts = before.map(([text, end], index) => text.replaceAll("#", String(index)) + end);
        const source = `${parts.join("")}${failing}\n${after.map((text, index) => text.replaceAll("#", `9${index}`)).join("\n")}`;
        const failure = await failureOf(source);
        expect({ line: failure.line, column: failure.column }).toEqual(
          placeOf(source.replaceAll("\r\n", "\n"), "new fail"),
        );
      }),
      { numRuns: 400 },
    );
  });
});

describe("a stack", () => {
  it("keeps the program's frames in the author's positions and drops the others", async () => {
    const program = await prepare("const a: number = 1\nfunction f() {\n  fail() }\nawait f()\nasync () => {}", {
      track: false,
    });
    const columnOf = (line: number, name: string) => (program.text.split("\n")[line - 1] ?? "").indexOf(name) + 1;
    const awaitColumn = columnOf(4, "f");
    const stack = [
      `    at f (program.js:3:${columnOf(3, "fail")})`,
      "    at map (native)",
      `    at <anonymous> (program.js:4:${awaitColumn})`,
      "    at <anonymous> (program.js:1:40)",
      "    at bridge (prelude.js:3:1)",
      "    at <eval> (<input>:2:1)",
      "    at program.js:2:1",
      "    at <eval> (program.js:6:1)",
      "",
    ].join("\n");
    expect(mapStack(program, stack)).toEqual({
      stack: "    at f (program.js:3:3)\n    at <anonymous> (program.js:4:7)\n    at program.js:2:1",
      line: 3,
      column: 3,
    });
  });

  it("without frames of the program is empty", async () => {
    expect(mapStack(await prepare("1"), "    at map (native)\n")).toEqual({ stack: "" });
    expect(PROGRAM_FILE).toBe("program.js");
  });
});
