import {
  createPlatformEngine,
  type Engine,
  type Machine,
  type MachineSetup,
  type ProgramStart,
  type Turn,
} from "../../src/engine/index.ts";
import { type PrepareOptions, prepare } from "../../src/language/index.ts";

const STACK_BYTES = 192 * 1024;
let engine: Promise<Engine> | undefined;

/** A fresh machine on the shipped engine. */
export async function newMachine(memoryBytes: number = 64 << 20): Promise<Machine> {
  engine ??= createPlatformEngine();
  return (await engine).createMachine(memoryBytes, STACK_BYTES);
}

/** A setup with roomy limits. */
export function setup(overrides: Partial<MachineSetup> = {}): MachineSetup {
  const limits = {
    cpuMs: 5_000,
    steps: Number.POSITIVE_INFINITY,
    memoryBytes: 64 << 20,
    resultBytes: 1 << 20,
    logEntries: 100,
    logBytes: 65_536,
    toolCalls: 256,
    toolInputBytes: 1 << 20,
    yields: 100,
    writes: 100,
  };
  return { seed: [1, 2, 3, 4], seeded: true, toolNames: ["add", "github.list"], limits, ...overrides };
}

/** The message that starts a source text. */
export async function program(source: string, options: PrepareOptions = {}): Promise<ProgramStart> {
  const { form, text } = await prepare(source, options);
  return { text, form, fileName: "program.js", originMs: Date.now(), allowEval: false, functions: [] };
}

/** The calls that a turn let out. */
export function callsOf(turn: Turn): { id: number; tool: string; input: string }[] {
  return turn.emissions.flatMap((emission) => (emission.type === "call" ? [emission] : []));
}
