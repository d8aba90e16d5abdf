import { checkNumber, checkType, refuseUnknown } from "../check.ts";
import type { EngineSource } from "../engine/index.ts";
import type { AdmissionLimits } from "./admission.ts";
import type { TenantLimiter } from "./tenants.ts";

/** Options of `createRuntime`. */
export interface RuntimeOptions {
  /** The engine's `quickjs.wasm`, as bytes or as a compiled module, where the runtime can't find it by itself. */
  engine?: { wasm: EngineSource | Promise<EngineSource> };
  /**
   * How many threads share the work. For each that a long program keeps another one is started, up to as many again and
   * one. 0: none, all runs are inline. Default: the number of cores, at most 8.
   */
  threads?: number;
  /** How many runs have a machine at a time, shared out among the threads. Default 16 for each thread, 128 inline. */
  machines?: number;
  /** Where machines are short, a run that has waited this long is parked. Default 5 ms. */
  parkAfterMs?: number;
  /** Runs that began and have no outcome yet; further ones wait in the queue. Default 100,000. */
  maxConcurrentRuns?: number;
  /** Runs that wait to begin; further ones fail with `busy`. Default 10,000. */
  maxQueuedRuns?: number;
  /** How long a run waits to begin before it fails with `queue_timeout`. Default 30,000. */
  queueTimeoutMs?: number;
  /**
   * What machines, parked runs and the inputs and answers of calls take together: beyond it no further run begins.
   * Default 1 GiB.
   */
  memoryBytes?: number;
  /** What each tenant may take, or what gives that for one. Runs without a tenant have no such limits. */
  tenantLimits?: TenantLimiter;
}

const MiB = 1024 * 1024;
const NAMES = [
  ...["engine", "threads", "machines", "parkAfterMs"],
  ...["maxConcurrentRuns", "maxQueuedRuns", "queueTimeoutMs", "memoryBytes", "tenantLimits"],
];
/** Of numbers that have no default here: lowest and highest value. */
const OTHERS = { threads: [0, 1_024], machines: [1, 1_000_000], parkAfterMs: [0, 2 ** 31 - 1] } as const;

/** Default, lowest and highest value of each number. */
const NUMBERS: Readonly<Record<keyof AdmissionLimits, readonly [value: number, min: number, max: number]>> = {
  maxConcurrentRuns: [100_000, 1, 10_000_000],
  maxQueuedRuns: [10_000, 0, 10_000_000],
  queueTimeoutMs: [30_000, 1, 2 ** 31 - 1],
  memoryBytes: [1024 * MiB, MiB, Number.MAX_SAFE_INTEGER],
};

/** Checks the options of a runtime and gives its limits. Throws UsageError naming the option, its range and the value. */
export function checkRuntimeOptions(options: RuntimeOptions): AdmissionLimits {
  refuseUnknown("the options of createRuntime", options, NAMES);
  checkEngine(options.engine);
  for (const name of ["threads", "machines", "parkAfterMs"] as const) {
    const [min, max] = OTHERS[name];
    if (options[name] !== undefined) checkNumber(name, options[name], min, max);
  }
  const number = (name: keyof AdmissionLimits) => {
    const [value, min, max] = NUMBERS[name];
    return options[name] === undefined ? value : checkNumber(name, options[name], min, max);
  };
  return {
    maxConcurrentRuns: number("maxConcurrentRuns"),
    maxQueuedRuns: number("maxQueuedRuns"),
    queueTimeoutMs: number("queueTimeoutMs"),
    memoryBytes: number("memoryBytes"),
  };
}

function checkEngine(engine: RuntimeOptions["engine"]): void {
  checkType("engine", engine, "object");
  if (!engine) return;
  refuseUnknown("engine", engine, ["wasm"]);
  const { wasm } = engine;
  checkType("engine.wasm", wasm, "object");
  // It is awaited when the first machine is made, and what it rejects with is told there.
  Promise.resolve(wasm).catch(() => undefined);
}
