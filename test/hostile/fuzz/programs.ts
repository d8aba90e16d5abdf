import { HostProcess, type Reply } from "../host-process.ts";
import type { IsolationName } from "../isolations.ts";
import type { Finding, Trial } from "./oracle.ts";
import { drawProgram, type GuestProgram, textOf } from "./program.ts";
import { Random } from "./random.ts";
import { drawSettings, type Settings } from "./settings.ts";
import { shrink } from "./shrink.ts";

/** A child that says nothing for this long hangs. */
const KILL_MS = 15_000;
/** A program that fails by time alone is tried again, as this machine may just have been busy. */
const ATTEMPTS = 3;

/** What is fuzzed. */
export interface ProgramsOptions {
  readonly seed: string;
  /** The number of the first program. */
  readonly from: number;
  readonly isolation: IsolationName;
  readonly width: number;
  /** The program of a child: child.ts. */
  readonly child: URL;
  /** Whether to go on with program number `index`. */
  readonly goOn: (index: number) => boolean;
  readonly onFailure: (failure: ProgramFailure) => void;
}

/** A program that did what none may do. */
export interface ProgramFailure {
  readonly index: number;
  readonly settings: Settings;
  readonly wrong: readonly string[];
  /** What is left of it, if less fails too. */
  readonly source: string;
}

/** What was seen over all. */
export interface ProgramsReport {
  readonly programs: number;
  readonly failures: number;
  /** How many ended how. */
  readonly ended: Readonly<Record<string, number>>;
  readonly worst: { readonly stillMs: number; readonly grownBytes: number };
}

/** Draws programs and runs them in child processes until told to stop. */
export async function fuzzPrograms(options: ProgramsOptions): Promise<ProgramsReport> {
  const ended: Record<string, number> = {};
  const worst = { stillMs: 0, grownBytes: 0 };
  let next = options.from;
  let failures = 0;
  const serve = async () => {
    const host = new HostProcess<Trial, Finding>(options.child, [options.isolation]);
    for (let index = next++; options.goOn(index); index = next++) {
      const trial = trialOf(options, index);
      const reply = await host.ask(trial, KILL_MS);
      if ("answer" in reply) count(reply.answer, ended, worst);
      if (wrongIn(reply).length === 0) continue;
      host.end();
      const failure = await confirmed(options, trial);
      if (!failure) continue;
      failures++;
      options.onFailure({ index, settings: trial.settings, ...failure });
    }
    host.end();
  };
  await Promise.all(Array.from({ length: options.width }, serve));
  return { programs: Object.values(ended).reduce((sum, some) => sum + some, 0), failures, ended, worst };
}

function trialOf({ isolation, seed }: ProgramsOptions, index: number): Trial {
  const random = new Random(`${seed}:${index}`);
  const settings = drawSettings(random);
  return { isolation, settings, program: drawProgram(random, { unpolled: isolation === "thread" }) };
}

function count(
  { ended: how, grownBytes, stillMs }: Finding,
  ended: Record<string, number>,
  worst: ProgramsReport["worst"],
): void {
  ended[how] = (ended[how] ?? 0) + 1;
  Object.assign(worst, {
    stillMs: Math.max(worst.stillMs, stillMs),
    grownBytes: Math.max(worst.grownBytes, grownBytes),
  });
}

/** Whether it fails again in a process of its own, and how little of it does. */
async function confirmed(
  options: ProgramsOptions,
  trial: Trial,
): Promise<{ wrong: readonly string[]; source: string } | undefined> {
  let wrong: readonly string[] = [];
  const fails = async (program: GuestProgram) => {
    const found = await alone(options, { ...trial, program });
    if (found.length > 0) wrong = found;
    return found.length > 0;
  };
  if (!(await fails(trial.program))) return undefined;
  const smallest = await shrink(trial.program, fails);
  return { wrong, source: textOf(smallest) };
}

async function alone(options: ProgramsOptions, trial: Trial): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt++) {
    const host = new HostProcess<Trial, Finding>(options.child, [options.isolation]);
    const reply = await host.ask(trial, KILL_MS);
    host.end();
    const isLate = "answer" in reply && reply.answer.late;
    if (!isLate || attempt === ATTEMPTS) return wrongIn(reply);
  }
}

/** What was wrong with what a child was asked for; empty if nothing. */
export function wrongIn(reply: Reply<Finding>): readonly string[] {
  if ("killed" in reply) return [`the host did not answer and was killed after ${Math.round(reply.afterMs)} ms`];
  return "died" in reply ? [`the host process died: ${reply.died}`] : reply.answer.problems;
}
