import { afterAll, describe, expect, test } from "vitest";
import { failureOf } from "../support.ts";
import { outcomeValue, sessionSandbox, value } from "./sessions.ts";

const { sandbox } = sessionSandbox();
afterAll(() => sandbox.close());

describe("the variables of a session", () => {
  test("are told by name, type, size and a preview", async () => {
    const session = sandbox.session();
    await session.run(`const list = [1, 'two', { three: 3 }], when = new Date(0), big = 'x'.repeat(500_000), nothing = null
      let m = new Map([['a', 1]]), missing, n = 10n, s = Symbol('s'), promise = Promise.resolve(1)
      class Point { constructor() { this.x = 1 } }
      class Point3 extends Point {}
      const p = new Point3(), arrow = async (a, { b = ")" } = {}) => a, single = x => x, bytes = new Uint8Array(3), e = new TypeError("no")
      function* walk(tree, depth = 0) {}`);
    const variables = await session.variables();
    const table = variables.map(({ bytes, name, preview, ...rest }) => [name, rest.class ?? rest.type, preview]);
    expect(table).toEqual([
      ["list", "Array", '[1, "two", { three: 3 }]'],
      ["when", "Date", "1970-01-01T00:00:00.000Z"],
      ["big", "string", expect.stringMatching(/^"x{150,}…$/)],
      ["nothing", "null", "null"],
      ["m", "Map", 'Map { "a" => 1 }'],
      ["missing", "undefined", "undefined"],
      ["n", "bigint", "10n"],
      ["s", "symbol", expect.stringContaining("symbol")],
      ["promise", "Promise", expect.stringContaining("Promise")],
      ["Point", "function", "class Point"],
      ["Point3", "function", "class Point3 extends Point"],
      ["p", "Point3", "{ x: 1 }"],
      ["arrow", "function", 'async arrow(a, { b = ")" } = {})'],
      ["single", "function", "single(x)"],
      ["bytes", "Uint8Array", "Uint8Array(3 bytes)"],
      ["e", "TypeError", "[TypeError: no]"],
      ["walk", "function", "*walk(tree, depth = 0)"],
    ]);
    expect(variables[0]).toMatchObject({ constant: true, bytes: 21 });
    expect(variables[2]).toMatchObject({ larger: true });
    expect(await sandbox.session().variables()).toEqual([]);
  });

  test("are read without a trace: getters and proxies run in a copy", async () => {
    const session = sandbox.session();
    await session.run(
      "let reads = 0; const sly = { get x() { return ++reads } }; const p = new Proxy({}, { ownKeys() { reads++; tools.add(1, 1); return [] } })",
    );
    await session.variables();
    await session.variables();
    expect(await value(session, "reads")).toBe(0);
  });

  test("that spin, throw or lie are listed without values, and the session goes on", async () => {
    const session = sandbox.session();
    await session.run(
      "let a = 1; const spin = new Proxy({}, { ownKeys() { for (;;); }, get() { for (;;); }, getPrototypeOf() { for (;;); } }); const { proxy: dead, revoke } = Proxy.revocable({}, {}); revoke(); const fn = () => 1",
    );
    expect((await session.variables()).map(({ name, type }) => [name, type])).toEqual([
      ["a", "number"],
      ["spin", "object"],
      ["dead", "object"],
      ["revoke", "function"],
      ["fn", "function"],
    ]);
    expect(await value(session, "a")).toBe(1);
  });

  test("may be ten thousand", async () => {
    const session = sandbox.session();
    const names = Array.from({ length: 10_000 }, (_, index) => `v${index}`);
    await session.run(`let ${names.map((name, index) => `${name} = ${index}`).join(", ")}`);
    expect(await value(session, "v0 + v9999")).toBe(9999);
    expect(await session.variables()).toHaveLength(10_000);
    const again = sandbox.session({ snapshot: await session.snapshot() });
    expect(await value(again, "v5000")).toBe(5000);
  });
});

describe("a hostile program of a session", () => {
  test.each([
    [
      "Object.prototype",
      "Object.defineProperty(Object.prototype, 'a', { get() { throw new Error('trap') }, set() { throw new Error('trap') } }); Object.prototype[Symbol.unscopables] = { a: true, b: true }",
    ],
    [
      "Array.prototype",
      "Object.defineProperty(Array.prototype, '0', { set() { throw new Error('trap') } }); Array.prototype[Symbol.iterator] = null; Array.prototype.push = null",
    ],
    ["String.prototype", "String.prototype.split = () => { throw 1 }; String.prototype[Symbol.split] = 1"],
    [
      "Function.prototype",
      "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw 1 }; Function.prototype.toString = null",
    ],
    ["Promise", "Promise.prototype.then = () => { throw 1 }; globalThis.Promise = null; Symbol.iterator"],
    ["Object", "globalThis.Object = null; globalThis.Reflect = null; globalThis.JSON = null; globalThis.Map = null"],
    ["the global object", "globalThis.a = 'global'; globalThis.b = 'global'; Object.freeze(globalThis)"],
    [
      "the global object's prototype",
      "Object.setPrototypeOf(globalThis, new Proxy({}, { has: () => true, get: () => 'trap' }))",
    ],
  ])("that spoils %s spoils neither names nor inputs of later ones", async (_name, spoil) => {
    const session = sandbox.session();
    await session.run("let a = 1; const b = 2");
    await session.run(spoil);
    expect(await value(session, "let c = a + b; function f() { return c } f()")).toBe(3);
    expect(
      await value(session, "[input.x, deep.mine, await deep.er.give()]", {
        input: { x: 1 },
        globals: { deep: { mine: 2, er: { give: () => 3 } } },
      }),
    ).toEqual([1, 2, 3]);
    const again = sandbox.session({ snapshot: await session.snapshot() });
    expect(await value(again, "a = 5; [a, b, c]")).toEqual([5, 2, 3]);
    expect((await again.variables()).map(({ name }) => name)).toEqual(expect.arrayContaining(["a", "b", "c", "f"]));
  });

  test("that gets hold of the scope by a `with` of its own spoils only its own session", async () => {
    const session = sandbox.session();
    await session.run(
      "let a = 1; var scope; const { freeze } = Object; function self() { return this }; with ({}) { scope = self() }; 1",
    );
    const spoil =
      "Object.defineProperty(scope, 'x', { get() { for (;;); }, configurable: false }); Object.setPrototypeOf(scope, new Proxy({}, { has: () => true, get: () => 'trap' })); freeze(scope); 1";
    await session.run(spoil);
    expect((await session.run("let y = 1")).status).toBe("failed");
    expect((await session.variables()).map(({ name }) => name)).toContain("a");
    expect(outcomeValue(await sandbox.session().run("let y = 1; y"))).toBe(1);
  });

  test("cannot end a later run, nor answer for it", async () => {
    const session = sandbox.session();
    expect(failureOf(await session.run("let go; await new Promise((r) => { go = r }); 'forged'")).code).toBe(
      "deadlock",
    );
    expect(await value(session, "go(); await tools.slow(1); for (let i = 0; i < 50; i++) await null; 'mine'")).toBe(
      "mine",
    );
  });

  test("that goes on in the background is held by the limits of the run it disturbs", async () => {
    const session = sandbox.session();
    expect(await value(session, "(async () => { for (;;) await null })(); 1")).toBe(1);
    expect(await value(session, "await null; 2")).toBe(2);
    expect(failureOf(await session.run("await tools.slow(1)", { limits: { cpuMs: 100 } })).code).toBe("cpu_limit");
  });
});
