import { describe, expect, test } from "vitest";
import { newMachine, program, setup } from "./machines.ts";
import { linesOf, trackedRun, variablesOf } from "./tracked-run.ts";

const WALL_MS = 10_000;
const variables = async (source: string): Promise<Record<string, unknown>> => (await trackedRun(source)).variables;

describe("the variables of a tracked program", () => {
  test("are all its top-level bindings with their last values, in source order", async () => {
    const source = `
      let a = 1; a = 5;
      const list = []; list.push(a);
      var { b, c: { d }, ...rest } = { b: 1, c: { d: 2 }, e: 3 }, [f, , g = 4] = [6];
      for (let i = 0; i < 3; i++) { const inner = i; var outer = inner }
      try { var caught = 1; null.x } catch (error) {}
      function fn() { const hidden = 1 }
      class K {}
      export const exported = 7;
      if (true) { let block = 1 }`;
    const found = await variables(source);
    expect(found).toEqual({
      a: 5,
      list: [5],
      b: 1,
      d: 2,
      rest: { e: 3 },
      f: 6,
      g: 4,
      outer: 2,
      caught: 1,
      fn: { kind: "function" },
      K: { kind: "function" },
      exported: 7,
    });
    expect(Object.keys(found)[0]).toBe("a");
  });

  test("keep their types, and what cannot cross is told in its place", async () => {
    const source = `
      const date = new Date(0), map = new Map([[1, { a: 1n }]]), set = new Set(["x"]), none = undefined, nan = NaN,
        error = new RangeError("r"), bytes = new Uint8Array([1, 2]), promise = Promise.resolve(1), weak = new WeakMap(),
        symbol = Symbol("s"), mixed = { f() {}, n: 1 }, long = "x".repeat(70_000), cycle = {};
      cycle.self = cycle;`;
    const found = await variables(source);
    expect(found).toMatchObject({
      date: new Date(0),
      map: new Map([[1, { a: 1n }]]),
      set: new Set(["x"]),
      none: undefined,
      nan: Number.NaN,
      error: expect.objectContaining({ name: "RangeError", message: "r" }),
      bytes: new Uint8Array([1, 2]),
      promise: { kind: "promise" },
      weak: { kind: "omitted", reason: "a WeakMap" },
      symbol: { kind: "omitted", reason: "a symbol" },
      long: { kind: "omitted", reason: "larger than 65536 bytes" },
    });
    expect(JSON.stringify(found.mixed)).toBe('{"f":"[a function]","n":1}');
    expect(JSON.stringify(found.cycle)).toBe('{"self":"[a cycle]"}');
  });

  test("that have no value yet are left out", async () => {
    expect(await variables("const a = 1; let b; null.x; const c = 1; let d = 2; class E {}")).toEqual({
      a: 1,
      b: undefined,
    });
  });

  test("fit the run's limit together; what does not is told", async () => {
    const limits = { ...setup().limits, resultBytes: 100 };
    const { variables } = await trackedRun(
      "const a = 'x'.repeat(60), b = 'y'.repeat(60), c = 1; const d = 'z'.repeat(33), e = 2",
      { limits },
    );
    expect(variables).toEqual({
      a: "x".repeat(60),
      b: { kind: "omitted", reason: "larger than 38 bytes" },
      c: 1,
      d: "z".repeat(33),
      e: { kind: "omitted", reason: "the variables are too large together" },
    });
  });

  test("have any name", async () => {
    const source =
      "const été = 1, 変数 = 2, 𝓐 = 3, \\u0061b = 4; var let = 5, async = 6, of = 7, __proto__ = 8, yield_ = 9; null.x";
    expect(Object.entries(await variables(source))).toEqual([
      ["été", 1],
      ["変数", 2],
      ["𝓐", 3],
      ["ab", 4],
      ["let", 5],
      ["async", 6],
      ["of", 7],
      ["__proto__", 8],
      ["yield_", 9],
    ]);
  });

  test("are read once all is over: the program's value, its failure and its calls stay as they are", async () => {
    const source = `
      const log = [];
      const sly = { get a() { log.push(1); tools.add(1, 2); console.log("read"); setTimeout(() => {}, 1); return 5 } };
      const thrower = { get a() { throw new Error("no") } };
      const revoked = (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })();
      return log`;
    const { turn, variables } = await trackedRun(source);
    expect(turn).toMatchObject({ settled: { fulfilled: true, text: "[]" }, emissions: [] });
    expect(variables).toMatchObject({ sly: { a: 5 }, revoked: { kind: "omitted" } });
    expect(JSON.stringify(variables.thrower)).toContain("not readable: no");
  });

  test("that hang while they are read are left out; the program's value counts all the same", async () => {
    const source = `
      const before = 1, spin = new Proxy({}, { ownKeys() { for (;;) {} } }), after = "text", number = 2;
      return "done"`;
    const { sound, turn, variables } = await trackedRun(source);
    expect(turn.settled).toMatchObject({ fulfilled: true, text: '"done"' });
    expect(turn.breakdown).toBeUndefined();
    expect(sound).toBe(false);
    expect(variables).toEqual({
      before: 1,
      spin: { kind: "omitted", reason: "reading it took too much time or memory" },
      after: { kind: "omitted", reason: "it was not read in time" },
      number: 2,
    });
  });

  test.each([
    ["swallows the stop", "ownKeys() { for (;;) new Promise(() => { for (;;) {} }) }"],
    ["fills the memory", "ownKeys() { const all = []; for (;;) all.push(new Uint8Array(1e6)) }"],
    ["recurses", "ownKeys(target) { return Reflect.ownKeys(proxy) }"],
  ])("of which one %s do no harm", async (_what, trap) => {
    const { turn, variables } = await trackedRun(`const proxy = new Proxy({}, { ${trap} }); return 1`);
    expect(turn.settled?.text).toBe("1");
    expect(variables).toMatchObject({ proxy: { kind: "omitted" } });
  });

  test("cannot be forged by what the program does to the world", async () => {
    const source = `
      const a = { n: 1 };
      Object.prototype.names = ["forged"]; Array.prototype.toJSON = () => "forged"; String.prototype.split = () => [];
      Object.defineProperty(Array.prototype, "0", { set() {}, get: () => "forged", configurable: true });
      WeakMap.prototype.get = () => () => ["forged", () => 1];
      JSON.stringify = () => "forged"; Map.prototype.get = null;
      null.x`;
    const { lines, variables } = await trackedRun(source);
    expect(variables).toEqual({ a: { n: 1 } });
    expect(lines).toBe("2,1 3,1 4,1 5,1 6,1 7,1");
  });
});

describe("where a tracked program fails", () => {
  test("the variables of the innermost function that the error came out of come first, and win", async () => {
    const source = `
      const name = "top", only = 1;
      async function outer(name) { const hidden = 1; return await inner({ id: 7, tags: ["a"] }) }
      async function inner({ id, tags: [tag] }, missing, ...rest) {
        const name = "inner";
        let count = 2; count++;
        await null;
        const total = undefined.x;
        const never = 1;
      }
      await outer("outer")`;
    const found = await variables(source);
    expect(found).toEqual({
      id: 7,
      tag: "a",
      missing: undefined,
      rest: [],
      name: "inner",
      count: 3,
      only: 1,
      outer: { kind: "function" },
      inner: { kind: "function" },
    });
  });

  test.each([
    ["an arrow function with an expression", "[{ v: 5 }].map((row) => row.v.x.y)", { row: { v: 5 } }],
    [
      "with a destructured parameter",
      "const f = async ({ a }, b = 2) => (await null, a.x.y); await f({ a: 1 })",
      { a: 1, b: 2 },
    ],
    ["a method", "new (class { m(a) { const b = a; throw new Error() } })().m(1)", { a: 1, b: 1 }],
    ["a constructor", "class P {} new (class extends P { constructor(a) { super(); this.x.y = a } })(3)", { a: 3 }],
    ["a getter's function, behind a setter", "({ set x(v) { const w = v; null.x } }).x = 4", { v: 4, w: 4 }],
    [
      "a generator",
      "function* g(a) { const b = yield a; b.x.y } const it = g(1); it.next(); it.next(null)",
      { a: 1, b: null },
    ],
    ["a function that throws a text", "function f(a) { throw 'text' } f(9)", { a: 9 }],
    [
      "an inner function without variables: the next one",
      "function f(a) { return (() => { null.x })() } f(6)",
      { a: 6 },
    ],
    [
      "a function that a hoisted function of its own knows",
      "function f(a) { const b = 2; return g(); function g() { return b.x.y } } f(1)",
      { a: 1, b: 2 },
    ],
    ["a strict function", "function f(a) { 'use strict'; const b = 1; undeclared = a } f(2)", { a: 2, b: 1 }],
  ])("they are those of %s", async (_what, source, expected) => {
    expect(await variables(source)).toMatchObject(expected);
  });

  test("a caught error leaves nothing; what is thrown in its place is the catching function's", async () => {
    const source = `
      function inner(a) { throw new Error("one") }
      function outer(b) { try { inner(1) } catch (error) { throw new Error("two", { cause: error }) } }
      try { inner(5) } catch {}
      outer(2)`;
    const found = await variables(source);
    expect(found).toHaveProperty("b", 2);
    expect(found).not.toHaveProperty("a");
  });

  test("of two that failed at the same time it is the one that nobody caught", async () => {
    const source = `
      async function f(a) { await null; throw new Error(a) }
      const [, two] = await Promise.allSettled([f("one"), f("two"), f("three")]);
      throw two.reason`;
    expect(await variables(source)).toHaveProperty("a", "two");
  });

  test("a limit that stopped it does not hide what it held and where it was", async () => {
    const limits = { ...setup().limits, steps: 50 };
    const { lines, turn, variables } = await trackedRun("let n = 0;\nfor (;;) {\n  n++;\n}", { limits });
    expect(turn.breakdown?.code).toBe("step_limit");
    expect(variables).toEqual({ n: expect.any(Number) });
    expect(lines).toMatch(/^1,1 2,1 3,\d+$/);
  });

  test("a deadlock shows what it held", async () => {
    const { turn, variables } = await trackedRun("const a = 1; await new Promise(() => {}); const b = 2");
    expect(turn.deadlock).toEqual({ line: 1 });
    expect(variables).toEqual({ a: 1 });
  });
});

test("a program that waits can be observed, saved and counted on in another machine", async () => {
  const source = `let total = 0;
for (let i = 0; i < 3; i++) {
  total += await tools.add(i, 1);
}
function fails(value) {
  throw new Error(value)
}
fails(total)`;
  const start = await program(source, { track: true });
  let machine = await newMachine();
  let turn = machine.start(start, setup({ track: true }), WALL_MS);
  const seen: string[] = [];
  for (let i = 0; i < 3; i++) {
    const delta = structuredClone(machine.save());
    const tracked = machine.observe()!;
    seen.push(`${variablesOf(tracked).total} ${linesOf(tracked)}`);
    machine = await newMachine();
    machine.load(delta, setup({ track: true }));
    turn = machine.deliver({ id: i + 1, fulfilled: true, text: String(i + 1) }, WALL_MS);
  }
  expect(seen).toEqual(["0 1,1 2,1 3,1", "1 1,1 2,1 3,2", "3 1,1 2,1 3,3"]);
  expect(turn.settled?.fulfilled).toBe(false);
  expect(variablesOf(turn.tracked!)).toEqual({ value: 6, total: 6, fails: { kind: "function" } });
  expect(linesOf(turn.tracked!)).toBe("1,1 2,1 3,3 5,1 8,1 6,1");
});

test("an untracked program has nothing to observe", async () => {
  const machine = await newMachine();
  expect(machine.start(await program("const a = 1"), setup(), WALL_MS).tracked).toBeUndefined();
});
