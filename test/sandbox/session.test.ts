import { afterAll, describe, expect, test } from "vitest";
import {
  createRuntime,
  createSandbox,
  defineTool,
  type Outcome,
  type Session,
  type SessionRunOptions,
} from "../../src/index.ts";
import type { Isolation } from "../../src/isolation/index.ts";
import { failureOf, sleep } from "../support.ts";

let refunds: string[] = [];
const sandbox = createSandbox({
  tools: {
    add: (a: number, b: number) => a + b,
    slow: async (value: unknown) => {
      await sleep(20);
      return value;
    },
    refund: defineTool({
      approval: true,
      run: (input: { order: string }) => {
        refunds.push(input.order);
        return `refunded ${input.order}`;
      },
    }),
  },
  globals: { config: { rate: 2, nested: { on: true } }, twice: (n: number) => 2 * n },
  limits: { cpuMs: 2_000 },
});
afterAll(() => sandbox.close());

const outcomeValue = (outcome: Outcome): unknown => {
  if (outcome.status !== "completed") throw new Error(JSON.stringify(failureOf(outcome)));
  return outcome.value;
};

/** Runs programs one after the other: their values, of failures the messages. */
async function runAll(session: Session, ...sources: string[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const source of sources) {
    const outcome = await session.run(source);
    results.push(outcome.status === "completed" ? outcome.value : failureOf(outcome).message);
  }
  return results;
}

const value = async (session: Session, source: string, options?: SessionRunOptions): Promise<unknown> =>
  outcomeValue(await session.run(source, options));

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

describe("a run of a session", () => {
  test("has input and limits of its own; the sandbox's globals are set up once", async () => {
    const session = sandbox.session({ globals: { extra: { n: 1 } } });
    expect(await value(session, "config.rate = 7; extra.n++; [input, twice.name]", { input: 1 })).toEqual([1, "twice"]);
    expect(await value(session, "[typeof input, config.rate, extra.n, await twice(4)]")).toEqual([
      "undefined",
      7,
      2,
      8,
    ]);
    expect(
      await value(session, "[input, mine, await give()]", { input: 2, globals: { mine: 3, give: () => 4 } }),
    ).toEqual([2, 3, 4]);
    expect(failureOf(await session.run("await give()")).code).toBe("unknown_tool");
    const limited = await session.run("await tools.add(1, 1); await tools.add(1, 1)", { limits: { toolCalls: 1 } });
    expect(failureOf(limited).code).toBe("call_limit");
    expect(await value(session, "await tools.add(1, 1) + await tools.add(1, 1)")).toBe(4);
  });

  test("comes after those that were asked for before, whatever they take", async () => {
    const session = sandbox.session();
    const input = { n: 1 };
    const outcomes = [
      session.run("let order = []; order.push(await tools.slow(1)); order"),
      session.run("order.push(2); order"),
      session.run("order.push(input.n); order", { input }),
    ];
    input.n = 99;
    expect((await Promise.all(outcomes)).map(outcomeValue)).toEqual([[1], [1, 2], [1, 2, 1]]);
  });

  test("is told its own lines, and those of earlier programs by their number", async () => {
    const session = sandbox.session();
    await session.run("let calls = 0\nfunction fail() {\n  throw new Error('no')\n}");
    const outcome = await session.run("1;\n\n  fail()");
    expect(outcome).toMatchObject({
      error: { line: 3, column: 3, stack: "    at fail (program-1.js:3)\n    at <anonymous> (program-2.js:3:3)" },
    });
    expect(failureOf(outcome).frame).toContain("> 3 |   fail()");
    expect(await session.run("\nawait new Promise(() => {})")).toMatchObject({ error: { code: "deadlock", line: 2 } });
    const called = await session.run("\nawait tools.add(1, 2)");
    expect(called.calls).toMatchObject([{ line: 2 }]);
  });

  test("may be cancelled, or run out of time while it waits: the session goes on", async () => {
    const session = sandbox.session();
    await session.run("let a = 1");
    const controller = new AbortController();
    const running = session.run("a = 2; await tools.slow(1); a = 3", { signal: controller.signal });
    await sleep(5);
    controller.abort();
    expect(failureOf(await running).code).toBe("cancelled");
    const late = await session.run("let b = 1; await new Promise((r) => setTimeout(r, 5000)); b = 2", {
      limits: { wallMs: 30 },
    });
    expect(failureOf(late).code).toBe("wall_limit");
    expect(await value(session, "[a, b]")).toEqual([2, 1]);
  });

  test("keeps its own machine, also where that of a cancelled one comes late", async () => {
    const { isolation } = createRuntime();
    const delays = [60, 0, 0];
    const slow: Isolation = {
      engineId: isolation.engineId,
      close: () => isolation.close(),
      open: async (need) => {
        await sleep(delays.shift() ?? 0);
        return isolation.open(need);
      },
    };
    await using own = createSandbox({ runtime: { isolation: slow, close: () => undefined } });
    const session = own.session();
    const controller = new AbortController();
    const cancelled = session.run("1", { signal: controller.signal });
    await sleep(10);
    controller.abort();
    expect(failureOf(await cancelled).code).toBe("cancelled");
    await value(session, "let a = 1; await new Promise((r) => setTimeout(r, 120))");
    expect(await value(session, "a")).toBe(1);
  });

  test("drops what earlier ones left waiting", async () => {
    const session = sandbox.session();
    const first = await session.run(
      "let told = []; tools.slow(1).then(() => told.push('call')); setTimeout(() => told.push('timer'), 1); 1",
    );
    expect(first.warnings).toMatchObject([{ code: "call_aborted" }]);
    await sleep(40);
    expect(await value(session, "await new Promise((r) => setTimeout(r, 10)); told")).toEqual([]);
  });

  test("may yield and emit", async () => {
    const session = sandbox.session();
    const onYield = (n: unknown) => (n as number) * 2;
    expect(await value(session, "const got = yield 1\nconst more = await emit(got)\nmore", { onYield })).toBe(4);
    expect(await value(session, "[got, more]")).toEqual([2, 4]);
  });

  test("is not called where it only declares a function", async () => {
    const session = sandbox.session();
    const outcome = await session.run("let times = 0\nasync function main() { return ++times }");
    expect([outcome.status, outcome.warnings]).toEqual(["completed", []]);
    expect(await value(session, "await main()")).toBe(1);
  });

  test("is refused for misuse only", async () => {
    const session = sandbox.session();
    await expect(session.run(5 as unknown as string)).rejects.toThrow(/expected the source to be a string/);
    await expect(session.run("1", { tenant: "x" } as SessionRunOptions)).rejects.toThrow(/unknown "tenant"/);
    await expect(session.run("1", { limits: { memoryBytes: 1 << 20 } })).rejects.toThrow(/the session's/);
    await expect(session.resume()).rejects.toThrow(/no run of the session is suspended/);
    expect(() => sandbox.session({ snapshots: 1 } as never)).toThrow(/unknown "snapshots"/);
    expect((await session.run("let a = ;")).status).toBe("failed");
    expect(failureOf(await session.run("1", { input: () => 1 })).code).toBe("unserializable");
    expect(await value(session, "1")).toBe(1);
  });
});

describe("a session that lost its machine", () => {
  test.each([
    ["time", "for (;;);", "cpu_limit"],
    ["memory", "let all = []; for (;;) all.push(new Array(10000).fill(7))", "memory_limit"],
    ["yields", "for (;;) emit(1)", "yield_limit"],
  ])("by %s says so, and still gives the state before", async (_name, source, code) => {
    const session = sandbox.session({ limits: { yields: 10, cpuMs: 500, memoryBytes: 8 << 20 } });
    await session.run("let a = 1; function f() { return a }");
    expect(failureOf(await session.run(`a = 2; ${source}`)).code).toBe(code);
    const after = failureOf(await session.run("a"));
    expect([after.code, after.message]).toEqual(["session_ended", expect.stringContaining(code)]);
    const again = sandbox.session({ snapshot: await session.snapshot() });
    expect(await value(again, "f()")).toBe(1);
    expect(await value(await session.fork(), "f()")).toBe(1);
    expect((await session.variables()).map(({ name, preview }) => [name, preview])).toEqual([
      ["a", "1"],
      ["f", "f()"],
    ]);
  });

  test("has not lost it by an ordinary error, a full stack included", async () => {
    const session = sandbox.session();
    expect(failureOf(await session.run("let a = 1; const f = () => f(); f()")).code).toBe("stack_limit");
    expect(await value(session, "a")).toBe(1);
  });

  test("by being closed runs nothing more", async () => {
    const session = sandbox.session();
    await session.run("let a = 1");
    const running = session.run("await new Promise((r) => setTimeout(r, 5000))");
    const waiting = session.run("1");
    await sleep(5);
    await session.close();
    expect(failureOf(await running).code).toBe("cancelled");
    expect(failureOf(await waiting).code).toBe("session_ended");
    expect(failureOf(await session.run("a")).code).toBe("session_ended");
    await expect(session.snapshot()).rejects.toThrow(/closed/);
  });

  test("was given bytes that are no snapshot of a session", async () => {
    const bad = sandbox.session({ snapshot: Uint8Array.of(1, 2, 3) });
    expect(failureOf(await bad.run("1")).code).toBe("snapshot_invalid");
    await expect(bad.snapshot()).rejects.toMatchObject({ code: "snapshot_invalid" });
    await expect(bad.variables()).rejects.toMatchObject({ code: "snapshot_invalid" });
    const suspended = await sandbox.run("await tools.refund({ order: 'A' })");
    if (suspended.status !== "suspended") throw new Error("not suspended");
    const run = sandbox.session({ snapshot: suspended.snapshot });
    expect(failureOf(await run.run("1"))).toMatchObject({ code: "snapshot_invalid", message: /sandbox\.resume/ });
    const idle = await sandbox.session().snapshot();
    const resumed = await sandbox.resume(idle).outcome;
    expect(failureOf(resumed)).toMatchObject({ code: "snapshot_invalid", message: /sandbox\.session/ });
    const others = sandbox.session({ snapshot: await sandbox.session({ tenant: "a" }).snapshot(), tenant: "b" });
    expect(failureOf(await others.run("1")).code).toBe("snapshot_key");
  });

  test("with its sandbox is refused", async () => {
    const own = createSandbox();
    const session = own.session();
    await session.run("let a = 1");
    await own.close();
    await expect(session.run("a")).rejects.toThrow(/the sandbox is closed/);
    expect(() => own.session()).toThrow(/the sandbox is closed/);
  });
});

describe("the state of a session", () => {
  test("is a snapshot: of what never ran, of what ran, of what grew", async () => {
    const empty = sandbox.session({ snapshot: await sandbox.session().snapshot() });
    expect(await value(empty, "[typeof a, config.rate]")).toEqual(["undefined", 2]);
    const session = sandbox.session();
    await session.run(
      "const rows = Array.from({ length: 50_000 }, (_, id) => ({ id })); const byId = new Map(rows.map((row) => [row.id, row]))",
    );
    const bytes = await session.snapshot();
    const again = sandbox.session({ snapshot: bytes });
    expect(await value(again, "rows[7].seen = true; [rows.length, byId.get(7).seen, config.rate]")).toEqual([
      50_000,
      true,
      2,
    ]);
    expect(await value(session, "rows[7].seen === undefined")).toBe(true);
    expect(await value(sandbox.session({ snapshot: bytes }), "typeof rows[7].seen")).toBe("undefined");
  });

  test("holds nothing that nobody refers to any more", async () => {
    const session = sandbox.session();
    const size = async () => (await session.snapshot()).length;
    await session.run("let kept = 1; let cycle");
    const before = await size();
    for (let times = 0; times < 20; times++) {
      await session.run(
        "cycle = { text: 'abcdefghij'.repeat(500) + Math.random() }; cycle.self = () => cycle; cycle = undefined",
      );
    }
    expect((await size()) - before).toBeLessThan(2000);
  });

  test("keeps the memory limit of the session that it is of", async () => {
    const session = sandbox.session({ limits: { memoryBytes: 100 << 20 } });
    await session.run("let big = new Uint8Array(80 << 20).fill(1)");
    const again = sandbox.session({ snapshot: await session.snapshot() });
    expect(await value(again, "big[5] + big.length")).toBe((80 << 20) + 1);
  }, 20_000);

  test("too large for a snapshot is told", async () => {
    const session = sandbox.session({ limits: { snapshotBytes: 2000 } });
    await expect(session.snapshot()).resolves.toBeInstanceOf(Uint8Array);
    await session.run("let noise = Array.from({ length: 2000 }, Math.random)");
    await expect(session.snapshot()).rejects.toMatchObject({ failure: { code: "snapshot_limit" } });
    expect(await value(session, "noise.length")).toBe(2000);
  });

  test("forks into sessions that go their own ways", async () => {
    const session = sandbox.session();
    await session.run("let list = [1]; const add = (n) => list.push(n)");
    const [one, two] = await Promise.all([session.fork(), session.fork()]);
    await Promise.all([one.run("add(2)"), two.run("add(3); list = list.map(String)"), session.run("add(4)")]);
    expect(await Promise.all([one, two, session].map((each) => value(each, "list")))).toEqual([
      [1, 2],
      ["1", "3"],
      [1, 4],
    ]);
  });
});

describe("a suspended run of a session", () => {
  const waiting = "const order = 'A1'\nconst answer = await tools.refund({ order })\nlet done = true\nanswer";

  test("is resumed by answers; until then the session runs nothing else", async () => {
    refunds = [];
    const session = sandbox.session();
    const outcome = await session.run(waiting);
    if (outcome.status !== "suspended") throw new Error(outcome.status);
    const [call] = outcome.pending;
    expect(call).toMatchObject({ tool: "refund", kind: "approval", line: 2 });
    await expect(session.run("1")).rejects.toThrow(/a run of the session is suspended/);
    expect((await session.variables()).map(({ name, preview }) => [name, preview])).toEqual([
      ["order", '"A1"'],
      ["answer", "undefined"],
      ["done", "undefined"],
    ]);
    expect((await session.resume({})).status).toBe("suspended");
    const resumed = await session.resume({ [call!.id]: { approve: true } });
    expect(outcomeValue(resumed)).toBe("refunded A1");
    expect(resumed.runId).toBe(outcome.runId);
    expect(await value(session, "[order, answer, done]")).toEqual(["A1", "refunded A1", true]);
    expect(refunds).toEqual(["A1"]);
  });

  test("is carried by a snapshot and by the outcome's own bytes, and may be forked", async () => {
    refunds = [];
    const session = sandbox.session();
    await session.run("let before = 1");
    const outcome = await session.run(waiting);
    if (outcome.status !== "suspended") throw new Error(outcome.status);
    const id = outcome.pending[0]!.id;
    for (const bytes of [outcome.snapshot, await session.snapshot()]) {
      const again = sandbox.session({ snapshot: bytes });
      expect((await again.resume({ [id]: { deny: "no" } })).status).toBe("failed");
      expect(await value(again, "[before, order, typeof done]")).toEqual([1, "A1", "undefined"]);
    }
    const fork = await session.fork();
    const forked = await fork.resume({ [id]: { value: "by hand" } });
    expect(outcomeValue(forked)).toBe("by hand");
    expect(forked.runId).not.toBe(outcome.runId);
    expect(outcomeValue(await session.resume({ [id]: { approve: true } }))).toBe("refunded A1");
    expect(refunds).toEqual(["A1"]);
  });

  test("that breaks its machine when it is resumed leaves the session as it was before", async () => {
    const session = sandbox.session();
    const outcome = await session.run("let a = 1; const answer = await tools.refund({ order: 'B' }); for (;;);", {
      limits: { cpuMs: 200 },
    });
    if (outcome.status !== "suspended") throw new Error(outcome.status);
    const id = outcome.pending[0]!.id;
    expect(failureOf(await session.resume({ [id]: { value: 1 } })).code).toBe("cpu_limit");
    const again = sandbox.session({ snapshot: await session.snapshot() });
    await expect(again.run("1")).rejects.toThrow(/suspended/);
  });
});

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
