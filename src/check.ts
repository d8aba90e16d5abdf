import { UsageError } from "./errors.ts";

/** What a wrong value is called in a message: its text, cut, and its type. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const type = Array.isArray(value) ? "array" : typeof value;
  if (type === "object" || type === "function" || type === "array")
    return type === "array" ? "an array" : `a ${type}`.replace("a o", "an o");
  const text = type === "string" ? JSON.stringify(value) : String(value);
  return `${text.length > 80 ? `${text.slice(0, 80)}…` : text} (${type})`;
}

/** Throws UsageError unless `value` is a whole number in the range. */
export function checkNumber(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`expected ${name} to be a whole number from ${min} to ${max}, got ${shown(value)}`);
}

/** Throws UsageError if `given` is not an object or has a member that is not in `names`. */
export function refuseUnknown(what: string, given: unknown, names: readonly string[]): void {
  if (given === null || typeof given !== "object" || Array.isArray(given)) {
    throw new UsageError(`expected ${what} to be an object, got ${shown(given)}`);
  }
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw new UsageError(`unknown "${name}" in ${what}; known are: ${names.join(", ")}`);
  }
}

/** Throws UsageError if a member is there but not of the type. */
export function checkType(name: string, value: unknown, type: "string" | "boolean" | "function" | "object"): void {
  if (value === undefined || (typeof value === type && value !== null && !Array.isArray(value))) return;
  throw new UsageError(`expected ${name} to be ${type === "object" ? "an" : "a"} ${type}, got ${shown(value)}`);
}
