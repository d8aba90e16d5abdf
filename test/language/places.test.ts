// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs under test hold templates
import { describe, expect, it } from "vitest";
import { explainImport, mapStack, prepare } from "../../src/language/index.ts";
import { failureFrom, valueFrom } from "../support.ts";
import { refusalOf } from "./run.ts";

/** The source without its `@`, and where that stands. */
function marked(template: string): { source: string; line: number; column: number } {
  const before = template.slice(0, template.indexOf("@"));
  const column = before.length - before.lastIndexOf("\n");
  return { source: template.replace("@", ""), line: before.split("\n").length, column };
}

describe("a failure that the engine does not place stands", () => {
  it.each([
    "const a = 1;\nconst u = undefined;\nconst @{b} = u;",
    "const @{b} = undefined;",
    "const u = null; let @[b] = u",
    "1;\nvar @{ b: { c } } = {}; c",
    "1;\n\nfor (const x of @5) x;",
    "  for (const [x] of @[1]) x;",
    "let k;\nfor (k in @null.x) k",
    "1;\na: for (const x of @5) continue a;",
    "if (1)\n  for (const x of @5) x\nelse 1",
    "while (true) var @[c] = 5",
    "const a = [1],\n  [b] = a,\n  @{ c } = undefined",
    "1;\nexport const @{ c } = undefined",
    "const u = await null;\nconst f: Function = () => {\n  const @{ a }: any = u\n}\nf()",
    "switch (1) {\n  case 1:\n    const @{ a } = undefined\n}",
    "const f = () => undefined\nconst @{ a } = f()",
    "@null.x",
    "const a = 1\n@null.x",
  ])("in its own line and column: %j", async (template) => {
    const { source, line, column } = marked(template);
    expect(await failureFrom(source)).toMatchObject({ code: "threw", line, column });
  });

  it.each<[string, unknown]>([
    ["const a = [1]\nconst [b] = a, { length } = a\nreturn [b, length]", [1, 1]],
    ["let s = 0\nif (s) for (const x of [5]) s += x; else for (const x of [1, 2]) s += x\nreturn s", 3],
    [
      "let s = 0\na: for (const x of [1, 2]) for (const y of [1, 2]) { if (y === 2) continue a; s += await y }\nreturn s",
      2,
    ],
    ["let s = 0\nfor (const x of [1, 2]) for (const y of [x]) s += await y\nreturn s", 3],
    ["let n = 0\ndo n++; while (n < 3) var { a } = { a: n }\nreturn a", 3],
    ["if (1) var { a } = { a: 1 }\nreturn a", 1],
    ["for (let i = 0, { a } = { a: 2 }; i < 1; i++) return a", 2],
    ["'use strict'\nfor (const x of [1]) { return (function () { return this === undefined })() }", true],
  ])("and working programs mean the same: %j", async (source, value) => {
    expect(await valueFrom(source)).toEqual(value);
  });
});

describe("an error of the program's own class stands where it is made", () => {
  const own = (member: string): string => `class E extends Error {\n  ${member}\n}\n`;

  it.each([
    `${own("constructor(m) { super(m); this.x = 1 }")}throw new @E('m')`,
    `${own("constructor(...m) { super(...m) }")}throw new @E('m')`,
    `${own("constructor() { super(); this.name = 'E' }")}throw new @E()`,
    `${own("constructor(m: string, public code = 1) { super(m) }")}throw new @E('m')`,
    `${own("")}throw new @E('m')`,
    `${own("constructor(m) { super(m) }")}class F extends E {}\nconst f = () => new @F('m')\nthrow f()`,
    "const E = class extends TypeError {\n  a = 1\n}\nthrow new @E('m')",
    "const E = class extends TypeError {\n  constructor(m, o) {\n    super(`${m}!`, o)\n  }\n}\nthrow new @E('m')",
  ])("%j", async (template) => {
    const { source, line, column } = marked(template);
    expect(await failureFrom(source)).toMatchObject({ line, column });
  });

  it.each([
    own("constructor(m) { super(@m.a.b) }"),
    own("constructor(m) { super(m); @m.a.b = 1 }"),
    own("constructor(m) { super(m); throw new @Error('other') }"),
  ])("but what fails in its constructor stands there: %j", async (template) => {
    const { source, line, column } = marked(`${template}throw new E(1)`);
    expect(await failureFrom(source)).toMatchObject({ line, column });
  });

  it("keeps its message, options and arguments", async () => {
    const source = `class E extends Error { constructor(...all) { super(...all) } }
      class F extends Error { constructor() { super() } }
      const e = new E("m", { cause: 1 }), f = new F()
      return [e.message, e.cause, Object.hasOwn(f, "message")]`;
    expect(await valueFrom(source)).toEqual(["m", 1, false]);
  });

  it("or in its constructor where the stack has nothing else", async () => {
    const program = await prepare("class E extends Error {}\nnew E()");
    const column = (program.text.split("\n")[0] ?? "").length;
    expect(mapStack(program, `    at E (program.js:1:${column})`)).toMatchObject({ line: 1 });
    const [line] = program.positions.constructors ?? [];
    expect(line).toEqual({ line: 1, implicit: "E" });
  });
});

describe("imports", () => {
  const MESSAGE = "could not load module 'fs'";

  it("that are dynamic are explained where they stand", async () => {
    const { positions } = await prepare("const a = 1\n  await import('fs'); import('path')");
    expect(explainImport(positions, MESSAGE)).toEqual({
      hint: expect.stringMatching(/cannot import/),
      line: 2,
    });
    expect(explainImport(positions, "x")).toBeUndefined();
  });

  it("have no line if it could be another", async () => {
    const { positions } = await prepare("await import('fs')\nawait import('fs')");
    expect(explainImport(positions, MESSAGE)).toEqual({ hint: expect.stringMatching(/cannot import/) });
    expect(explainImport((await prepare("1")).positions, MESSAGE)).toHaveProperty("hint");
  });

  it("have a hint that fits what is written", async () => {
    expect((await refusalOf("export * from 'x'")).hint).toMatch(/delete the `export … from`/);
    expect((await refusalOf("import 'x'")).hint).toMatch(/delete the import/);
  });
});

it("many noted places in one long line are prepared in time", async () => {
  const loop =
    "for (const x of y) { const { a } = x; import('a') } class A extends Error { constructor(m) { super(m) } } ";
  const started = performance.now();
  const { positions } = await prepare(`const y = []; ${`{${loop}}`.repeat(2000)}`, { track: false });
  expect(performance.now() - started).toBeLessThan(3000);
  expect(positions.imports).toHaveLength(2000);
});
