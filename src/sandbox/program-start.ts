import type { MachineSetup, ProgramStart } from "../engine/index.ts";
import type { MachinePort } from "../isolation/index.ts";
import { PROGRAM_FILE, type PreparedProgram } from "../language/index.ts";
import type { ToolTable } from "../tools/index.ts";
import { encode } from "../values/index.ts";
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

/** The message that starts a program. Throws ValueError where the input or a global cannot cross. */
export function programStart(
  prepared: PreparedProgram,
  { allowEval, table }: RunSettings,
  { input }: RunOptions,
  originMs: number,
): ProgramStart {
  const { data, functions } = table.globals();
  const withGlobals = functions.length > 0 || Object.keys(data).length > 0;
  return {
    text: prepared.text,
    form: prepared.form,
    fileName: PROGRAM_FILE,
    originMs,
    allowEval,
    functions,
    ...(input !== undefined && { input: encode(input) }),
    ...(withGlobals && { globals: encode(data) }),
  };
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
