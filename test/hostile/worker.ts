// A child process that runs the cases its parent sends it, one after the other, and says what was wrong with each.
import { createSandbox, type Outcome } from "../../src/index.ts";
import { failureOf } from "../support.ts";
import { type HostileCase, problems } from "./case.ts";
import { hostileTools } from "./tools.ts";
import { shapeProblems } from "./well-formed.ts";

/** What the child found out about one case. */
export interface Verdict {
  readonly problems: readonly string[];
  readonly tookMs: number;
  /** The longest time that the host's event loop stood still. */
  readonly blockedMs: number;
  /** Whether a limit of time ended it, or it came late: on a loaded machine that may say nothing about the program. */
  readonly late: boolean;
  /** How far the process's largest resident size rose above what it was before the case. */
  readonly grownBytes: number;
  readonly summary: string;
}

const DEFAULT_TIMEOUT_MS = 300;
const PROMISED_SLACK_MS = 400;
/** On a loaded machine the promise is stretched by this much before a test fails. */
const LOADED_SLACK_MS = 1_600;
const MAX_GROWTH_BYTES = 150 * 1024 * 1024;
const KiB = 1024;
const MEMORY_BYTES = 32 * KiB * KiB;

const rejections: unknown[] = [];
process.on("unhandledRejection", (reason) => rejections.push(reason));
process.on("uncaughtException", (error) => rejections.push(error));

async function judge(hostile: HostileCase): Promise<Verdict> {
  globalThis.gc?.();
  rejections.length = 0;
  let toolRuns = 0;
  const timeoutMs = hostile.limits?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const sandbox = createSandbox({
    tools: hostileTools(hostile.needs ?? [], () => toolRuns++),
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
  const before = process.memoryUsage().rss;
  const peakBefore = process.resourceUsage().maxRSS;
  const heart = heartbeat();
  const started = performance.now();
  const outcome = await sandbox.run(hostile.code);
  const tookMs = performance.now() - started;
  const found = [...problems(hostile, outcome, toolRuns), ...shapeProblems(outcome)];
  const peak = process.resourceUsage().maxRSS;
  const grownBytes = Math.max(peak > peakBefore ? peak * KiB : 0, process.memoryUsage().rss) - before;
  const allowedMs = timeoutMs + PROMISED_SLACK_MS + LOADED_SLACK_MS;
  if (tookMs > allowedMs) found.push(`it took ${Math.round(tookMs)} ms`);
  const after = await sandbox.run("return 40 + 2", { limits: { wallMs: 10_000, cpuMs: 5_000 } });
  if (after.status !== "completed" || after.value !== 42) found.push(`the next run gave ${JSON.stringify(after)}`);
  await new Promise((resolve) => setTimeout(resolve, 1));
  const blockedMs = heart.stop();
  if (blockedMs > allowedMs) found.push(`the event loop stood still for ${Math.round(blockedMs)} ms`);
  if (grownBytes > MAX_GROWTH_BYTES) found.push(`the process grew by ${Math.round(grownBytes / KiB / KiB)} MiB`);
  for (const reason of rejections) found.push(`a rejection nobody handled: ${(reason as Error)?.stack ?? reason}`);
  if (({} as { polluted?: unknown }).polluted !== undefined) found.push("Object.prototype is polluted");
  await sandbox.close();
  const late = blockedMs > allowedMs || tookMs > allowedMs || isTimeLimit(outcome);
  return { problems: found, tookMs, blockedMs, late, grownBytes, summary: summary(outcome) };
}

function heartbeat(): { stop(): number } {
  let last = performance.now();
  let longest = 0;
  const beat = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(beat, 5);
  return {
    stop() {
      beat();
      clearInterval(timer);
      return longest;
    },
  };
}

function isTimeLimit(outcome: Outcome): boolean {
  return outcome.status === "failed" && ["wall_limit", "cpu_limit"].includes(failureOf(outcome).code);
}

function summary(outcome: Outcome): string {
  return outcome.status === "completed"
    ? "completed"
    : `${failureOf(outcome).code}: ${failureOf(outcome).message.slice(0, 100)}`;
}

process.on("message", (hostile: HostileCase) => {
  judge(hostile).then(
    (verdict) => process.send?.(verdict),
    (error: Error) => {
      const problems = [`the runner failed: ${error.stack}`];
      process.send?.({ problems, tookMs: 0, blockedMs: 0, late: false, grownBytes: 0, summary: "" });
    },
  );
});
// The first run compiles the engine: that is no part of any case.
await createSandbox({ limits: { memoryBytes: MEMORY_BYTES } }).run("return 1");
process.send?.("ready");
