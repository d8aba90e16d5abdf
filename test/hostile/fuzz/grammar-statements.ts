/** Statements around others, which stand at `@_`. */
const BLOCKS = [
  "for (let i = 0; i < @N; i++) { @_ }",
  "for (const x of @I) { @_; if (n++ > @N) break; }",
  "for (const k in @O) { n += k.length; @_ }",
  "outer@U: for (;;) { for (;;) { if (n++ > @N) break outer@U; @_; continue outer@U; } }",
  "while (n++ < @N) { @_ }",
  "do { @_ } while (n++ < @N);",
  "if (@E) { @_ } else { @_ }",
  "switch (@E) { case @E: @_; default: @_ }",
  "try { @_ } catch { @_ }",
  "try { @_ } catch (e) { note(e); @_ } finally { @_ }",
  "try { throw @X } catch ({ name, message, stack, cause = @E, ...rest }) { note(name, message, rest); @_ }",
  "{ using held = { [Symbol.dispose]() { @S } }; @_ }",
];

/** Statements that nobody must wait for. */
const PLAIN = [
  "const { a@U = @E, ...rest@U } = @O;",
  "const [b@U = @E, , ...more@U] = @I;",
  "class C@U extends @C { #secret = @E; static { @S } get x() { return this.#secret; } static #s() { return @E; } [@K]() { @S } } kept.push(C@U);",
  "note((function f@U(a = @E, ...rest) { @S; return arguments.length; })(@E, @E));",
  "for (const x of (function* () { try { yield @E; @S; yield* @I; } finally { @S } })()) { note(x); if (n++ > @N) break; }",
  "kept.push(@E);",
  "@P.then((x) => { note(x); @S }, (e) => { note(e); });",
  "(async () => { @D; @D })();",
  "(async () => { @D; @D })().catch((e) => { note(e); @S });",
  "setTimeout(() => { @S }, @T);",
  "setTimeout(async () => { @D }, @T);",
  "const every@U = setInterval(() => { if (n++ > @N) clearInterval(every@U); @S }, @T);",
  "queueMicrotask(() => { @S });",
  "console.@L(@E, @E);",
  "tools.echo(@V);",
  ...["@Y;", "@Y;", "@Q;", "@R;", "note(@R);", "note(@B);", "note(@B);"],
  "globalThis[@K] = @E;",
  "delete globalThis[@K];",
  "x = @E;",
  "kept.length = 0;",
  "if (n++ > @N) throw @X;",
];

/** Statements that wait, or that some functions can't hold. */
const AWAITING = [
  "for await (const x of @I) { @_; if (n++ > @N) break; }",
  "for await (const part of tools.stream(@N)) { note(part); @_ }",
  "for await (const x of (async function* () { try { yield @E; @D; } finally { @D } })()) { note(x); if (n++ > @N) break; }",
  "{ await using held = { async [Symbol.asyncDispose]() { @D } }; @_ }",
  "with (@O) { note(typeof x, typeof then, typeof toString); @_ }",
  ...["await @P;", "note(await @P);", "await sleep(@T);", "await emit(@V);", "note(await tools.echo(@V));"],
  "await tools.fail(@E).catch((e) => { note(e.code, e.message); @S });",
  "await Promise.allSettled([tools.slow(@E), tools.echo(@V), tools.fail(@E), @P]);",
  "await Promise.race([tools.slow(1), tools.never(), @P]);",
  "if (n++ > @N) return @V;",
  "note(((@E) as unknown) as string);",
  "if (n++ > 3) await new Promise(() => {});",
  "if (n++ > 3) for (;;) await null;",
  "if (n++ > 3) for (;;) await tools.echo(n);",
  "if (n++ > 3) for (;;) await emit(n);",
  "if (n++ > 3) { const f = () => Promise.resolve().then(f); await f(); }",
  "if (n++ > 3) for await (const part of tools.endless()) note(part);",
];

/** Templates with another kind of statement in their place for one. */
function inside(statement: string, templates: readonly string[]): string[] {
  return templates.map((template) => template.replaceAll("@_", statement));
}

/** Statements: see grammar.ts. */
export const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  /** Statements that may stand in any function. */
  S: [...inside("@S", BLOCKS), ...PLAIN],
  /** Statements that may stand where there is `await`. */
  D: [...inside("@D", BLOCKS), ...inside("@D", AWAITING), ...PLAIN],
  /** What poisons the world of the program. */
  Y: [
    "Object.defineProperty(Object.prototype, @K, { set(v) { n++; @S }, get() { return @E }, configurable: true })",
    "Object.defineProperty(Array.prototype, '0', { set(v) { n++; }, configurable: true })",
    "Object.prototype[@K] = @F",
    "Array.prototype[@K] = @F",
    "Function.prototype[@K] = @F",
    "Promise.prototype.then = @F",
    "Promise.prototype.constructor = @C",
    "Object.defineProperty(Promise, Symbol.species, { value: @C })",
    "Array.prototype[Symbol.iterator] = @F",
    "Error.prepareStackTrace = (e, sites) => { @S; return sites }",
    "try { Error.stackTraceLimit = @M } catch {}",
    "Error.captureStackTrace?.(@O)",
    "JSON.stringify = JSON.parse = @F",
    "String.prototype.@J = @F",
    "RegExp.prototype.exec = @F",
    "RegExp.prototype[Symbol.@G] = @F",
    "Map.prototype.@J = @F",
    "Object.@J = @F",
    "Reflect.@J = @F",
    "globalThis.Promise = @C",
    "globalThis.tools = @O",
    "console.log = @F",
    "Object.freeze(globalThis)",
    "Object.freeze(Object.prototype)",
    "Object.setPrototypeOf(globalThis, @O)",
    "Object.setPrototypeOf(Array.prototype, @O)",
    "Symbol.keyFor = @F",
    "globalThis.setTimeout = @F",
    "Uint8Array.prototype.@J = @F",
    "Object.getPrototypeOf(function* () {}.prototype).next = @F",
  ],
  /** Endless, in whatever way. */
  Q: [
    "if (n++ > 3) for (;;);",
    "if (n++ > 3) for (;;) { try { for (;;); } catch { } }",
    "if (n++ > 3) for (;;) new Promise(() => { for (;;); })",
    "if (n++ > 3) for (;;) Promise.resolve({ get then() { for (;;); } })",
    "if (n++ > 3) for (;;) kept.push([1, 2, 3])",
    "if (n++ > 3) for (;;) tools.echo(n)",
    "if (n++ > 3) for (;;) console.log('x'.repeat(1000), n++)",
    "if (n++ > 3) for (;;) setTimeout(() => n++, 1)",
    "if (n++ > 3) for (;;) { try { throw @X } catch { } finally { n++ } }",
    "if (n++ > 3) for (;;) { try { const [a = (() => { throw 1 })()] = { [Symbol.iterator]: () => ({ next: () => ({ done: false }), return() { for (;;); } }) } } catch { } }",
    "if (n++ > 3) for (;;) { try { using a = { [Symbol.dispose]() { for (;;); } }; throw 1 } catch { } }",
  ],
  /** What never looks at the clock. */
  Z: [
    "Array.prototype.reverse.call({ length: 2 ** 53 - 1 })",
    "Array.prototype.@H.call({ length: 2 ** 53 - 2 }, 1, 0)",
    "(() => { const a = []; a.length = 2 ** 32 - 1; return a.@H() })()",
    "(() => { for (;;) 'abc'.repeat(5e6) })()",
    "(() => { const x = 3n ** 100000n; for (;;) x * x })()",
    "(() => { const a = new Float64Array(1e6); for (;;) a.sort() })()",
    "'a'.repeat(2e6).indexOf('a'.repeat(1e6) + 'b')",
    "JSON.stringify((() => { let o = {}; for (let i = 0; i < 40; i++) o = { a: o, b: o }; return o })())",
    "((1n << 1000000n) - 1n).toString().length",
    "'a'.repeat(1e6).replaceAll('a', 'b'.repeat(1000)).length",
    "Object.keys(new Proxy({}, { ownKeys: () => Array.from({ length: 3e5 }, (_, i) => 'k' + i) }))",
    "(() => { const s = '1'.repeat(1e6); for (;;) Number(s) })()",
  ],
};
