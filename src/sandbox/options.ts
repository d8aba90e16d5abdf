import { isTimezone } from "../engine/index.ts";
import { UsageError } from "../errors.ts";
import { checkType, refuseUnknown, shown } from "./check.ts";
import { DEFAULT_LIMITS, type Limits, resolveLimits } from "./limits.ts";
import type { RunOptions, SandboxOptions } from "./types.ts";

const SANDBOX_OPTIONS = ["tools", "globals", "limits", "policy", "isolation", "runtime", "allowEval", "timezone"];
const RUN_OPTIONS = ["input", "globals", "context", "tenant", "limits", "signal", "onYield", "seed", "now", "name"];

/** Checks the options of a sandbox and gives its limits. Throws UsageError. */
export function checkSandboxOptions(options: SandboxOptions): Readonly<Limits> {
  refuseUnknown("the options of createSandbox", options, SANDBOX_OPTIONS);
  const { allowEval, globals, isolation, policy, runtime, timezone, tools } = options;
  checkType("tools", tools, "object");
  checkType("globals", globals, "object");
  checkType("policy", policy, "function");
  checkType("runtime", runtime, "object");
  if (runtime && typeof runtime.isolation?.open !== "function") {
    throw new UsageError(`expected runtime to be what createRuntime makes, got ${shown(runtime)}`);
  }
  checkType("allowEval", allowEval, "boolean");
  checkType("timezone", timezone, "string");
  if (timezone !== undefined && !isTimezone(timezone)) {
    throw new UsageError(`expected timezone to be an IANA name such as "Europe/Berlin", got ${shown(timezone)}`);
  }
  if (isolation !== undefined && isolation !== "inline") {
    throw new UsageError(`expected isolation to be "inline", got ${shown(isolation)}`);
  }
  return resolveLimits(options.limits, DEFAULT_LIMITS);
}

/** Checks the arguments of a run. Throws UsageError. */
export function checkRunOptions(source: unknown, options: RunOptions): void {
  if (typeof source !== "string") throw new UsageError(`expected the source to be a string, got ${shown(source)}`);
  refuseUnknown("the options of a run", options, RUN_OPTIONS);
  const { globals, name, now, onYield, seed, signal, tenant } = options;
  checkType("globals", globals, "object");
  checkType("tenant", tenant, "string");
  checkType("name", name, "string");
  checkType("onYield", onYield, "function");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new UsageError(`expected signal to be an AbortSignal, got ${shown(signal)}`);
  }
  if (seed !== undefined && typeof seed !== "string" && !Number.isFinite(seed)) {
    throw new UsageError(`expected seed to be a number or a string, got ${shown(seed)}`);
  }
  if (now !== undefined && Number.isNaN(epochMs(now))) {
    throw new UsageError(`expected now to be milliseconds since the epoch or a Date, got ${shown(now)}`);
  }
}

/** Whole milliseconds since the epoch; NaN for what is no time. */
export function epochMs(now: number | Date): number {
  const ms = now instanceof Date ? now.getTime() : now;
  return typeof ms === "number" && ms >= 0 && ms <= 8.64e15 ? Math.floor(ms) : Number.NaN;
}
