import { createSandbox, type Outcome, type RunOptions, type Sandbox } from "../../../src/index.ts";
import { failureOf } from "../../support.ts";
import { type IsolationName, isolated } from "../isolations.ts";
import { watchVitals } from "../vital-signs.ts";
import { shapeProblems } from "../well-formed.ts";
import { type GuestProgram, textOf } from "./program.ts";
import { type Settings, sandboxOptions } from "./settings.ts";

/** What was found out about one program. */
export interface Finding {
  readonly problems: readonly string[];
  /** Whether time alone was wrong, which on a loaded machine may say nothing. */
  readonly late: boolean;
  readonly tookMs: number;
  readonly stillMs: number;
  readonly grownBytes: number;
  /** "completed", or the code of its failure. */
  readonly ended: string;
}

/** A program and how it is run. */
export interface Trial {
  readonly program: GuestProgram;
  readonly settings: Settings;
  readonly isolation: IsolationName;
}

const MiB = 1024 * 1024;
const MAX_GROWTH_BYTES = 150 * MiB;
const SLACK_MS = 400;
/** What reading the variables of a tracked program may take besides. */
const TRACKED_SLACK_MS = 2_500;
const MAX_STAGES = 4;
const ROOMY = {
  wallMs: 10_000,
  cpuMs: 5_000,
  resultBytes: MiB,
  toolInputBytes: MiB,
  toolOutputBytes: MiB,
  toolCalls: 10,
};
const PROBES: readonly (readonly [source: string, value: unknown])[] = [
  ["return 40 + 2", 42],
  [
    "return (await tools.echo({ a: [1, 2n, new Date(0)] })).a.map(String).join()",
    "1,2,Thu Jan 01 1970 00:00:00 GMT+0000",
  ],
];

/** Runs a program, and then programs whose values are known, in the same sandbox. */
export async function observe({ isolation, program, settings }: Trial): Promise<Finding> {
  const sandbox = createSandbox({ ...sandboxOptions(settings), ...isolated(isolation) });
  await sandbox.run("return 1", { limits: ROOMY });
  const vitals = watchVitals();
  const started = performance.now();
  const outcomes = await carryOut(sandbox, textOf(program), settings);
  const tookMs = performance.now() - started;
  const last = outcomes.at(-1) as Outcome;
  const problems = outcomes.flatMap((outcome) => problemsOf(outcome));
  const { stillMs, grownBytes, strays } = await vitals();
  problems.push(...(await probeProblems(sandbox)));
  await sandbox.close();
  problems.push(...strays.map((stray) => `nobody handled: ${stray}`));
  if (grownBytes > MAX_GROWTH_BYTES) problems.push(`the process grew by ${Math.round(grownBytes / MiB)} MiB`);
  if (Object.keys(Object.prototype).length > 0 || ({} as { polluted?: unknown }).polluted !== undefined)
    problems.push("Object.prototype is polluted");
  const slow = timeProblems({ isolation, program, settings }, { tookMs, stillMs, stages: outcomes.length });
  const ended = last.status === "failed" ? failureOf(last).code : last.status;
  const late = problems.length === 0 && slow.length > 0;
  return { problems: [...problems, ...slow], late, tookMs, stillMs, grownBytes, ended };
}

async function carryOut(sandbox: Sandbox, source: string, settings: Settings): Promise<Outcome[]> {
  const { afterMs, answersYields, comments, jsx, mode, tenant, track } = settings;
  const host = { ...(answersYields && { onYield: async (value: unknown) => value }) };
  if (mode === "session") {
    const session = sandbox.session({ ...(tenant !== undefined && { tenant }) });
    const outcome = await session.run(source, { ...host, comments, jsx });
    await session.close();
    return [outcome];
  }
  const options: RunOptions = { ...host, comments, jsx, track, ...(tenant !== undefined && { tenant }) };
  if (mode === "plain") return [await sandbox.run(source, options)];
  const run = sandbox.start(source, options);
  setTimeout(() => (mode === "cancelled" ? run.cancel("no more") : run.suspend().catch(() => undefined)), afterMs);
  const outcomes = [await run.outcome];
  for (let last = outcomes[0]; last?.status === "suspended" && outcomes.length < MAX_STAGES; last = outcomes.at(-1)) {
    const answers = Object.fromEntries(last.pending.map(({ id }) => [id, { value: 1 }]));
    const again = sandbox.resume(last.snapshot, { ...host, answers, ...(tenant !== undefined && { tenant }) });
    outcomes.push(await again.outcome);
  }
  return outcomes;
}

function problemsOf(outcome: Outcome): string[] {
  if (outcome.status === "suspended") return [];
  const found = shapeProblems(outcome);
  const snapshotCodes = ["snapshot_invalid", "snapshot_key", "snapshot_engine", "snapshot_tools"];
  if (outcome.status === "failed" && snapshotCodes.includes(outcome.error.code)) {
    found.push(`what was suspended does not go on: ${outcome.error.code}: ${outcome.error.message}`);
  }
  return found;
}

async function probeProblems(sandbox: Sandbox): Promise<string[]> {
  const found: string[] = [];
  for (const [source, value] of PROBES)
    found.push(...mismatch(source, value, await sandbox.run(source, { limits: ROOMY })));
  const session = sandbox.session();
  await session.run("const base = 40", { limits: ROOMY });
  found.push(...mismatch("base + 2", 42, await session.run("base + 2", { limits: ROOMY })));
  await session.close();
  return found;
}

function mismatch(source: string, value: unknown, outcome: Outcome): string[] {
  if (outcome.status === "completed" && outcome.value === value) return [];
  const shown = outcome.status === "completed" ? String(outcome.value) : failureOf(outcome).message;
  return [`afterwards ${source} gave ${shown} (${outcome.status})`];
}

interface Times {
  readonly tookMs: number;
  readonly stillMs: number;
  readonly stages: number;
}

function timeProblems({ isolation, settings }: Trial, { stages, stillMs, tookMs }: Times): string[] {
  const found: string[] = [];
  const tracked = settings.track ? TRACKED_SLACK_MS : 0;
  const allowedMs = settings.limits.wallMs + stages * SLACK_MS + tracked;
  if (tookMs > allowedMs) found.push(`it took ${Math.round(tookMs)} ms of ${allowedMs}`);
  const stillAllowedMs = isolation === "inline" ? allowedMs : SLACK_MS;
  if (stillMs > stillAllowedMs) found.push(`the event loop stood still for ${Math.round(stillMs)} ms`);
  return found;
}
