import type { IsolationName } from "../isolations.ts";
import { watchVitals } from "../vital-signs.ts";
import { messagesRound } from "./messages.ts";
import { type Finding, observe, type Trial } from "./oracle.ts";
import { snapshotsRound } from "./snapshots.ts";
import { valuesRound } from "./values.ts";

/** What is fuzzed beside programs, in rounds that are known by their seed alone. */
export type RoundKind = "values" | "snapshots" | "messages";

type Round = (seed: string, isolation: IsolationName) => Promise<string[]>;
const ROUNDS: Readonly<Record<RoundKind, Round>> = {
  values: valuesRound,
  snapshots: snapshotsRound,
  messages: messagesRound,
};

/** Their names. */
export const ROUND_KINDS: readonly RoundKind[] = ["values", "snapshots", "messages"];

/** What a child is asked for: to run a program, or one round of something else. */
export type Task = Trial | { readonly round: RoundKind; readonly seed: string; readonly isolation: IsolationName };

/** What was wrong in one round. */
export function roundOf(kind: RoundKind, seed: string, isolation: IsolationName): Promise<string[]> {
  return ROUNDS[kind](seed, isolation);
}

/** Carries a task out. */
export async function carryOut(task: Task): Promise<Finding> {
  if ("program" in task) return observe(task);
  const vitals = watchVitals();
  const started = performance.now();
  const problems = await roundOf(task.round, task.seed, task.isolation);
  const tookMs = performance.now() - started;
  const { strays, ...felt } = await vitals();
  problems.push(...strays.map((stray) => `nobody handled: ${stray}`));
  return { ...felt, tookMs, problems, late: false, ended: task.round };
}
