import { describe, expect, test } from "vitest";
import { failureFrom, runOnce, valueFrom } from "../support.ts";

const echo = { tools: { echo: (value: unknown) => value } };

describe("a value that leaves the program", () => {
  test("keeps what JSON would lose", async () => {
    const value = await valueFrom(`return {
      nothing: undefined, nan: NaN, infinite: -Infinity, zero: -0, big: 2n ** 70n,
      date: new Date(0), bad: new Date(NaN), map: new Map([[{ a: 1 }, new Set([1, undefined])]]),
      bytes: new Uint8Array([1, 255]), buffer: new Uint8Array([7]).buffer, view: new DataView(new ArrayBuffer(2)),
      expression: /a\\/b/gi, holes: [1, , 3] }`);
    expect(value).toEqual({
      nothing: undefined,
      nan: Number.NaN,
      infinite: Number.NEGATIVE_INFINITY,
      zero: -0,
      big: 2n ** 70n,
      date: new Date(0),
      bad: new Date(Number.NaN),
      map: new Map([[{ a: 1 }, new Set([1, undefined])]]),
      bytes: new Uint8Array([1, 255]),
      buffer: new Uint8Array([7]).buffer,
      view: new DataView(new ArrayBuffer(2)),
      expression: /a\/b/gi,
      holes: [1, undefined, 3],
    });
    expect(Object.keys(value as object)).toContain("nothing");
  });

  test.each([
    ["false", false],
    ["0", 0],
    ["''", ""],
    ["null", null],
    ["undefined", undefined],
    ["-0", -0],
    ["NaN", Number.NaN],
    ["0n", 0n],
  ])("is not dropped for being falsy: %s", async (text, value) => {
    expect(await valueFrom(`return ${text}`)).toBe(value);
  });

  test("carries an error with its name, message, cause and own data", async () => {
    const error = (await valueFrom(
      `const e = new RangeError("too far", { cause: new Error("why") }); e.limit = 5; return e`,
    )) as Error & { limit: number };
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message, error.limit, (error.cause as Error).message]).toEqual([
      "RangeError",
      "too far",
      5,
      "why",
    ]);
    expect(error.stack).toBe("RangeError: too far");
  });

  test("keeps keys that could be mistaken for something else as plain own keys", async () => {
    const value = (await valueFrom(
      `return JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":1},"then":1,"$date":2}')`,
    )) as object;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor", "then", "$date"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(await valueFrom(`return { $date: "1970-01-01" }`)).toEqual({ $date: "1970-01-01" });
    expect(await valueFrom(`return [undefined, { $undefined: true }, { $map: [] }]`)).toEqual([
      undefined,
      { $undefined: true },
      { $map: [] },
    ]);
  });

  test("may hold lone surrogates, zero characters and three megabytes of text", async () => {
    expect(await valueFrom(`return ["\\ud800", "\\u0000", "\\udc00a"]`)).toEqual(["\ud800", "\u0000", "\udc00a"]);
    const long = (await valueFrom(`return "é".repeat(1_500_000)`, { limits: { resultBytes: 4 << 20 } })) as string;
    expect(long).toHaveLength(1_500_000);
    expect(await valueFrom("return input.length", {}, { input: "x".repeat(3_000_000) })).toBe(3_000_000);
  });

  test("arrives as copies where its parts are shared, and each copy counts", async () => {
    const [a, b] = (await valueFrom("const part = { n: 1 }; return [part, part]")) as [object, object];
    expect(a).toEqual(b);
    expect(a).not.toBe(b);
    const error = await failureFrom("let pair = [1]; for (let i = 0; i < 40; i++) pair = [pair, pair]; return pair");
    expect(error.code).toBe("result_limit");
  });

  test("may be an instance of a class with public fields, or with toJSON", async () => {
    expect(await valueFrom("class Point { x = 1; y = 2; length() { return 3 } } return new Point()")).toEqual({
      x: 1,
      y: 2,
    });
    expect(
      await valueFrom(
        "class Money { constructor(n) { this.n = n } toJSON() { return this.n + ' EUR' } } return [new Money(5)]",
      ),
    ).toEqual(["5 EUR"]);
    expect(await valueFrom("return new URL('https://a.b/c?d')")).toBe("https://a.b/c?d");
  });

  test.each([
    ["a function", "return { rows: [1, { done: () => 1 }] }", "rows[1].done"],
    ["a symbol", "return [Symbol('s')]", "[0]"],
    ["a promise", "return { later: Promise.resolve(1) }", "later"],
    ["a cycle", "const o = { list: [] }; o.list.push(o); return o", "list[0]"],
    ["an instance with private members", "class A { #x = 1 } return { a: new A() }", "a"],
    ["a WeakMap", "return { deep: { cache: new WeakMap() } }", "deep.cache"],
    ["a generator", "return [(function* () {})()]", "[0]"],
    ["a proxy that throws", "return { p: new Proxy({}, { ownKeys() { throw new Error('no') } }) }", "p"],
    ["a getter that throws", "return { a: { get b() { throw new TypeError('no') } } }", "a.b"],
    ["a value in a Map", "return { m: new Map([['k', () => 1]]) }", "m[entry 0 value]"],
    ["a key that is no identifier", "return { 'a b': Symbol() }", '["a b"]'],
    [
      "a nesting of more than 1,000 levels",
      "let v = 1; for (let i = 0; i < 1001; i++) v = [v]; return v",
      `${"[0]".repeat(100)}…`,
    ],
  ])("is refused with its path: %s", async (_what, source, path) => {
    const error = await failureFrom(source);
    expect(error.code).toBe("unserializable");
    expect((error.data as { path: string }).path).toBe(path);
    expect(error.message).toContain(path);
  });

  test("may nest a thousand levels, both ways", async () => {
    const value = await valueFrom("let v = 1; for (let i = 0; i < 999; i++) v = [v]; return v");
    let depth = 0;
    for (let at = value; Array.isArray(at); at = at[0]) depth++;
    expect(depth).toBe(999);
    expect(
      await valueFrom(
        "let n = 0; for (let at = input; Array.isArray(at); at = at[0]) n++; return n",
        {},
        { input: value },
      ),
    ).toBe(999);
  });

  test("is read once, property by property, where it is plain", async () => {
    expect(
      await valueFrom("let n = 0; const v = await tools.echo({ get a() { return ++n } }); return [v.a, n]", echo),
    ).toEqual([1, 1]);
  });

  test("is the same whatever the program did to JSON and to prototypes", async () => {
    const source = `
      JSON.stringify = JSON.parse = () => { throw new Error("patched") };
      Object.prototype.toJSON = function () { return "forged" };
      Array.prototype.toJSON = function () { return "forged" };
      Date.prototype.toISOString = () => "forged";
      Map.prototype.forEach = () => { throw new Error("patched") };
      Object.defineProperty(Object.prototype, "frames", { set() { throw new Error("planted") } });
      Object.keys = Object.getPrototypeOf = () => { throw new Error("patched") };
      return { a: [1, { b: 2 }], d: new Date(0), m: new Map([[1, 2]]) };`;
    expect(await valueFrom(source)).toEqual({ a: [1, { b: 2 }], d: new Date(0), m: new Map([[1, 2]]) });
  });
});

describe("a value that enters the program", () => {
  test("is refused at the call if a tool's answer cannot cross", async () => {
    const answers = { tools: { bad: () => ({ rows: [() => 1] }), response: () => new Response("x") } };
    const outcome = await runOnce(
      "try { await tools.bad() } catch (e) { return [e.code, e.data.path, e.message] }",
      answers,
    );
    expect(outcome).toMatchObject({
      status: "completed",
      value: ["unserializable", "rows[0]", expect.stringContaining("rows[0]")],
    });
    expect((await failureFrom("await tools.response()", answers)).code).toBe("unserializable");
  });

  test("cannot plant setters or prototypes", async () => {
    const answer = { tools: { evil: () => JSON.parse('{"__proto__":{"admin":true},"a":1}') } };
    expect(
      await valueFrom("const r = await tools.evil(); return [Object.keys(r), ({}).admin, r.admin]", answer),
    ).toEqual([["__proto__", "a"], undefined, undefined]);
  });

  test("fails the run clearly if the input cannot cross", async () => {
    const error = await failureFrom("return 1", {}, { input: { list: [1, () => 2] } });
    expect(error).toMatchObject({ code: "unserializable", message: expect.stringContaining("list[1]") });
  });
});
