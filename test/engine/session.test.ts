import { describe, expect, test } from "vitest";
import type { Machine, ProgramStart, Turn } from "../../src/engine/index.ts";
import { prepare } from "../../src/language/index.ts";
import { callsOf, newMachine, setup } from "./machines.ts";

const WALL_MS = 10_000;

async function sessionStart(source: string): Promise<ProgramStart> {
  const { form, text } = await prepare(source, { session: true });
  return {
    ...{ text, form, fileName: "program.js", originMs: Date.now() },
    ...{ allowEval: false, functions: [], session: true },
  };
}

async function run(machine: Machine, source: string): Promise<Turn> {
  return machine.start(await sessionStart(source), setup(), WALL_MS);
}

/** The values of several programs, one after the other in one machine; what is thrown is told by its message. */
async function values(machine: Machine, ...sources: string[]): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const source of sources) {
    const { settled } = await run(machine, source);
    if (!settled) throw new Error(`did not settle: ${source}`);
    all.push(settled.fulfilled ? JSON.parse(settled.text) : JSON.parse(settled.text).message);
  }
  return all;
}

describe("a machine of a session", () => {
  test("keeps what its programs declare", async () => {
    const machine = await newMachine();
    expect(
      await values(
        machine,
        "let count = 1; const step = 2; var seen = []; function next() { return count += step } class Point { x = count }; 0",
        "next(); seen.push(new Point().x); seen",
        "const count = 10; let step = 5; next()",
        "step = 6; seen.length + step",
        "count = 1",
      ),
    ).toEqual([0, [3], "'count' is read-only", 7, "'count' is read-only"]);
  });

  test("goes on in another machine by its delta, between two programs", async () => {
    const [first, second] = [await newMachine(), await newMachine()];
    await values(first, "let rows = new Map([[1, { deep: [1, 2] }]]); const f = () => rows.size; 1");
    second.load(structuredClone(first.save()), setup());
    expect(await values(second, "rows.set(2, 3); [f(), rows.get(1).deep[1]]")).toEqual([[2, 2]]);
    expect(await values(first, "f()")).toEqual([1]);
  });

  test("drops the calls and timers of earlier programs, and never takes an old answer for a new one", async () => {
    const machine = await newMachine();
    const first = await run(
      machine,
      "let told = []; let old = tools.add(1, 1).then(() => told.push('call')); setTimeout(() => told.push('timer')); 1",
    );
    const [oldCall] = callsOf(first);
    const oldTimer = first.emissions.find((emission) => emission.type === "timer");
    const second = await run(machine, "const fresh = await tools.add(2, 2); [fresh, told]");
    const [newCall] = callsOf(second);
    expect(newCall!.id).toBeGreaterThan(oldCall!.id);
    expect(machine.deliver({ id: oldCall!.id, fulfilled: true, text: "1" }, WALL_MS).settled).toBeUndefined();
    expect(machine.wake(oldTimer?.type === "timer" ? oldTimer.id : 0, WALL_MS).settled).toBeUndefined();
    expect(machine.deliver({ id: newCall!.id, fulfilled: true, text: "4" }, WALL_MS).settled?.text).toBe("[4,[]]");
  });

  test("takes the end of an earlier program for nobody's", async () => {
    const machine = await newMachine();
    expect((await run(machine, "let go; await new Promise((done) => { go = done }); 'first'")).deadlock).toBeDefined();
    expect(await values(machine, "go(); for (let i = 0; i < 20; i++) await null; 'second'")).toEqual(["second"]);
    expect(await values(machine, "go = undefined; 'third'")).toEqual(["third"]);
  });

  test("stays sound after a text that the engine refuses", async () => {
    const machine = await newMachine();
    await values(machine, "let a = 1; a");
    const start = { ...(await sessionStart("a")), text: "(() => { let b; let b })" };
    expect(machine.start(start, setup(), WALL_MS).refused).toMatch(/SyntaxError/);
    expect(await values(machine, "a + 1")).toEqual([2]);
  });

  test("tells of a rejection in the run where it happened, and not again", async () => {
    const machine = await newMachine();
    expect((await run(machine, "let lost = Promise.reject(new Error('lost')); 1")).settled?.unhandled).toHaveLength(1);
    expect((await run(machine, "2")).settled?.unhandled).toEqual([]);
    expect((await run(machine, "lost.catch(() => {}); 3")).settled?.unhandled).toEqual([]);
  });

  test("holds no more memory after a thousand programs than after a hundred", async () => {
    const machine = await newMachine();
    // Without cycles, which go at a later time.
    const start = await sessionStart(
      "let list = [1, 2, 3]; const total = list.reduce((a, b) => a + b); tools.add(total, 1); setTimeout(() => list); await null; total",
    );
    const failing = await sessionStart("const x = 1; throw new Error('no')");
    const heap = (): number => machine.start(start, setup(), WALL_MS).spent.memoryBytes;
    const heapAfter = (times: number): number => {
      for (let i = 0; i < times; i++) {
        heap();
        machine.start(failing, setup(), WALL_MS);
      }
      return heap();
    };
    const hundred = heapAfter(100);
    expect(heapAfter(1000)).toBeLessThanOrEqual(hundred);
  });

  test("lets no program see the others' inner names", async () => {
    const machine = await newMachine();
    expect(
      await values(
        machine,
        "const $aid = 1, $line = 2, $watch = 3, $own_f = 4; function f() { return 5 } [$aid, $own_f, f()]",
        "let more = await 1; function f() { return 6 } [more, f()]",
        "[$aid, $line, $watch, $own_f]",
      ),
    ).toEqual([
      [1, 4, 5],
      [1, 6],
      [1, 2, 3, 4],
    ]);
  });
});

describe("the variables of a session", () => {
  const list = async (source: string, maxBytes = 1 << 20) => {
    const machine = await newMachine();
    await run(machine, source);
    const { breakdown, text } = machine.variables(1000, maxBytes);
    return { breakdown, list: text === undefined ? undefined : JSON.parse(text) };
  };

  test("are told with their types and sizes, in the order in which they stand", async () => {
    const source = `
      const list = [1, 2], when = new Date(0), nothing = null; let text = 'x'.repeat(1000), later;
      class Point { x = 1 }; const p = new Point(); async function load(url, { retries = 3 } = {}) { return url }
      let waiting = new Promise(() => {}); 0`;
    const { list: all } = await list(source);
    expect(all).toMatchObject([
      { name: "list", type: "object", class: "Array", constant: true, bytes: 5, text: "[1,2]" },
      { name: "when", type: "object", class: "Date" },
      { name: "nothing", type: "null" },
      { name: "text", type: "string", bytes: 1002, text: expect.stringMatching(/^.{350,450}$/) },
      { name: "later", type: "undefined" },
      { name: "Point", type: "function" },
      { name: "p", type: "object", class: "Point", text: '~{"x":1}' },
      { name: "load", type: "function", head: expect.stringMatching(/load\(url, \{ retries = 3 \} = \{\}\)/) },
      { name: "waiting", type: "object", class: "Promise" },
    ]);
  });

  test("end where a proxy spins, and are listed without values even then", async () => {
    const source = "let a = 1, trap = new Proxy({}, { ownKeys() { for (;;); }, getPrototypeOf() { for (;;); } }); 0";
    expect((await list(source)).breakdown?.code).toBe("wall_limit");
    expect((await list(source, 0)).list).toEqual([
      { name: "a", type: "number" },
      { name: "trap", type: "object" },
    ]);
  });

  test("have a budget for all together", async () => {
    const { list: all } = await list("const a = 'x'.repeat(600), b = 'y'.repeat(600), c = 1; 0", 1000);
    expect(all).toMatchObject([{ bytes: 602 }, { name: "b", more: true }, { name: "c", type: "number" }]);
    expect(all[2]).not.toHaveProperty("text");
  });
});
