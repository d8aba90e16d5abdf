import { describe, expect, test } from "vitest";
import type { Emission } from "../../src/engine/index.ts";
import { newMachine, program, setup } from "./machines.ts";

const NOW = Date.UTC(2030, 0, 1);
const WALL_MS = 10_000;

async function timersOf(source: string) {
  const machine = await newMachine();
  const start = { ...(await program(source)), originMs: NOW };
  const turn = machine.start(start, setup({ nowMs: NOW }), WALL_MS);
  const timers = turn.emissions.filter((emission): emission is Extract<Emission, { type: "timer" }> => {
    return emission.type === "timer";
  });
  return { machine, timers, turn };
}

describe("sleep", () => {
  test.each([
    ["sleep(1500.7)", 1500],
    ["sleep('20')", 20],
    ["sleep(90 * 24 * 3600e3)", 90 * 24 * 3600e3],
    ["sleep(1e300)", 8.64e15],
    ["sleep(Infinity)", 8.64e15],
    ["sleep(NaN)", 0],
    ["sleep(-5)", 0],
    ["sleep()", 0],
    ["sleepUntil(new Date('2030-01-02'))", 24 * 3600e3],
    ["sleepUntil('2030-01-01T00:00:01Z')", 1000],
    ["sleepUntil(Date.now() + 7)", 7],
    ["sleepUntil(0)", 0],
  ])("%s asks for one wake-up, and is settled by it", async (code, delayMs) => {
    const { machine, timers } = await timersOf(`\nconst got = await ${code}; return [got, 1]`);
    expect(timers).toMatchObject([{ what: code.split("(")[0], delayMs, stack: expect.stringContaining(":2:") }]);
    expect(machine.wake(timers[0]!.id, WALL_MS).settled?.text).toBe('~[{"$undefined":true},1]');
  });

  test.each([
    ["sleepUntil()", "TypeError", "undefined"],
    ["sleepUntil(null)", "TypeError", "null"],
    ["sleepUntil({ valueOf: () => 1 })", "TypeError", "Object"],
    ["sleepUntil(1n)", "TypeError", "bigint"],
    ["sleepUntil(Symbol())", "TypeError", "symbol"],
    ["sleepUntil('tomorrow')", "RangeError", '"tomorrow"'],
    ["sleepUntil('x'.repeat(1e6))", "RangeError", '"xxxxxx'],
    ["sleepUntil(new Date('?'))", "RangeError", "an invalid Date"],
    ["sleepUntil(NaN)", "RangeError", "NaN"],
    ["sleepUntil(9e15)", "RangeError", "9000000000000000"],
    ["sleep({ valueOf() { throw new EvalError('mine') } })", "EvalError", "mine"],
  ])("%s rejects, and says what it got", async (code, name, message) => {
    const { timers, turn } = await timersOf(`try { await ${code} } catch (e) { return [e.name, e.message] }`);
    expect(timers).toEqual([]);
    const [thrown, said] = JSON.parse(turn.settled!.text) as [string, string];
    expect(thrown).toBe(name);
    expect(said).toContain(message);
    expect(said.length).toBeLessThan(200);
  });

  test("and the timers of the web say what was called, and where", async () => {
    const { timers } = await timersOf(
      "\nsetTimeout(() => {}, 2 ** 40);\nsetInterval(() => {}, 5);\nAbortSignal.timeout(9);\nawait sleep(1)",
    );
    expect(timers.map(({ delayMs, what }) => [what, delayMs])).toEqual([
      ["setTimeout", 2 ** 31 - 1],
      ["setInterval", 5],
      ["setTimeout", 9],
      ["sleep", 1],
    ]);
    expect(timers.map(({ stack }) => /:(\d+):\d+\)?\s*$/m.exec(stack)?.[1])).toEqual(["2", "3", undefined, "5"]);
  });

  test("does not read what a program may have replaced", async () => {
    const { timers } = await timersOf(
      `globalThis.Promise = Date.parse = Date.now = Date.prototype.getTime = Date.prototype.valueOf = () => { throw 1 };
       Object.defineProperty(Object.prototype, "callback", { set() { throw 2 } });
       const date = new Date(${NOW + 5}); sleep(1); sleepUntil(date); await sleepUntil("2030-01-01T00:00:00.007Z")`,
    );
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([1, 5, 7]);
  });

  test("beyond ten thousand rejects", async () => {
    const { turn } = await timersOf(
      "for (let i = 0; i < 10_000; i++) sleep(1e6); try { await sleep(1) } catch (e) { return e.message }",
    );
    expect(turn.settled?.text).toBe('"too many timers are running"');
  });
});
