import { checkNumber, refuseUnknown } from "../check.ts";

/** What a run may spend. Times in milliseconds, sizes in bytes. */
export interface Limits {
  /** From its turn in the runtime to its outcome. Default 30,000. */
  wallMs: number;
  /** Inside the machine. Default 5,000. */
  cpuMs: number;
  /** Deterministic fuel, in units of 10,000 engine ticks. Default Infinity: off. */
  steps: number;
  /** The guest heap, 1 MiB to 1 GiB. Default 64 MiB. */
  memoryBytes: number;
  /** Default 256 KiB. */
  sourceBytes: number;
  /** The value, or one yielded value, as text. Default 1 MiB. */
  resultBytes: number;
  /** Default 1,000; beyond it the first and the latest entries are kept. */
  logEntries: number;
  /** Default 64 KiB; beyond it the first and the latest entries are kept. */
  logBytes: number;
  /** Default 256; further calls reject with `call_limit`. */
  toolCalls: number;
  /** Default 32; further calls wait for their turn. */
  toolCallsInFlight: number;
  /** One call's input. Default 1 MiB. */
  toolInputBytes: number;
  /** One call's answer. Default 4 MiB. */
  toolOutputBytes: number;
  /** Inputs and outputs kept in call records. Default 1 MiB; older ones become marked omissions. */
  recordBytes: number;
  /** Default 10,000. */
  yields: number;
  /** To properties of host objects. Default 10,000; further ones throw. */
  writes: number;
  /** A suspended run, sealed. Default 32 MiB. */
  snapshotBytes: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** The limits of a run that sets none. */
export const DEFAULT_LIMITS: Readonly<Limits> = Object.freeze({
  wallMs: 30_000,
  cpuMs: 5_000,
  steps: Number.POSITIVE_INFINITY,
  memoryBytes: 64 * MiB,
  sourceBytes: 256 * KiB,
  resultBytes: MiB,
  logEntries: 1_000,
  logBytes: 64 * KiB,
  toolCalls: 256,
  toolCallsInFlight: 32,
  toolInputBytes: MiB,
  toolOutputBytes: 4 * MiB,
  recordBytes: MiB,
  yields: 10_000,
  writes: 10_000,
  snapshotBytes: 32 * MiB,
});

/** The longest delay that a platform timer takes. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** Lowest and highest value of each limit, and whether Infinity turns it off. */
const RANGES: Readonly<Record<keyof Limits, readonly [min: number, max: number, off?: "off"]>> = {
  wallMs: [1, MAX_TIMER_MS],
  cpuMs: [1, MAX_TIMER_MS],
  steps: [1, Number.MAX_SAFE_INTEGER, "off"],
  memoryBytes: [MiB, 1024 * MiB],
  sourceBytes: [1, 16 * MiB],
  resultBytes: [16, 256 * MiB],
  logEntries: [0, 1_000_000],
  logBytes: [0, 64 * MiB],
  toolCalls: [0, 1_000_000, "off"],
  toolCallsInFlight: [1, 10_000],
  toolInputBytes: [16, 256 * MiB],
  toolOutputBytes: [16, 256 * MiB],
  recordBytes: [0, 256 * MiB],
  yields: [0, 1_000_000, "off"],
  writes: [0, 1_000_000, "off"],
  snapshotBytes: [1024, 1024 * MiB],
};

/** Checks given limits and fills in the rest from `base`. Throws UsageError naming the limit, its range and the value. */
export function resolveLimits(
  given: Partial<Limits> | undefined,
  base: Readonly<Limits> = DEFAULT_LIMITS,
): Readonly<Limits> {
  if (given === undefined) return base;
  refuseUnknown("limits", given, Object.keys(RANGES));
  const limits: Limits = { ...base };
  for (const [name, [min, max, off]] of Object.entries(RANGES) as [keyof Limits, (typeof RANGES)[keyof Limits]][]) {
    const value: unknown = given[name];
    if (value === undefined || (off && value === Number.POSITIVE_INFINITY))
      limits[name] = (value as undefined) ?? base[name];
    else limits[name] = checkNumber(`limits.${name}`, value, min, max);
  }
  return Object.freeze(limits);
}
