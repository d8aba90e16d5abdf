import { isPlainObject } from "../show.ts";

const MOST_LEVELS = 1_000;
// Names are matched against `patternProperties`, which may take the square of their length.
const LONGEST_NAME = 10_000;

/** Why a value can't be checked against a JSON Schema at all, and where. */
export class NotJson extends Error {
  readonly path: readonly PropertyKey[];

  constructor(message: string, path: readonly PropertyKey[]) {
    super(message);
    this.path = path;
  }
}

/**
 * The value as JSON has it: properties that are undefined are absent, undefined items null. The value itself
 * where nothing differs. Throws `NotJson` for bigints, functions, symbols, cycles, too many levels
 * and endless property names.
 */
export function jsonView(value: unknown): unknown {
  return view(value, []);
}

function view(value: unknown, path: PropertyKey[]): unknown {
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") {
    throw new NotJson("expected a JSON value", path);
  }
  if (typeof value !== "object" || value === null) return value;
  if (path.length > MOST_LEVELS) throw new NotJson(`is nested deeper than ${MOST_LEVELS} levels`, path.slice(0, 5));
  if (Array.isArray(value)) return arrayView(value, path);
  return isPlainObject(value) ? objectView(value, path) : value;
}

function arrayView(value: readonly unknown[], path: PropertyKey[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < value.length; index++) {
    const seen = inside(value[index], path, index) ?? null;
    if (seen !== value[index]) copy ??= value.slice();
    if (copy) copy[index] = seen;
  }
  return copy ?? value;
}

function objectView(value: Record<string, unknown>, path: PropertyKey[]): Record<string, unknown> {
  const entries = Object.keys(value).map((key): [string, unknown, unknown] => {
    if (key.length > LONGEST_NAME)
      throw new NotJson(`has a property name of more than ${LONGEST_NAME} characters`, path);
    const own = value[key];
    return [key, own, inside(own, path, key)];
  });
  if (entries.every(([, own, seen]) => own === seen && seen !== undefined)) return value;
  return Object.fromEntries(entries.filter(([, , seen]) => seen !== undefined).map(([key, , seen]) => [key, seen]));
}

function inside(value: unknown, path: PropertyKey[], key: PropertyKey): unknown {
  if (typeof value !== "object" || value === null) {
    return typeof value === "bigint" || typeof value === "function" || typeof value === "symbol"
      ? view(value, [...path, key])
      : value;
  }
  path.push(key);
  const seen = view(value, path);
  path.pop();
  return seen;
}
