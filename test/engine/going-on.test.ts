import { describe, expect, test } from "vitest";
import type { Delta, Emission, Machine, MachineSetup, Turn } from "../../src/engine/index.ts";
import { newMachine, program, setup } from "./machines.ts";

const WALL_MS = 10_000;

/** A delta as it comes back from a store: through JSON, its words apart. */
function stored(delta: Delta): Delta {
  const { words, ...rest } = structuredClone(delta);
  return { ...(JSON.parse(JSON.stringify(rest)) as Omit<Delta, "words">), words };
}

/** Runs a program to its end, answering calls and yields with their input and firing timers; `between` may move it. */
async function emissionsOf(
  source: string,
  limits: Partial<MachineSetup["limits"]>,
  between: (machine: Machine, setup: MachineSetup) => Machine | Promise<Machine>,
): Promise<{ emissions: Emission[]; end: Partial<Turn> }> {
  const settings = setup({ nowMs: 1_000, limits: { ...setup().limits, ...limits } });
  const start = { ...(await program(source)), originMs: 1_000 };
  let machine = await newMachine();
  let turn = machine.start(start, settings, WALL_MS);
  const emissions: Emission[] = [];
  const owed: Emission[] = [];
  for (;;) {
    for (const emission of turn.emissions) {
      emissions.push(emission.type === "log" ? { ...emission, at: 0 } : emission);
      if (emission.type === "clear") {
        owed.splice(
          owed.findIndex((timer) => timer.type === "timer" && timer.id === emission.id),
          1,
        );
      } else if (emission.type === "call" || emission.type === "yield" || emission.type === "timer")
        owed.push(emission);
    }
    const { emissions: _emissions, spent: _spent, ...end } = turn;
    if (Object.keys(end).length > 0) return { emissions, end };
    machine = await between(machine, settings);
    turn = settle(machine, owed.shift());
  }
}

function settle(machine: Machine, emission: Emission | undefined): Turn {
  if (emission?.type === "call") {
    return machine.deliver({ id: emission.id, fulfilled: true, text: emission.input }, WALL_MS);
  }
  if (emission?.type === "yield") {
    return machine.deliver({ id: emission.id, fulfilled: true, text: emission.value }, WALL_MS);
  }
  if (emission?.type !== "timer") throw new Error("nothing is owed");
  return machine.wake(emission.id, WALL_MS);
}

async function moved(machine: Machine, settings: MachineSetup): Promise<Machine> {
  const other = await newMachine();
  other.load(stored(machine.save()), settings);
  return other;
}

const WAIT = "await tools.add(0);";

describe("a run that is saved and loaded at each of its waits goes on as one that never was", () => {
  test.each<[string, string, Partial<MachineSetup["limits"]>]>([
    [
      "with logs beyond their limits",
      `for (let i = 0; i < 12; i++) { console.log(i); ${WAIT} console.warn('x'.repeat(i * 4)) } return 1`,
      { logEntries: 8, logBytes: 100 },
    ],
    [
      "with calls beyond their limit",
      `const codes = []; for (let i = 0; i < 6; i++) { try { await tools.add(i) } catch (e) { codes.push(e.code) } await sleep(1) } return codes`,
      { toolCalls: 2 },
    ],
    [
      "with callbacks that throw",
      `for (let i = 0; i < 30; i++) { queueMicrotask(() => { throw new Error('late ' + i) }); await sleep(1) } return 1`,
      {},
    ],
    [
      "with timers up to their cap",
      `let most = 0; try { for (;;) { setTimeout(() => {}, 5); most++ } } catch {} ${WAIT} let more = 0; try { for (;;) { setTimeout(() => {}, 5); more++ } } catch (e) { return [most, more, e.message] }`,
      {},
    ],
    [
      "with more bytes in flight than may wait together",
      `const text = 'x'.repeat(9e6); const both = [emit(text)]; await sleep(0);
       try { await emit(text) } catch (e) { return [e.code, (await both[0]).length] }`,
      { resultBytes: 10 << 20, memoryBytes: 200 << 20 },
    ],
    [
      "with yields, intervals and cleared timers",
      `let n = 0; const every = setInterval(() => n++, 5); const never = setTimeout(() => { n = 1e6 }, 50);
       const a = yield 1; const b = yield 2; await sleep(7); clearTimeout(never); await sleep(9); clearInterval(every); return [a, b, n]`,
      {},
    ],
    [
      "with rejections that are handled late or never",
      `const late = Promise.reject(new Error('late')); Promise.reject(new Error('never')); ${WAIT} late.catch(() => {}); ${WAIT} return 1`,
      {},
    ],
    [
      "that churns through blocks of all sizes",
      `const kept = []; let seed = 7; let made = 0;
       const next = (end) => (seed = (seed * 48271) % 2147483647) % end;
       for (let round = 0; round < 12; round++) {
         for (let i = 0; i < 800; i++) {
           const size = next(40);
           const value = [{ ['k' + next(300)]: i }, 'x'.repeat(size * 30) + i, Array.from({ length: size * 4 }, (_, at) => at + made), new Map([[i, () => made]]), new Uint8Array(size * 50).fill(i)][i % 5];
           kept[next(500)] = value; made++;
         }
         ${WAIT}
       }
       const text = (value) => value instanceof Uint8Array ? value.join() : value instanceof Map ? [...value.keys()] + ' ' + [...value.values()][0]() : JSON.stringify(value);
       const all = kept.map(text).join(); let sum = all.length;
       for (let at = 0; at < all.length; at++) sum = (Math.imul(sum, 31) + all.charCodeAt(at)) | 0;
       return [made, sum]`,
      {},
    ],
  ])("%s", async (_what, source, limits) => {
    const stayed = await emissionsOf(source, limits, (machine) => machine);
    const travelled = await emissionsOf(source, limits, moved);
    expect(travelled).toEqual(stayed);
  });

  test("which leaves the saved machine as it was", async () => {
    const source = `for (let i = 0; i < 12; i++) { console.log(i); ${WAIT} } return 1`;
    const limits = { logEntries: 8 };
    const stayed = await emissionsOf(source, limits, (machine) => machine);
    const saved = await emissionsOf(source, limits, (machine) => {
      machine.save();
      return machine;
    });
    expect(saved).toEqual(stayed);
  });
});

describe("a delta", () => {
  test("holds nothing that the program has let go", async () => {
    const machine = await newMachine();
    const source = `{ const parts = ["PASS", "WORD"]; for (let n = 0; n < 9; n++) (parts.join("-") + n).repeat(1 + n * n); }
      ${WAIT} return 1`;
    machine.start(await program(source), setup(), WALL_MS);
    expect(Buffer.from(machine.save().words).toString("latin1")).not.toContain("PASS-WORD");
  });

  test("of a small program is small", async () => {
    const machine = await newMachine();
    const source = `const f = (x) => x + 1; let total = 0;
      for (const i of [1, 2, 3]) { total = f(await tools.add(total, i)) } return total`;
    machine.start(await program(source), setup(), WALL_MS);
    expect(machine.save().words.length).toBeLessThan(6_000);
  });
});

describe("the clock of a run that goes on", () => {
  test("can be ahead of the host's", async () => {
    const machine = await newMachine();
    machine.start(await program("await tools.add(1); return Date.now()"), setup(), WALL_MS);
    const other = await newMachine();
    const before = Date.now();
    other.load(machine.save(), setup({ clockSkewMs: 60_000.4 }));
    const turn = other.deliver({ id: 1, fulfilled: true, text: "0" }, WALL_MS);
    const now = Number(turn.settled?.text);
    expect(now).toBeGreaterThanOrEqual(before + 60_000);
    expect(now).toBeLessThanOrEqual(Date.now() + 60_001);
  });
});
