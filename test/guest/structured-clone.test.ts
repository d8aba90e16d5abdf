import { describe, expect, it } from "vitest";
import { expectSame, machine } from "./both.ts";

/** Shows a value with all that JSON would lose; shared parts by number. */
const SHOW = `
  const seen = new Map();
  const show = (value) => {
    if (typeof value === "bigint") return value + "n";
    if (Object.is(value, -0)) return "-0";
    if (typeof value !== "object" || value === null) return String(value) + ":" + typeof value;
    if (seen.has(value)) return "#" + seen.get(value);
    seen.set(value, seen.size);
    const tag = Object.prototype.toString.call(value);
    const proto = Object.getPrototypeOf(value)?.constructor?.name;
    const own = value instanceof Error ? [] : Reflect.ownKeys(value).map((key) => {
      const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(value, key);
      return [String(key), show(value[key]), writable + "," + enumerable + "," + configurable];
    });
    if (ArrayBuffer.isView(value)) return [tag, proto, value.byteOffset, value.byteLength, show(value.buffer)];
    const inner = value instanceof Map ? [...value].map((pair) => pair.map(show))
      : value instanceof Set ? [...value].map(show)
      : value instanceof Date ? value.getTime()
      : value instanceof RegExp ? [value.source, value.flags, value.lastIndex]
      : value instanceof ArrayBuffer ? [[...new Uint8Array(value)], value.resizable === true, value.maxByteLength]
      : value instanceof Error ? [value.name, value.message, Object.hasOwn(value, "message"), typeof value.stack]
      : value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt ? String(value)
      : null;
    return [tag, proto, inner, own];
  };`;

const VALUES = [
  "undefined",
  "null",
  "[true, 'text', 0, -0, NaN, Infinity, 12345678901234567890n]",
  "{ a: 1, b: { c: [1, 2, { d: null }] }, 1: 'one', 'é': undefined }",
  "[new Boolean(false), new Number(-0), new String('ab'), Object(5n)]",
  "[new Date(5), new Date(NaN)]",
  "Object.assign(/a(b)?c/giu, { lastIndex: 3, extra: 1 })",
  "new Map([[1, { a: 1 }], [{ key: 1 }, new Set([1, 'x', [2]])], ['m', new Map()]])",
  "Object.assign(new Set([1]), { lost: 1 })",
  "[1, , 3, , ,]",
  "Object.assign([1, 2], { named: 'kept', '-1': 'too' })",
  "(() => { const list = []; list.length = 100; list[50] = 1; return list })()",
  "(() => { const self = { list: [] }; self.self = self; self.list.push(self, self.list); return self })()",
  "(() => { const shared = { x: 1 }; const date = new Date(1); return [shared, shared, date, date, new Set([shared])] })()",
  "(() => { const map = new Map(); map.set(map, map); return map })()",
  "new Uint8Array([1, 2, 3]).buffer",
  "(() => { const { buffer } = new Uint8Array(8).fill(3); return [new Uint16Array(buffer, 2, 2), new DataView(buffer, 1, 3), buffer] })()",
  "[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array].map((Type) => new Type([1, 2.5, -1]))",
  "[new BigInt64Array([1n, -1n]), new BigUint64Array([5n])]",
  "new ArrayBuffer(4, { maxByteLength: 16 })",
  "[new Error('plain'), new TypeError('t'), new RangeError('r'), new SyntaxError('s'), new ReferenceError('f'), new EvalError('e'), new URIError('u')]",
  "new Error()",
  "Object.assign(new Error('m'), { name: 'CustomError', code: 'LOST' })",
  "Object.assign(new Error('m'), { name: 'RangeError' })",
  "new (class MyError extends TypeError {})('sub')",
  "new AggregateError([new Error('inner')], 'many')",
  "(() => { const error = new Error('x'); Object.defineProperty(error, 'message', { get: () => 'getter' }); return error })()",
  "new (class Point { x = 1; #hidden = 2; get y() { return 3 } })()",
  "Object.create({ inherited: 1 }, { hidden: { value: 1 }, shown: { value: 2, enumerable: true } })",
  "Object.create(null, { a: { value: 1, enumerable: true } })",
  "{ get computed() { return { now: 1 } } }",
  'JSON.parse(\'{"__proto__": { "polluted": 1 }, "constructor": 1 }\')',
  "{ [Symbol('lost')]: 1, kept: 1 }",
  "Object.freeze({ frozen: Object.freeze([1]) })",
  "new (class extends Array {})(1, 2, 3)",
  "new (class extends Map {})([[1, 2]])",
  "Object.create(Date.prototype)",
  "Object.create(Map.prototype)",
  "globalThis.Math",
  "JSON",
];

const REFUSED = [
  "() => 1",
  "class {}",
  "Symbol('s')",
  "{ deep: [{ method() {} }] }",
  "Promise.resolve()",
  "new WeakMap()",
  "new WeakSet()",
  "new WeakRef({})",
  "Object(Symbol())",
  "[1][Symbol.iterator]()",
  "(function* () {})()",
  "new Map([[() => 1, 1]])",
  "new Set([Symbol.iterator])",
  "new Error('x', { cause: () => 1 })",
];

describe("structuredClone", () => {
  it.each(VALUES)("clones %s as Node does", async (value) => {
    await expectSame(`${SHOW} const original = ${value.startsWith("{") ? `(${value})` : value};
      const copy = structuredClone(original);
      return [show(copy), copy === original && typeof copy === "object"]`);
  });

  it.each(REFUSED)("refuses %s with a DataCloneError", async (value) => {
    const guest = await machine();
    expect(guest.run(`structuredClone(${value})`)).toEqual({ threw: "DataCloneError" });
    expect(
      guest.run(
        `try { structuredClone(${value}) } catch (error) { return [error.code, error instanceof DOMException] }`,
      ),
    ).toEqual([25, true]);
  });

  it("refuses the web's own objects", async () => {
    const guest = await machine();
    for (const made of ["new URL('a:b')", "new AbortController().signal", "new Event('x')", "crypto", "performance"]) {
      expect(guest.run(`structuredClone([${made}])`)).toEqual({ threw: "DataCloneError" });
    }
  });

  it("keeps an error's cause, cycles included", async () => {
    const guest = await machine();
    expect(
      guest.run(`
        const error = new TypeError("outer", { cause: { inner: new RangeError("inner") } });
        error.cause.back = error;
        const copy = structuredClone(error);
        return [copy.cause.inner instanceof RangeError, copy.cause.inner.message, copy.cause.back === copy,
          Object.keys(copy), copy.stack === error.stack, structuredClone(new Error("x", { cause: undefined })).cause === undefined]`),
    ).toEqual([true, "inner", true, [], true, true]);
  });

  it("keeps a DOMException", async () => {
    const guest = await machine();
    expect(
      guest.run(`const copy = structuredClone(new DOMException("stop", "AbortError"));
        return [copy instanceof DOMException, copy.name, copy.message, copy.code]`),
    ).toEqual([true, "AbortError", "stop", 20]);
  });

  it("reads getters once, in order, depth first", () =>
    expectSame(`
      const read = [];
      const noted = (name, value) => Object.defineProperty({}, "x", { enumerable: true, get() { read.push(name); return value } });
      structuredClone([noted("a", noted("b", 1)), noted("c", { deep: noted("d", 2) }), noted("e", 3)]);
      return read`));

  it("leaves out what a getter deletes meanwhile", () =>
    expectSame(
      `const source = { get a() { delete this.b; return 1 }, b: 2 }; return Object.keys(structuredClone(source))`,
    ));

  it("clones 100,000 levels deep", async () => {
    const guest = await machine();
    expect(
      guest.run(`
        let nested = { level: 0 };
        for (let i = 1; i <= 100_000; i++) nested = { level: i, nested };
        let copy = structuredClone(nested);
        let depth = 0;
        while (copy.nested) { copy = copy.nested; depth++ }
        return [depth, copy.level]`),
    ).toEqual([100_000, 0]);
  });

  it("doesn't trip over what the guest did to prototypes", async () => {
    const guest = await machine();
    expect(
      guest.run(`
        Object.defineProperty(Object.prototype, "trap", { set() { throw new Error("set") }, configurable: true });
        const push = Array.prototype.push;
        Array.prototype.push = () => { throw new Error("push") };
        try { return Object.keys(structuredClone(JSON.parse('{"trap": 1, "a": [1]}'))) }
        finally { Array.prototype.push = push; delete Object.prototype.trap }`),
    ).toEqual(["trap", "a"]);
  });

  it("transfers buffers", () =>
    expectSame(`${SHOW}
      const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
      const other = new ArrayBuffer(3);
      const copy = structuredClone({ view: new Uint8Array(buffer, 1), buffer }, { transfer: [buffer, other] });
      return [show(copy), copy.view.buffer === copy.buffer, buffer.byteLength, other.byteLength]`));

  it.each(["[buffer, buffer]", "[buffer, {}]", "[buffer, new Uint8Array(2)]", "[buffer, detached]"])(
    "refuses to transfer %s, and then transfers nothing",
    async (list) => {
      const guest = await machine();
      expect(
        guest.run(`
          const [buffer, detached] = [new ArrayBuffer(8), new ArrayBuffer(2)];
          structuredClone(0, { transfer: [detached] });
          try { structuredClone(1, { transfer: ${list} }) } catch (error) { return [error.name, buffer.byteLength] }`),
      ).toEqual(["DataCloneError", 8]);
    },
  );

  it("keeps what was to be transferred if the value can't be cloned", () =>
    expectSame(`const buffer = new ArrayBuffer(8);
      try { structuredClone([buffer, () => 1], { transfer: [buffer] }) } catch (error) { return [error.name, buffer.byteLength] }`));

  it("refuses a value that holds a detached buffer", () =>
    expectSame(`const buffer = new ArrayBuffer(8);
      structuredClone(0, { transfer: [buffer] });
      try { structuredClone(buffer) } catch (error) { return error.name }`));
});
