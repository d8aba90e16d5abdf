import type { MachineSetup, Tracked, Turn } from "../../src/engine/index.ts";
import { decode } from "../../src/values/index.ts";
import { newMachine, program, setup } from "./machines.ts";

const WALL_MS = 10_000;

/** Runs a tracked program on a new machine until it is quiet; reads what it holds, if it waits by asking for it. */
export async function trackedRun(source: string, overrides: Partial<MachineSetup> = {}): Promise<TrackedRun> {
  const machine = await newMachine();
  const start = await program(source, { track: true });
  const turn = machine.start(start, setup({ track: true, ...overrides }), WALL_MS);
  const tracked = turn.tracked ?? machine.observe() ?? { variables: [], lines: [] };
  return { turn, sound: machine.sound, variables: variablesOf(tracked), lines: linesOf(tracked) };
}

/** What a tracked run brought. */
export interface TrackedRun {
  turn: Turn;
  sound: boolean;
  variables: Record<string, unknown>;
  /** `line,times` with spaces between, as LLMz prints them. */
  lines: string;
}

/** The variables by name: values, or what stands in their place. */
export function variablesOf({ variables }: Tracked): Record<string, unknown> {
  return Object.fromEntries(
    variables.map((variable) => {
      if ("text" in variable) return [variable.name, decode(variable.text, true)];
      const { name, ...description } = variable;
      return [name, description];
    }),
  );
}

/** `4,1 13,1 6,2`. */
export function linesOf({ lines }: Tracked): string {
  return lines.map((entry) => entry.join(",")).join(" ");
}
