import type { MachineSetup, ProgramStart } from "../engine/index.ts";
import type { Admission, MachineNeed, MachinePort } from "../isolation/index.ts";
import { PROGRAM_FILE, type PreparedProgram, type PrepareOptions, sessionFile } from "../language/index.ts";
import type { Snapshot } from "../snapshots/index.ts";
import type { ToolTable } from "../tools/index.ts";
import { encode, ValueError } from "../values/index.ts";
import type { HostObjects } from "./host-objects.ts";
import type { Limits } from "./limits.ts";
import type { GuestClock, MachineLink } from "./machine-link.ts";
import { knownProgram } from "./prepared.ts";
import { freshlyPrepared } from "./preparing.ts";
import { seedWords } from "./seed.ts";
import type { Policy, Run } from "./types.ts";

/** A run that its sandbox can end. */
export type Running = Pick<Run, "outcome" | "cancel">;

/** What a run takes from its sandbox, or from its snapshot. */
export interface RunSettings {
  readonly table: ToolTable;
  readonly limits: Readonly<Limits>;
  readonly policy: Policy | undefined;
  readonly allowEval: boolean;
  readonly timezone: string | undefined;
  readonly sleepInlineMs: number;
  readonly settleMs: number;
  /** Whether JSX is read, unless the run says otherwise. */
  readonly jsx: boolean;
  readonly admission: Admission;
  open(need: MachineNeed): Promise<MachinePort> | MachinePort;
  /** For a run of a session. */
  readonly session?: SessionPlace;
  seal(snapshot: Snapshot): Promise<Uint8Array>;
  ended(run: Running): void;
}

/** Where a run stands in its session. */
export interface SessionPlace {
  /** Counts from 1. */
  readonly run: number;
  /** Whether earlier runs left their world. */
  readonly begun: boolean;
  /** Globals that are put in place now; those of earlier runs are still there. */
  readonly globals: ToolTable;
}

/** The program in the form that its run needs, made by its machine unless it was seen before. Rejects with SourceError. */
export function preparedFor(
  source: string,
  how: PrepareOptions,
  { link, settings, tenant }: { settings: RunSettings; link: MachineLink; tenant: string | undefined },
): PreparedProgram | Promise<PreparedProgram> {
  const { session } = settings;
  const options = session ? { ...how, session: true } : how;
  const known = knownProgram(source, options) ?? freshlyPrepared(source, options, { group: settings, link, tenant });
  if (!session) return known;
  const ofSession = (program: PreparedProgram) => {
    return { ...program, positions: { ...program.positions, file: sessionFile(session.run) } };
  };
  return known instanceof Promise ? known.then(ofSession) : ofSession(known);
}

/** The values that a program finds, as texts; or why one of them cannot enter. */
export type WorldTexts = { readonly input?: string; readonly globals?: string } | { readonly refused: string };

/** Takes the input and the globals of a run. Never throws. */
export function worldTexts({ session, table }: RunSettings, input: unknown): WorldTexts {
  const { data, functions } = (session?.globals ?? table).globals();
  const withGlobals = functions.length > 0 || Object.keys(data).length > 0;
  try {
    return {
      // The input of an earlier run does not stay.
      ...((input !== undefined || session?.begun) && { input: textOf("input", input) }),
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
  { allowEval, session, table }: RunSettings,
  world: Exclude<WorldTexts, { readonly refused: string }>,
  objects: HostObjects,
  originMs: number,
): ProgramStart {
  const { functions } = (session?.globals ?? table).globals();
  const { form, positions, text } = prepared;
  return {
    ...world,
    text,
    form,
    fileName: positions.file ?? PROGRAM_FILE,
    originMs,
    functions,
    allowEval: allowEval && !session?.begun,
    ...(session && { session: true }),
    ...(objects.count > 0 && { objects: objects.text() }),
  };
}

/** What a machine is set to for a run. */
export function machineSetup(
  { limits, table, timezone }: RunSettings,
  { seed, track }: { seed: number | string | undefined; track: boolean },
  { fixedMs, skewMs }: GuestClock,
  objects?: HostObjects,
): MachineSetup {
  return {
    seed: seedWords(seed),
    seeded: seed !== undefined,
    ...(fixedMs !== undefined && { nowMs: fixedMs }),
    ...(skewMs > 0 && { clockSkewMs: skewMs }),
    ...(timezone !== undefined && { timezone }),
    ...(track && { track }),
    toolNames: names(table),
    ...(objects && objects.count > 0 && { objects: objects.shapes }),
    limits,
  };
}

/** What `Object.keys(tools)` may find: not the bare functions that stand beside `tools`. */
function names(table: ToolTable): readonly string[] {
  const { functions } = table.globals();
  return functions.length === 0 ? table.names() : table.names().filter((name) => !functions.includes(name));
}
