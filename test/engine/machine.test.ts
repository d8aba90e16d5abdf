import { describe, expect, test } from "vitest";
import { PAGE, tailorWasm } from "../../src/engine/index.ts";
import { loadEngine } from "../../src/engine/load/node.ts";
import { callsOf, newMachine, program, setup } from "./machines.ts";

const WALL_MS = 10_000;

describe("a machine", () => {
  test("is saved while a program waits, and the program goes on in another machine, again and again", async () => {
    const source = `
      const seen = new Map(); let total = 0;
      function* numbers() { let n = 0; for (;;) yield ++n }
      const next = numbers();
      try {
        for (const name of ["a", "b", "c", "d"]) {
          const both = await Promise.all([tools.add(next.next().value, 1), tools.add(next.next().value, 2)]);
          seen.set(name, both); total += both[0] + both[1];
        }
      } finally { total += 1000 }
      return [total, [...seen]]`;
    const start = await program(source);
    const machines = [await newMachine(), await newMachine()];
    let turn = machines[0]!.start(start, setup(), WALL_MS);
    let visits = 0;
    while (!turn.settled) {
      const calls = callsOf(turn);
      expect(calls).toHaveLength(2);
      for (const { id, input } of calls) {
        const delta = structuredClone(machines[visits % 2]!.save());
        machines[visits % 2]!.rewind();
        visits++;
        const machine = machines[visits % 2]!;
        machine.rewind();
        machine.load(delta, setup({ seed: [visits, 2, 3, 4] }));
        const [a, b] = JSON.parse(input) as [number, number];
        turn = machine.deliver({ id, fulfilled: true, text: String(a + b) }, WALL_MS);
      }
    }
    const numbers = [
      [2, 4],
      [4, 6],
      [6, 8],
      [8, 10],
    ];
    expect(JSON.parse(turn.settled.text)).toEqual([
      1048,
      ["a", "b", "c", "d"].map((name, index) => [name, numbers[index]]),
    ]);
    expect(visits).toBe(8);
  });

  test("is saved while a part of a stream is out, and takes that part elsewhere", async () => {
    const start = await program("const seen = []; for await (const part of tools.add()) seen.push(part); return seen");
    const [first, second] = [await newMachine(), await newMachine()];
    const [call] = callsOf(first.start(start, setup(), WALL_MS));
    const opened = first.deliver({ id: call!.id, fulfilled: true, as: "stream", text: "" }, WALL_MS);
    expect(opened.emissions).toEqual([{ type: "pull", id: 2, call: 1 }]);
    second.load(structuredClone(first.save()), setup());
    const next = second.deliver({ id: 2, fulfilled: true, text: '{"a":1}' }, WALL_MS);
    expect(next).toMatchObject({ emissions: [{ type: "pull", id: 3, call: 1 }] });
    expect(next.deadlock).toBeUndefined();
    const over = second.deliver({ id: 3, fulfilled: true, as: "end", text: "" }, WALL_MS);
    expect(over.settled).toMatchObject({ fulfilled: true, text: '[{"a":1}]' });
  });

  test("whose memory grew is saved and loaded all the same, and is not used again", async () => {
    const start = await program(
      "const rows = Array.from({ length: 40000 }, (_, id) => ({ id })); await tools.add(1, 2); return rows.length + rows.at(-1).id",
    );
    const first = await newMachine();
    first.start(start, setup(), WALL_MS);
    const delta = first.save();
    expect(first.reusable).toBe(false);
    const second = await newMachine();
    second.load(delta, setup());
    const turn = second.deliver({ id: 1, fulfilled: true, text: "3" }, WALL_MS);
    expect(turn.settled?.text).toBe("79999");
  });

  test("counts a rejection that was unhandled before the move and handled after it", async () => {
    const start = await program(
      "const lost = Promise.reject(new Error('lost')); await tools.add(1, 2); lost.catch(() => {}); await null; return 1",
    );
    const [first, second] = [await newMachine(), await newMachine()];
    first.start(start, setup(), WALL_MS);
    second.load(first.save(), setup());
    expect(second.deliver({ id: 1, fulfilled: true, text: "3" }, WALL_MS).settled).toMatchObject({
      text: "1",
      unhandled: [],
      moreUnhandled: 0,
    });
  });

  test("ignores answers that nobody waits for", async () => {
    const start = await program("return await tools.add(1, 2)");
    const machine = await newMachine();
    machine.start(start, setup(), WALL_MS);
    expect(machine.deliver({ id: 99, fulfilled: true, text: "0" }, WALL_MS).settled).toBeUndefined();
    expect(machine.deliver({ id: 1, fulfilled: true, text: "3" }, WALL_MS).settled?.text).toBe("3");
    expect(machine.deliver({ id: 1, fulfilled: true, text: "4" }, WALL_MS).settled?.text).toBe("3");
  });

  test("gives equal deltas for equal programs, seeds and clocks", async () => {
    const start = {
      ...(await program("const r = Math.random(); const t = Date.now(); await tools.add(r, t); return r")),
      originMs: 1000,
    };
    const [first, second] = [await newMachine(), await newMachine()];
    for (const machine of [first, second]) machine.start(start, setup({ nowMs: 1000 }), WALL_MS);
    expect(first.save().words).toEqual(second.save().words);
  });

  test.each([
    ["a loop", "for (;;);", "cpu_limit"],
    ["a loop that catches", "for (;;) { try { for (;;); } catch {} }", "cpu_limit"],
    ["a loop of microtasks", "for (;;) await null", "cpu_limit"],
    ["a promise executor that swallows the interrupt", "for (;;) new Promise(() => { for (;;); })", "cpu_limit"],
    [
      "an iterator whose closing loops",
      "const it = { [Symbol.iterator]: () => ({ next: () => ({ done: false }), return() { for (;;); } }) }; for (;;) { try { for (const x of it) throw 1 } catch {} }",
      "cpu_limit",
    ],
  ])("is stopped by its own clock and unsound afterwards: %s", async (_what, source, code) => {
    const machine = await newMachine();
    const limits = { ...setup().limits, cpuMs: 50 };
    const turn = machine.start(await program(source), setup({ limits }), WALL_MS);
    expect(turn.breakdown?.code).toBe(code);
    expect(machine.sound).toBe(false);
  });

  test("counts the same steps for the same program", async () => {
    const start = await program("let n = 0; for (let i = 0; i < 300000; i++) n += i % 7; return n");
    const steps = [];
    for (let i = 0; i < 3; i++) {
      const machine = await newMachine();
      steps.push(machine.start(start, setup({ nowMs: 5 }), WALL_MS).spent.steps);
    }
    expect(steps[0]).toBeGreaterThan(10);
    expect(new Set(steps).size).toBe(1);
  });

  test("cannot use more linear memory than its maximum", async () => {
    const wasm = await loadEngine();
    const module = await WebAssembly.compile(
      tailorWasm(wasm, { maximumPages: 200, exports: new Set(["memory", "qjs_eval"]) }),
    );
    expect(WebAssembly.Module.imports(module)).toHaveLength(12);
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual(["memory", "qjs_eval"]);
    const machine = await newMachine(1 << 20);
    const limits = { ...setup().limits, memoryBytes: 1 << 20 };
    const turn = machine.start(
      await program("const a = []; for (;;) a.push(new Uint8Array(1e5).fill(1))"),
      setup({ limits }),
      WALL_MS,
    );
    expect(JSON.parse(turn.settled!.text)).toMatchObject({ exhausted: "memory" });
    expect(PAGE).toBe(65_536);
  });
});
