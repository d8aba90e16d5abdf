import fc from "fast-check";
import { expect, it } from "vitest";
import type { Machine, Turn } from "../../src/engine/index.ts";
import { mapStack, type PreparedProgram, type PrepareOptions, prepare, SourceError } from "../../src/language/index.ts";
import { newMachine, setup } from "../engine/machines.ts";
import { randomProgram } from "./random-programs.ts";

const MACHINES = { machine: undefined as Machine | undefined };

/** Runs a program; what can be seen of it: how it ended, in which line and column, and what it logged where. */
async function seenOf(source: string, options: PrepareOptions): Promise<unknown> {
  const program = await prepare(source, options).catch((error: unknown) => error);
  if (program instanceof SourceError) return { refused: program.message };
  const prepared = program as PreparedProgram;
  if (!MACHINES.machine?.reusable) MACHINES.machine = await newMachine();
  const { machine } = MACHINES;
  machine.rewind(true);
  const start = { ...prepared, fileName: "program.js", originMs: 0, allowEval: false, functions: [] };
  const track = options.track === true;
  const turn = machine.start(start, setup({ nowMs: 0, track }), 10_000);
  if (track) expect(turn.tracked, source).toBeDefined();
  return { ...endOf(prepared, turn), logs: turn.emissions.map((emission) => placed(prepared, emission)) };
}

function endOf(prepared: PreparedProgram, { breakdown, deadlock, refused, settled }: Turn): object {
  const unhandled = settled?.unhandled.map((text) => placed(prepared, JSON.parse(text)));
  if (!settled || settled.fulfilled) return { breakdown, deadlock, refused, text: settled?.text, unhandled };
  return { failure: placed(prepared, JSON.parse(settled.text)), unhandled };
}

/** Stacks in the author's positions. */
function placed(prepared: PreparedProgram, value: object): object {
  if (!("stack" in value)) return value;
  // The engine tells a line behind it for an assignment to a constant, whichever has code.
  if ("message" in value && /is read-only$/.test(String(value.message))) return { ...value, stack: "", at: 0 };
  return { ...value, stack: mapStack(prepared, String(value.stack)).stack, at: 0 };
}

/** For a call without a place of its own the engine tells one inside a function among its arguments, which may be ours. */
function withoutUnknownColumns(seen: unknown, other: unknown): unknown {
  const places = /\(?program\.js:\d+(?::\d+)?\)?/g;
  const others = JSON.stringify(other).match(places) ?? [];
  let index = 0;
  const text = JSON.stringify(seen).replace(places, (place) => {
    const found = others[index++] ?? "";
    return place.replace(/:\d+(\)?)$/, "$1") === found ? found : place;
  });
  return JSON.parse(text);
}

it("a program that is tracked does exactly what it does untracked, and fails in the same places", async () => {
  let ran = 0;
  let failed = 0;
  await fc.assert(
    fc.asyncProperty(randomProgram, async (source) => {
      const untracked = (await seenOf(source, {})) as { failure?: unknown; refused?: unknown };
      if (untracked.refused !== undefined) return;
      ran++;
      if (untracked.failure) failed++;
      const tracked = await seenOf(source, { track: true });
      expect(withoutUnknownColumns(tracked, tracked)).toEqual(withoutUnknownColumns(untracked, tracked));
    }),
    { numRuns: Number(process.env.TARDIGRADE_FUZZ_RUNS ?? 1000) },
  );
  expect(ran).toBeGreaterThan(100);
  expect(failed).toBeGreaterThan(20);
  if (process.env.TARDIGRADE_FUZZ_RUNS) console.info(`${ran} programs ran, ${failed} of them failed.`);
});
