import { createSandbox, DEFAULT_LIMITS, type Limits, UsageError } from "../index.ts";
import { CliError } from "./exit-codes.ts";
import { oneLine } from "./text.ts";

const TIMES: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000 };
/** The longest delay that a platform timer takes. */
const MAX_TIME_MS = 2 ** 31 - 1;
const SIZES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Reads `name=value` pairs: `steps=100`, `wallMs=10s`, `memoryBytes=64MiB`. Throws CliError. */
export function parseLimits(pairs: readonly string[]): Partial<Limits> {
  const limits = Object.fromEntries(pairs.map(parseLimit));
  try {
    // Nothing but a sandbox knows the ranges; one without tools costs nothing.
    void createSandbox({ limits });
  } catch (error) {
    if (error instanceof UsageError) throw new CliError(`--limit: ${error.message.replaceAll("limits.", "")}`);
    throw error;
  }
  return limits;
}

/** Reads a time: `500`, `500ms`, `3s`, `2min`. Gives milliseconds. Throws CliError. */
export function parseTime(option: string, text: string): number {
  const ms = amount(text, TIMES);
  if (ms === undefined) throw badValue(`${option} ${text}`, Object.keys(TIMES));
  if (ms > MAX_TIME_MS) throw new CliError(`${option} ${oneLine(text)}: expected at most ${MAX_TIME_MS} ms`);
  return ms;
}

/** The units that the values of a limit may have. */
export function unitsOf(name: string): Readonly<Record<string, number>> {
  if (name.endsWith("Ms")) return TIMES;
  return name.endsWith("Bytes") ? SIZES : {};
}

function parseLimit(pair: string): [keyof Limits, number] {
  const at = pair.indexOf("=");
  const name = pair.slice(0, Math.max(at, 0));
  if (at === -1) throw new CliError(`--limit expects name=value, such as wallMs=10s, got "${oneLine(pair)}"`);
  if (!isLimit(name)) {
    const known = Object.keys(DEFAULT_LIMITS).join(", ");
    throw new CliError(`--limit: there is no limit "${oneLine(name)}"; known: ${known}`);
  }
  const units = unitsOf(name);
  const value = amount(pair.slice(at + 1), units);
  if (value === undefined) throw badValue(`--limit ${pair}`, Object.keys(units));
  return [name, value];
}

/** A number with one of the units, or without; undefined for anything else. */
function amount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = unit === "" ? 1 : Object.hasOwn(units, unit) ? units[unit] : undefined;
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

function isLimit(name: string): name is keyof Limits {
  return Object.hasOwn(DEFAULT_LIMITS, name);
}

function badValue(given: string, units: readonly string[]): CliError {
  const unit = units.length === 0 ? "" : ` or one with ${units.join(", ")}`;
  return new CliError(`${oneLine(given)}: expected a number${unit}`);
}
