import { afterAll, describe, expect, test } from "vitest";
import { failureOf } from "../support.ts";
import { outcomeValue, runAll, sessionSandbox, value } from "./sessions.ts";

const { sandbox } = sessionSandbox();
afterAll(() => sandbox.close());

describe("what a program of a session declares", () => {
  test.each<[string, string[], unknown]>([
    ["variables of every kind", ["let a = 1; const b = 2; var c = 3", "[a, b, c]"], [1, 2, 3]],
    ["functions and classes", ["function f(n) { return n + 1 }\nclass A { get x() { return f(1) } }", "new A().x"], 2],
    [
      "async functions and generators",
      ["async function f() { return 1 }\nfunction* g() { yield 2 }", "[await f(), ...g()]"],
      [1, 2],
    ],
    [
      "parts of patterns",
      ["const { a, b: [c = 5, ...d], ...e } = { a: 1, b: [, 2, 3], x: 4 }", "[a, c, d, e]"],
      [1, 5, [2, 3], { x: 4 }],
    ],
    [
      "a list of them",
      ["let a = 1, b, { c } = { c: a + 1 }, d = () => c", "[a, b === undefined, c, d(), d.name]"],
      [1, true, 2, 2, "d"],
    ],
    [
      "a var in blocks and heads of loops",
      [
        "for (var i = 0; i < 3; i++) { if (i) { var last = i } }\nfor (var k in { x: 1 });\nfor (var [v] of [[9]]);",
        "[i, last, k, v]",
      ],
      [3, 2, "x", 9],
    ],
    ["what it exports", ["export const a = 1\nexport function f() { return a }", "f()"], 1],
    ["TypeScript's enums", ["enum Color { Red, Green }\nconst c: Color = Color.Green", "Color[c]"], "Green"],
    [
      "a name beyond ASCII",
      [
        "const größe = 1; function 変数() { return größe }; class Ä {}",
        "[変数(), new Ä().constructor.name, 変数.name]",
      ],
      [1, "Ä", "変数"],
    ],
    [
      "names that our own text uses",
      ["let $aid = 1, $line = 2, $own_f = 3; function f() { return 4 }", "await 0; [$aid, $line, $own_f, f()]"],
      [1, 2, 3, 4],
    ],
    [
      "the names of guest globals",
      ["const tools = 1, name = 2, URL = 3, undefined2 = 4; let input = 5", "[tools, name, URL, input]"],
      [1, 2, 3, 5],
    ],
    [
      "__proto__ and constructor",
      [
        "let __proto__ = 1, constructor = 2, hasOwnProperty = 3, toString = 4",
        "[__proto__, constructor, hasOwnProperty, toString]",
      ],
      [1, 2, 3, 4],
    ],
    ["what was set without a declaration", ["total = 5", "total + 1"], 6],
    [
      "but not what blocks and functions declare",
      ["{ let a = 1 } (() => { var b = 2 })(); for (let i = 0; i < 1; i++);", "[typeof a, typeof b, typeof i]"],
      ["undefined", "undefined", "undefined"],
    ],
  ])("lives on: %s", async (_name, sources, expected) => {
    const session = sandbox.session();
    for (const source of sources.slice(0, -1)) outcomeValue(await session.run(source));
    expect(await value(session, sources.at(-1) ?? "")).toEqual(expected);
  });

  test("may be declared again, as anything, and what was declared before sees it", async () => {
    const session = sandbox.session();
    const steps = ["const rate = 2; function price(n) { return n * rate }", "price(10)", "let rate = 3; price(10)"];
    expect(await runAll(session, ...steps)).toEqual([undefined, 20, 30]);
    const more = ["function rate() { return 4 } price(10)", "class rate { static valueOf() { return 5 } } price(10)"];
    expect(await runAll(session, ...more)).toEqual([Number.NaN, 50]);
    expect(
      await runAll(
        session,
        "function helper() { return 'old' }\nfunction main() { return helper() }",
        "function helper() { return 'new' }",
        "main()",
      ),
    ).toEqual([undefined, undefined, "new"]);
  });

  test("is constant where it says so, until it is declared again", async () => {
    const session = sandbox.session();
    expect(
      await runAll(
        session,
        "const a = 1; a = 2",
        "a++; 1",
        "const set = () => { a = 3 }; set()",
        "let a = 4; set(); a",
      ),
    ).toEqual(["'a' is read-only", "'a' is read-only", "'a' is read-only", 3]);
    expect(
      await value(session, "const { b } = { b: 1 }; try { b = 2 } catch (e) { e instanceof TypeError && b }\nb"),
    ).toBe(1);
  });

  test("twice in one program is a mistake, as ever", async () => {
    const session = sandbox.session();
    expect(failureOf(await session.run("let a = 1; let a = 2")).code).toBe("syntax_error");
    expect(await value(session, "typeof a")).toBe("undefined");
  });

  test("keeps the values that a failed run had reached, and the others those they had", async () => {
    const session = sandbox.session();
    expect(
      await runAll(
        session,
        "let a = 1, b = 1, c = 1",
        "a = 2; let b = 2; throw new Error('no'); let c = 2",
        "[a, b, c]",
      ),
    ).toEqual([undefined, "no", [2, 2, 1]]);
  });

  test("is hoisted: functions are there from the start, and a var without value keeps the one it has", async () => {
    const session = sandbox.session();
    expect(
      await runAll(
        session,
        "const early = f(); function f() { return 1 }\nearly",
        "var kept = 5",
        "var kept; kept",
        "let kept; kept",
      ),
    ).toEqual([1, undefined, 5, undefined]);
  });

  test("is called without a `this`, like any function", async () => {
    const session = sandbox.session();
    await session.run(
      "function strict() { 'use strict'; return this }\nconst method = { m() { 'use strict'; return this } }.m; const tag = strict",
    );
    expect(
      await value(session, "[strict(), method(), (strict)(), tag`x`, strict?.()].map((self) => self === undefined)"),
    ).toEqual([true, true, true, true, true]);
    expect(
      await value(
        session,
        "const o = { f() { return this === o } }; let inside; with (o) { inside = f() }\n[o.f(), inside]",
      ),
    ).toEqual([true, true]);
  });

  test("runs together with nothing where lines end without semicolons", async () => {
    const session = sandbox.session();
    const source =
      "let a = [1]\nlet b\n[1].length\nlet f = (x) => x\nf(2)\nclass C {}\n(a)\nvar c\n(b)\nfunction g() {}\n;[a.length, typeof b, typeof c]";
    expect(await value(session, source)).toEqual([1, "undefined", "undefined"]);
    expect(
      await value(
        session,
        "'use strict'\nlet s = 1\nconst isStrict = (function () { return this === undefined })()\nisStrict",
      ),
    ).toBe(true);
  });
});
