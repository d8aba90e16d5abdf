import { describe, expect, test } from "vitest";
import { createSandbox } from "../../src/index.ts";
import { failureFrom, runOnce, valueFrom } from "../support.ts";

describe("the guest's world", () => {
  test("has no way out", async () => {
    const names = [
      "fetch",
      "require",
      "process",
      "module",
      "Deno",
      "Bun",
      "navigator",
      "document",
      "WebAssembly",
      "SharedArrayBuffer",
      "Atomics",
      "InternalError",
      "std",
      "os",
      "bridge",
    ];
    expect(await valueFrom(`return ${JSON.stringify(names)}.filter((name) => name in globalThis)`)).toEqual([]);
    expect(await valueFrom("try { await import('node:fs'); return 'loaded' } catch { return 'blocked' }")).toBe(
      "blocked",
    );
  });

  test("has eval and the four Function constructors closed, unless they are allowed", async () => {
    const source = `
      const kinds = [Function, (async () => {}).constructor, (function* () {}).constructor, (async function* () {}).constructor];
      const out = [];
      for (const make of [() => eval("1"), () => (0, eval)("1"), ...kinds.map((K) => () => new K("return 1")), () => Reflect.construct(kinds[0], ["return 1"])]) {
        try { make(); out.push("open") } catch (e) { out.push(e.name) }
      }
      return [out, (() => {}) instanceof Function]`;
    expect(await valueFrom(source)).toEqual([Array(7).fill("EvalError"), true]);
    expect(await valueFrom(source, { allowEval: true })).toEqual([Array(7).fill("open"), true]);
  });

  test("keeps its own call sites and stacks to itself", async () => {
    const source = `
      let got = "none"; try { Error.prepareStackTrace = (e, sites) => { got = sites; return "x" } } catch { }
      const stack = new Error("x").stack;
      return [got, typeof stack, Error.prepareStackTrace === undefined, /node_modules|file:|\\/src\\//.test(stack), setTimeout.toString().includes("native code")]`;
    expect(await valueFrom(source)).toEqual(["none", "string", true, false, true]);
  });

  test("is sloppy mode, and strict where the program says so", async () => {
    expect(await valueFrom("undeclared = 5; return [undeclared, this === globalThis]")).toEqual([5, true]);
    expect((await failureFrom("'use strict'; undeclared = 5")).name).toBe("ReferenceError");
  });

  test("stands at UTC, or in the sandbox's time zone with its summer time", async () => {
    const source =
      "return [new Date(0).getHours(), new Date(2024, 6, 1, 12).toISOString(), new Date(2024, 0, 1, 12).getTimezoneOffset()]";
    expect(await valueFrom(source)).toEqual([0, "2024-07-01T12:00:00.000Z", 0]);
    expect(await valueFrom(source, { timezone: "Europe/Berlin" })).toEqual([1, "2024-07-01T10:00:00.000Z", -60]);
  });

  test("has the web's small tools", async () => {
    const source = `
      const url = new URL("https://user@example.com:8080/a/../b?x=1#h"); url.searchParams.append("y", "2 3");
      const abort = new AbortController(); let aborted = false; abort.signal.addEventListener("abort", () => { aborted = true }); abort.abort();
      const shared = { a: [1] }; const copy = structuredClone({ one: shared, two: shared, when: new Date(5) });
      await new Promise((done) => queueMicrotask(done));
      return [url.href, new TextDecoder().decode(new TextEncoder().encode("hé😀")), atob(btoa("hi")), aborted, copy.one === copy.two, copy.when.getTime(),
        /^[0-9a-f-]{36}$/.test(crypto.randomUUID()), crypto.getRandomValues(new Uint8Array(4)).length, Number.isInteger(performance.now())]`;
    expect(await valueFrom(source)).toEqual([
      "https://user@example.com:8080/b?x=1&y=2+3#h",
      "hé😀",
      "hi",
      true,
      true,
      5,
      true,
      4,
      true,
    ]);
  });
});

describe("the console", () => {
  test("keeps entries structured and readable", async () => {
    const outcome = await runOnce(`
      console.log("rows: %d of %s", 3, "ten", { a: new Map([[1, [undefined, null]]]) });
      console.info("i"); console.warn("w"); console.error(new TypeError("bad")); console.debug(1n, -0, Symbol("s"));
      console.table([{ id: 1, name: "a" }, { id: 2 }]); console.dir({ deep: { er: 1 } });
      console.assert(1 === 2, "not", "equal"); console.assert(true, "silent");
      console.count(); console.count("x"); console.count(); console.time("t"); console.timeEnd("t"); console.group("g"); console.groupEnd()`);
    expect(outcome.status).toBe("completed");
    expect(outcome.logs.map(({ level, text }) => `${level} ${text}`)).toEqual([
      "log rows: 3 of ten { a: Map { 1 => [undefined, null] } }",
      "info i",
      "warn w",
      "error [TypeError: bad]",
      "debug 1n -0 [a symbol]",
      "log    id  name\n-  --  ----\n0  1   a\n1  2",
      "log { deep: { er: 1 } }",
      "error Assertion failed: not equal",
      "log default: 1",
      "log x: 1",
      "log default: 2",
      expect.stringMatching(/^log t: \d+ms$/),
      "log g",
    ]);
    expect(outcome.logs[0]).toMatchObject({
      values: ["rows: %d of %s", 3, "ten", { a: new Map([[1, [undefined, null]]]) }],
      line: 2,
    });
    expect(outcome.logs[0]?.at).toBeGreaterThan(1_700_000_000_000);
  });

  test("never throws, whatever it is given", async () => {
    const outcome = await runOnce(`
      const cyclic = { self: null }; cyclic.self = cyclic; const { proxy, revoke } = Proxy.revocable({}, {}); revoke();
      const nasty = [cyclic, proxy, { get a() { throw 1 } }, () => 1, Symbol(), new WeakMap(), Object.create(null), new Proxy({}, { ownKeys() { throw 2 } }), { toString() { throw 3 } }, new Error("e", { cause: cyclic })];
      console.log("x".repeat(1e6));
      for (const method of Object.keys(console)) for (const value of nasty) { console[method](value); console[method](value, value, ...nasty) }
      Array.prototype[Symbol.iterator] = null; String = null; console.log("after", nasty[0]); console.assert(false, 1, 2); console.timeLog("none", 1);
      return "survived"`);
    expect(outcome).toMatchObject({ status: "completed", value: "survived" });
    expect(outcome.logs.length).toBeGreaterThan(50);
  });

  test("prints nothing to the process's own output", async () => {
    const written: string[] = [];
    const { stdout } = await import("node:process");
    const write = stdout.write.bind(stdout);
    stdout.write = ((chunk: string) => {
      written.push(String(chunk));
      return true;
    }) as never;
    try {
      await runOnce("console.log('quiet'); console.error('please')");
    } finally {
      stdout.write = write;
    }
    expect(written.join("")).not.toMatch(/quiet|please/);
  });
});

describe("sandboxes", () => {
  test("are cheap and share machines: a thousand of them run side by side", async () => {
    const sandboxes = Array.from({ length: 1_000 }, (_, n) => createSandbox({ tools: { n: () => n } }));
    const outcomes = await Promise.all(sandboxes.map((sandbox) => sandbox.run("return await tools.n()")));
    expect(outcomes.every((outcome, n) => outcome.status === "completed" && outcome.value === n)).toBe(true);
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
  }, 60_000);

  test("cancel what runs when they are closed", async () => {
    const sandbox = createSandbox({ tools: { hang: () => new Promise(() => undefined) } });
    const outcome = sandbox.run("await tools.hang()");
    await new Promise((done) => setTimeout(done, 20));
    await sandbox.close();
    expect(await outcome).toMatchObject({ error: { code: "cancelled", message: expect.stringContaining("closed") } });
  });

  test("give a failed host promise no chance: nothing is unhandled when tools fail late", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    const { default: host } = await import("node:process");
    host.on("unhandledRejection", note);
    const tools = { late: () => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), 20)) };
    await runOnce("tools.late(); return 1", { tools });
    await new Promise((done) => setTimeout(done, 60));
    host.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});
