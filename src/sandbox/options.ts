import { checkNumber, checkType, refuseUnknown, shown } from "../check.ts";
import { buildId, isTimezone } from "../engine/index.ts";
import { UsageError } from "../errors.ts";
import { checkAnswers } from "./answers.ts";
import { DEFAULT_LIMITS, type Limits, MAX_TIMER_MS, resolveLimits } from "./limits.ts";
import type { SessionOptions, SessionResumeOptions, SessionRunOptions } from "./session-types.ts";
import type { HostOptions, ResumeOptions, RunOptions, SandboxOptions } from "./types.ts";

const SANDBOX_OPTIONS = [
  ...["tools", "globals", "limits", "policy", "isolation", "runtime", "allowEval", "timezone", "snapshotKey"],
  ...["engines", "sleepInlineMs", "settleMs", "jsx"],
];
const HOST_OPTIONS = ["globals", "context", "tenant", "signal", "onYield", "onApproval", "beforeCalls", "seed"];
const RUN_OPTIONS = [...HOST_OPTIONS, "input", "limits", "now", "name", "labels", "track", "comments", "jsx"];
const SESSION_OPTIONS = ["snapshot", "globals", "limits", "tenant", "name", "onToolChange"];
const RESUME_OPTIONS = [...HOST_OPTIONS, "answers", "fork", "onToolChange"];

/** Checks the options of a sandbox and gives its limits. Throws UsageError. */
export function checkSandboxOptions(options: SandboxOptions): Readonly<Limits> {
  refuseUnknown("the options of createSandbox", options, SANDBOX_OPTIONS);
  const { allowEval, globals, isolation, policy, runtime, settleMs, sleepInlineMs, timezone, tools } = options;
  checkType("tools", tools, "object");
  checkType("globals", globals, "object");
  checkType("policy", policy, "function");
  checkType("runtime", runtime, "object");
  if (runtime && (typeof runtime.isolation?.open !== "function" || typeof runtime.admission?.place !== "function")) {
    throw new UsageError(`expected runtime to be what createRuntime makes, got ${shown(runtime)}`);
  }
  checkType("allowEval", allowEval, "boolean");
  checkType("timezone", timezone, "string");
  checkType("jsx", options.jsx, "boolean");
  if (timezone !== undefined && !isTimezone(timezone)) {
    throw new UsageError(`expected timezone to be an IANA name such as "Europe/Berlin", got ${shown(timezone)}`);
  }
  if (isolation !== undefined && isolation !== "inline" && isolation !== "thread") {
    throw new UsageError(`expected isolation to be "thread" or "inline", got ${shown(isolation)}`);
  }
  if (sleepInlineMs !== undefined) checkNumber("sleepInlineMs", sleepInlineMs, 0, MAX_TIMER_MS);
  if (settleMs !== undefined) checkNumber("settleMs", settleMs, 0, MAX_TIMER_MS);
  checkEngines(options.engines);
  return resolveLimits(options.limits, DEFAULT_LIMITS);
}

/** Checks the arguments of a run. Throws UsageError. */
export function checkRunOptions(source: unknown, options: RunOptions): void {
  if (typeof source !== "string") throw new UsageError(`expected the source to be a string, got ${shown(source)}`);
  refuseUnknown("the options of a run", options, RUN_OPTIONS);
  checkHostOptions(options);
  const { comments, jsx, labels, name, now, track } = options;
  checkType("labels", labels, "object");
  for (const [label, text] of Object.entries(labels ?? {})) {
    if (typeof text !== "string") throw new UsageError(`expected labels.${label} to be a string, got ${shown(text)}`);
  }
  checkType("name", name, "string");
  checkType("track", track, "boolean");
  checkType("comments", comments, "boolean");
  checkType("jsx", jsx, "boolean");
  if (now !== undefined && Number.isNaN(epochMs(now))) {
    throw new UsageError(`expected now to be milliseconds since the epoch or a Date, got ${shown(now)}`);
  }
}

/** Checks the options of resuming. Throws UsageError. */
export function checkResumeOptions(options: ResumeOptions): void {
  refuseUnknown("the options of resume", options, RESUME_OPTIONS);
  checkHostOptions(options);
  checkType("fork", options.fork, "boolean");
  checkAnswers(options.answers);
  checkToolChange(options);
}

/** Checks the options of a session. Throws UsageError. */
export function checkSessionOptions(options: SessionOptions): void {
  refuseUnknown("the options of session", options, SESSION_OPTIONS);
  checkType("globals", options.globals, "object");
  checkType("tenant", options.tenant, "string");
  checkType("name", options.name, "string");
  checkToolChange(options);
}

/** Checks the arguments of a session's run. Throws UsageError. */
export function checkSessionRun(source: unknown, options: SessionRunOptions): void {
  refuseUnknown("the options of a session's run", options, without(RUN_OPTIONS, "tenant", "track", "labels"));
  checkRunOptions(source, options);
  if (options.limits?.memoryBytes !== undefined) {
    throw new UsageError("limits.memoryBytes is the session's: give it to sandbox.session({ limits })");
  }
  resolveLimits(options.limits);
}

/** Checks the arguments of resuming a session's run. Throws UsageError. */
export function checkSessionResume(answers: unknown, options: SessionResumeOptions): void {
  refuseUnknown("the options of a session's resume", options, without(HOST_OPTIONS, "tenant"));
  checkHostOptions(options);
  checkAnswers(answers);
}

function without(names: readonly string[], ...left: readonly string[]): string[] {
  return names.filter((name) => !left.includes(name));
}

function checkToolChange({ onToolChange }: { onToolChange?: unknown }): void {
  if (onToolChange !== undefined && onToolChange !== "fail" && onToolChange !== "accept") {
    throw new UsageError(`expected onToolChange to be "fail" or "accept", got ${shown(onToolChange)}`);
  }
}

function checkHostOptions({ beforeCalls, globals, onApproval, onYield, seed, signal, tenant }: HostOptions): void {
  checkType("globals", globals, "object");
  checkType("tenant", tenant, "string");
  checkType("onYield", onYield, "function");
  checkType("onApproval", onApproval, "function");
  checkType("beforeCalls", beforeCalls, "function");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new UsageError(`expected signal to be an AbortSignal, got ${shown(signal)}`);
  }
  if (seed !== undefined && typeof seed !== "string" && !Number.isFinite(seed)) {
    throw new UsageError(`expected seed to be a number or a string, got ${shown(seed)}`);
  }
}

/** Whole milliseconds since the epoch; NaN for what is no time. */
export function epochMs(now: number | Date): number {
  const ms = now instanceof Date ? now.getTime() : now;
  return typeof ms === "number" && ms >= 0 && ms <= 8.64e15 ? Math.floor(ms) : Number.NaN;
}

function checkEngines(engines: unknown): void {
  if (engines === undefined) return;
  if (!Array.isArray(engines)) {
    throw new UsageError(
      `expected engines to be a list of { wasm, image }, as engineBuild gives them, got ${shown(engines)}`,
    );
  }
  for (const [at, build] of engines.entries()) {
    const { image, wasm } = (build ?? {}) as { image?: unknown; wasm?: unknown };
    if (wasm === undefined) throw new UsageError(`expected engines[${at}].wasm to be the bytes of an engine`);
    buildId(image as Uint8Array);
  }
}
