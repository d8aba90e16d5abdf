import type { HostileCase } from "./case.ts";
import type { Fate } from "./pool.ts";

const MiB = 1024 * 1024;

/** A case with what became of it. */
export interface Judged {
  readonly hostile: HostileCase;
  readonly fate: Fate;
}

/** A figure of many cases. */
export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
  /** The case with the worst one. */
  readonly worstId: string;
}

/** What the suite found, in numbers. */
export interface Figures {
  readonly cases: number;
  readonly failures: Readonly<Record<string, readonly string[]>>;
  readonly triedAgain: readonly string[];
  readonly overrunMs: Spread;
  readonly grownMiB: Spread;
  readonly stillMs: Spread;
  /** Who goes past what is aimed at, with the figure. */
  readonly over: {
    readonly overrunMs: readonly [id: string, figure: number][];
    readonly grownMiB: readonly [id: string, figure: number][];
    readonly stillMs: readonly [id: string, figure: number][];
  };
}

/** What is aimed at, beyond what each case must keep. */
export interface Aims {
  readonly overrunMs: number;
  readonly grownMiB: number;
  readonly stillMs: number;
}

/** What was wrong with a case; empty if nothing. */
export function wrongWith(fate: Fate | undefined): readonly string[] {
  if (!fate) return ["it was not run"];
  if ("killed" in fate) return [`the host did not answer and was killed after ${Math.round(fate.afterMs)} ms`];
  return "died" in fate ? [`the host process died: ${fate.died}`] : fate.problems;
}

/** Puts the verdicts of all cases into numbers. */
export function figuresOf(all: readonly Judged[], aims: Aims): Figures {
  const failed = all.filter(({ fate }) => wrongWith(fate).length > 0);
  const [overruns, grown, still] = [
    figured(all, (verdict) => verdict.overrunMs),
    figured(all, (verdict) => verdict.grownBytes / MiB),
    figured(all, (verdict) => verdict.stillMs),
  ];
  return {
    cases: all.length,
    failures: Object.fromEntries(failed.map(({ fate, hostile }) => [hostile.id, wrongWith(fate)])),
    triedAgain: all.filter(({ fate }) => fate.again).map(({ hostile }) => hostile.id),
    overrunMs: spreadOf(overruns),
    grownMiB: spreadOf(grown),
    stillMs: spreadOf(still),
    over: {
      overrunMs: overruns.filter(([, figure]) => figure > aims.overrunMs),
      grownMiB: grown.filter(([, figure]) => figure > aims.grownMiB),
      stillMs: still.filter(([, figure]) => figure > aims.stillMs),
    },
  };
}

type Verdict = Extract<Fate, { problems: unknown }>;

function figured(all: readonly Judged[], figure: (verdict: Verdict) => number | undefined): [string, number][] {
  return all.flatMap(({ fate, hostile }): [string, number][] => {
    const found = "problems" in fate ? figure(fate) : undefined;
    return found === undefined ? [] : [[hostile.id, Math.round(found * 10) / 10]];
  });
}

function spreadOf(figures: readonly [string, number][]): Spread {
  const sorted = figures.toSorted(([, a], [, b]) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  const [worstId = "", worst = 0] = sorted.at(-1) ?? [];
  return { count: sorted.length, median: at(0.5)?.[1] ?? 0, p95: at(0.95)?.[1] ?? 0, worst, worstId };
}
