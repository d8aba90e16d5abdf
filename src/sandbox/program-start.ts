import type { MachineSetup, ProgramStart } from "../engine/index.ts";
import type { MachinePort } from "../isolation/index.ts";
import { PROGRAM_FILE, type PreparedProgram } from "../language/index.ts";
import type { ToolTable } from "../tools/index.ts";
import { encode, ValueError } from "../values/index.ts";
import type { Limits } from "./limits.ts";
import { seedWords } from "./seed.ts";
import type { Policy, Run, RunOptions } from "./types.ts";

/** What a run takes from its sandbox. */
export interface RunSettings {
  readonly table: ToolTable;
  readonly limits: Readonly<Limits>;
  readonly policy: Policy | undefined;
  readonly allowEval: boolean;
  readonly timezone: string | undefined;
  open(memoryBytes: number, tenant: string | undefined): Promise<MachinePort> | MachinePort;
  ended(run: Run): void;
}

/** The values that a program finds, as texts; or why one of them cannot enter. */
export type WorldTexts = { readonly input?: string; readonly globals?: string } | { readonly refused: string };

/** Takes the input and the globals of a run. Never throws. */
export function worldTexts({ table }: RunSettings, { input }: RunOptions): WorldTexts {
  const { data, functions } = table.globals();
  const withGlobals = functions.length > 0 || Object.keys(data).length > 0;
  try {
    return {
      ...(input !== undefined && { input: textOf("input", input) }),
      ...(withGlobals && { globals: textOf("global", data) }),
    };
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

function textOf(what: "input" | "global", value: unknown): string {
  try {
    return encode(value);
  } catch (error) {
    const path = error instanceof ValueError ? error.path : "";
    const where = what === "global" ? ` ${path}` : path && ` at ${path}`;
    throw new Error(`the ${what}${where} cannot enter the program: ${(error as Error).message}`);
  }
}

/** The message that starts a program. */
export function programStart(
  prepared: PreparedProgram,
  { allowEval, table }: RunSettings,
  world: WorldTexts,
  originMs: number,
): ProgramStart {
  const { functions } = table.globals();
  const { form, text } = prepared;
  return { text, form, fileName: PROGRAM_FILE, originMs, allowEval, functions, ...("refused" in world ? {} : world) };
}

/** What a machine is set to for a run; `clockMs` is where its clock stands if it is fixed. */
export function machineSetup(
  { limits, table, timezone }: RunSettings,
  { seed }: RunOptions,
  clockMs: number | undefined,
): MachineSetup {
  return {
    seed: seedWords(seed),
    seeded: seed !== undefined,
    ...(clockMs !== undefined && { nowMs: clockMs }),
    ...(timezone !== undefined && { timezone }),
    toolNames: names(table),
    limits,
  };
}

/** What `Object.keys(tools)` may find: not the bare functions that stand beside `tools`. */
function names(table: ToolTable): readonly string[] {
  const { functions } = table.globals();
  return functions.length === 0 ? table.names() : table.names().filter((name) => !functions.includes(name));
}
