import { createSandbox, type Outcome, type Sandbox } from "../../src/index.ts";
import { failureOf } from "../support.ts";
import { type HostileCase, problems } from "./case.ts";
import { type IsolationName, isolated } from "./isolations.ts";
import { hostileTools } from "./tools.ts";
import { keepStrays, type Vitals, watchVitals } from "./vital-signs.ts";
import { shapeProblems } from "./well-formed.ts";

/** What was found out about one case. */
export interface Verdict {
  readonly problems: readonly string[];
  readonly tookMs: number;
  /** How long after its limit of time a program's outcome came; absent where no such limit ended it. */
  readonly overrunMs?: number;
  /** The longest time that the host's event loop stood still. */
  readonly stillMs: number;
  /** How far the process's resident size rose at its highest. */
  readonly grownBytes: number;
  /** Whether a limit of time ended it, or it came late: on a loaded machine that may say nothing about the program. */
  readonly late: boolean;
  readonly summary: string;
}

/** How cases are judged. */
export interface JudgeOptions {
  readonly isolation: IsolationName;
  /** How long after its limit of time a case may answer. */
  readonly slackMs: number;
}

const KiB = 1024;
const DEFAULT_TIMEOUT_MS = 300;
const MAX_GROWTH_BYTES = 150 * KiB * KiB;

/** The memory limit of every case. */
export const MEMORY_BYTES: number = 32 * KiB * KiB;

/** What a case may take until its limit of time. */
export function timeoutOf({ limits }: HostileCase): number {
  return limits?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
}

/** Makes this process ready to judge: what the first run costs is no part of any case. */
export async function makeReady(isolation: IsolationName): Promise<void> {
  keepStrays();
  await using sandbox = createSandbox({ ...isolated(isolation), limits: { memoryBytes: MEMORY_BYTES } });
  await sandbox.run("return 1");
}

/** Runs one case and says what was wrong with it. */
export async function judge(hostile: HostileCase, options: JudgeOptions): Promise<Verdict> {
  let toolRuns = 0;
  const sandbox = sandboxFor(hostile, options.isolation, () => toolRuns++);
  // So that the sandbox itself is warm, and only the case is measured.
  await sandbox.run("return 1");
  const vitals = watchVitals();
  const started = performance.now();
  const outcome = await sandbox.run(hostile.code);
  const tookMs = performance.now() - started;
  const found = [...problems(hostile, outcome, toolRuns), ...shapeProblems(outcome)];
  found.push(...(await afterProblems(sandbox)));
  const felt = await vitals();
  await sandbox.close();
  const allowedMs = timeoutOf(hostile) + options.slackMs;
  if (tookMs > allowedMs) found.push(`it took ${Math.round(tookMs)} ms`);
  // Inline, guest code runs on the event loop, which stands still as long as the case may take.
  const stillAllowedMs = options.isolation === "inline" ? allowedMs : options.slackMs;
  found.push(...vitalProblems(felt, stillAllowedMs));
  const overrun = isTimeLimit(outcome) ? { overrunMs: tookMs - timeoutOf(hostile) } : {};
  const { grownBytes, stillMs } = felt;
  const late = tookMs > allowedMs || stillMs > stillAllowedMs || isTimeLimit(outcome);
  return { problems: found, tookMs, ...overrun, stillMs, grownBytes, late, summary: summary(outcome) };
}

function sandboxFor(hostile: HostileCase, isolation: IsolationName, count: () => void): Sandbox {
  const timeoutMs = timeoutOf(hostile);
  return createSandbox({
    ...isolated(isolation),
    tools: hostileTools(hostile.needs ?? [], count),
    allowEval: hostile.allowEval ?? false,
    limits: {
      wallMs: timeoutMs,
      cpuMs: timeoutMs,
      memoryBytes: MEMORY_BYTES,
      resultBytes: KiB * KiB,
      toolInputBytes: 256 * KiB,
      toolCalls: 1000,
      toolCallsInFlight: 64,
      logBytes: 64 * KiB,
      sourceBytes: hostile.limits?.maxSourceBytes ?? 256 * KiB,
    },
  });
}

async function afterProblems(sandbox: Sandbox): Promise<string[]> {
  const after = await sandbox.run("return 40 + 2", { limits: { wallMs: 10_000, cpuMs: 5_000 } });
  const isRight = after.status === "completed" && after.value === 42;
  return isRight ? [] : [`the next run gave ${JSON.stringify(after)}`];
}

function vitalProblems({ grownBytes, stillMs, strays }: Vitals, stillAllowedMs: number): string[] {
  const found = strays.map((stray) => `nobody handled: ${stray}`);
  if (stillMs > stillAllowedMs) found.push(`the event loop stood still for ${Math.round(stillMs)} ms`);
  if (grownBytes > MAX_GROWTH_BYTES) found.push(`the process grew by ${Math.round(grownBytes / KiB / KiB)} MiB`);
  if (({} as { polluted?: unknown }).polluted !== undefined) found.push("Object.prototype is polluted");
  return found;
}

function isTimeLimit(outcome: Outcome): boolean {
  return outcome.status === "failed" && ["wall_limit", "cpu_limit"].includes(failureOf(outcome).code);
}

function summary(outcome: Outcome): string {
  if (outcome.status === "completed") return "completed";
  const { code, message } = failureOf(outcome);
  return `${code}: ${message.slice(0, 100)}`;
}
