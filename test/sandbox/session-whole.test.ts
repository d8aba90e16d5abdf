// A session and a program are two halves: cut at its statements and run one by one, a program ends as it does in one piece.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { createSandbox, type Outcome } from "../../src/index.ts";
import { ISOLATIONS } from "../contract/loopback.ts";
import { failureOf } from "../support.ts";

const tools = { add: (a: number, b: number) => a + b };
const sandbox = createSandbox({ tools });
afterAll(() => sandbox.close());

const resultOf = (outcome: Outcome): unknown =>
  outcome.status === "completed" ? { value: outcome.value } : { failed: failureOf(outcome).message };

/** Statements over a few names, each with what it needs; `#` is a name of its own. */
const STATEMENTS: readonly { text: string; needs?: string; gives?: string }[] = [
  { text: "let n = 1;", gives: "n" },
  { text: "var n = 2;", gives: "n" },
  { text: "let n: number = 3 as number;", gives: "n" },
  { text: "n += 2", needs: "n" },
  { text: "n++", needs: "n" },
  { text: "const list = [1, 2, 3];", gives: "list" },
  { text: "let [first, ...list] = [7, 8, 9];", gives: "list" },
  { text: "list.push(list.length)", needs: "list" },
  { text: "for (var i = 0; i < 3; i++) { list.unshift(i); var seen = i }", needs: "list" },
  { text: "for (const item of list) if (item > 2) { n += item }", needs: "list n" },
  { text: "function f(x) { return x + n }", needs: "n", gives: "f" },
  { text: "async function f(x) { await null; return x * 2 }", gives: "f" },
  { text: "const f = (x) => ({ x }).x", gives: "f" },
  { text: "list.push(await f(5))", needs: "f list" },
  { text: "var out = await Promise.all([f(1), f(2)])", needs: "f" },
  { text: "class A { #p = 1; static s = 2; m() { return this.#p + A.s } }", gives: "A" },
  { text: "class A extends Error { constructor(m) { super(m); this.m = () => m.length } }", gives: "A" },
  { text: "list.push(new A('abc').m())", needs: "A list" },
  { text: "try { throw new Error('x') } catch (error) { var caught = error.message } finally { n = 100 }", needs: "n" },
  { text: "let { a = 5, b: { c } = { c: 6 }, ...others } = { d: 1 };", gives: "a" },
  { text: "[a, n] = [n, a]", needs: "a n" },
  { text: "switch (n) { case 1: var which = 'one'; break; default: { let which2 = 1 } }", needs: "n" },
  { text: "enum E { X = 4, Y }", gives: "E" },
  { text: "list.push(E.Y, E[4])", needs: "E list" },
  { text: "label: for (;;) { for (var k of [1, 2]) { if (k === 2) break label } }" },
  { text: "n = await tools.add(n, 1)", needs: "n" },
  { text: "if (list.length) var some = true; else var none = true", needs: "list" },
  { text: "delete globalThis.nothing" },
  { text: "(function () { var n = 'inner'; list.push(n) })()", needs: "list" },
  { text: "`${n}` === String(n) || missing()", needs: "n" },
];

const NAMES = ["n", "list", "i", "seen", "out", "a", "c", "others", "caught", "which", "k", "some", "none", "first"];
const FINAL = `({ ${NAMES.map((name) => `${name}: typeof ${name} === "undefined" ? "none" : ${name}`).join(", ")} })`;

/** A program in which each name is declared once, before it is used. */
function programOf(picks: readonly number[]): string[] {
  const given = new Set<string>();
  const statements: string[] = [];
  for (const pick of picks) {
    const { gives, needs, text } = STATEMENTS[pick % STATEMENTS.length]!;
    if (gives !== undefined && given.has(gives)) continue;
    if (needs?.split(" ").some((name) => !given.has(name))) continue;
    if (text.startsWith("let [first")) given.add("first");
    if (gives !== undefined) given.add(gives);
    statements.push(text);
  }
  return [...statements, FINAL];
}

describe("a program", () => {
  test("ends as its statements do, run one by one or in any groups", async () => {
    const picks = fc.array(fc.nat({ max: STATEMENTS.length - 1 }), { minLength: 3, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(picks, fc.infiniteStream(fc.boolean()), async (chosen, cuts) => {
        const statements = programOf(chosen);
        const whole = await sandbox.run(statements.join(";\n"));
        const session = sandbox.session();
        const groups = [[statements[0]!]];
        for (const statement of statements.slice(1)) {
          if (cuts.next().value) groups.push([statement]);
          else groups.at(-1)?.push(statement);
        }
        let last: Outcome | undefined;
        for (const group of groups) last = await session.run(group.join(";\n"));
        expect(resultOf(last as Outcome)).toEqual(resultOf(whole));
        await session.close();
      }),
      { numRuns: 150 },
    );
  });
});

describe.each(ISOLATIONS)("a session on machines %s", (_name, makeRuntime) => {
  test("goes from run to run, into a snapshot and out of it, and ends with its machine", async () => {
    const runtime = makeRuntime();
    await using own = createSandbox({ tools, runtime, limits: { cpuMs: 300 } });
    const session = own.session();
    expect(resultOf(await session.run("let n = await tools.add(1, 2); const f = () => n; f()"))).toEqual({ value: 3 });
    const asked = ["n++", "n++; f()"].map((source) => session.run(source));
    expect((await Promise.all(asked)).map(resultOf)).toEqual([{ value: 3 }, { value: 5 }]);
    const again = own.session({ snapshot: await session.snapshot() });
    expect((await again.variables()).map(({ preview }) => preview)).toEqual(["5", "f()"]);
    const controller = new AbortController();
    const waiting = session.run("n = 9; await new Promise((r) => setTimeout(r, 5000))", { signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 30));
    controller.abort();
    expect(failureOf(await waiting).code).toBe("cancelled");
    expect(resultOf(await session.run("f()"))).toEqual({ value: 9 });
    expect(failureOf(await session.run("for (;;);")).code).toBe("cpu_limit");
    expect(failureOf(await session.run("f()")).code).toBe("session_ended");
    expect(resultOf(await again.run("f()"))).toEqual({ value: 5 });
    runtime.close();
  });
});

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);

/** Goes on with the session whose snapshot comes as an argument; prints the next one. */
const ELSEWHERE = `
  import { createSandbox } from "./src/index.ts";
  const snapshotKey = Uint8Array.from({ length: 32 }, (_, index) => index);
  const sandbox = createSandbox({ snapshotKey, tools: { add: (a, b) => a + b } });
  const session = sandbox.session({ snapshot: Buffer.from(process.argv[1], "base64") });
  const { value } = await session.run("visits.set(visits.size, await tools.add(visits.size, 1)); history()");
  console.log(JSON.stringify({ value, snapshot: Buffer.from(await session.snapshot()).toString("base64") }));
  await sandbox.close();
`;

test("a session goes on in other processes", async () => {
  await using own = createSandbox({ snapshotKey: KEY, tools });
  const session = own.session();
  await session.run("const visits = new Map(); const history = () => [...visits]; class Visit {}");
  let snapshot = await session.snapshot();
  for (const expected of [
    [[0, 1]],
    [
      [0, 1],
      [1, 2],
    ],
  ]) {
    const args = [
      "--import",
      "tsx",
      "--input-type=module",
      "--eval",
      ELSEWHERE,
      Buffer.from(snapshot).toString("base64"),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const told = JSON.parse(stdout) as { value: unknown; snapshot: string };
    expect(told.value).toEqual(expected);
    snapshot = Uint8Array.from(Buffer.from(told.snapshot, "base64"));
  }
  const back = own.session({ snapshot });
  expect(resultOf(await back.run("[history().length, new Visit() instanceof Visit]"))).toEqual({ value: [2, true] });
}, 60_000);
