import { UsageError } from "../errors.ts";
import { kindOf, printable } from "./text.ts";
import { expandVariables, type Variables } from "./variables.ts";

const LONGEST_TIMEOUT = 2 ** 31 - 1; // setTimeout takes more for 1 ms
const SECRET_FIELDS = new Set(["env", "headers"]);

/** The keys of one server's entry, each checked as it is read; a wrong one throws UsageError. */
export interface Fields {
  has(key: string): boolean;
  boolean(key: string): boolean | undefined;
  /** A string taken as it stands. */
  literal(key: string): string | undefined;
  /** A string with its variables expanded; so are the next two. */
  text(key: string): string | undefined;
  textList(key: string): string[] | undefined;
  textRecord(key: string): Record<string, string>;
  globs(key: string): string[] | undefined;
  milliseconds(key: string): number | undefined;
  error(key: string, expectation: string, got?: string): UsageError;
  /** Keys that nothing asked for. */
  unread(): string[];
  /** Values of environment variables that were put in. */
  expanded(): string[];
}

/** Reads the entry of one server; `where` begins each message. */
export function createFields(entry: Readonly<Record<string, unknown>>, where: string, variables: Variables): Fields {
  const read = new Set<string>();
  const secrets = new Set<string>();

  const error = (key: string, expectation: string, got?: string): UsageError =>
    new UsageError(`${where}: ${printable(key, 80)} ${expectation}${got === undefined ? "" : `, got ${got}`}`);

  const get = (key: string): unknown => {
    read.add(key);
    return Object.hasOwn(entry, key) ? (entry[key] ?? undefined) : undefined;
  };

  const string = (value: unknown, key: string): string => {
    if (typeof value !== "string") throw error(key, "must be a string", shownValue(value, key));
    if (value.includes("\0")) throw error(key, "must not contain a NUL character");
    return value;
  };

  const expand = (value: unknown, key: string): string =>
    expandVariables(string(value, key), variables, `${where}: ${printable(key, 80)}`, (secret) => secrets.add(secret));

  const list = (key: string): unknown[] | undefined => {
    const value = get(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw error(key, "must be an array of strings", shownValue(value, key));
    return value;
  };

  return {
    has: (key) => get(key) !== undefined,
    boolean: (key) => {
      const value = get(key);
      if (value === undefined || typeof value === "boolean") return value;
      throw error(key, "must be true or false", shownValue(value, key));
    },
    literal: (key) => (get(key) === undefined ? undefined : string(get(key), key)),
    text: (key) => (get(key) === undefined ? undefined : expand(get(key), key)),
    textList: (key) => list(key)?.map((value, index) => expand(value, `${key}[${index}]`)),
    textRecord: (key) => {
      const value = get(key) ?? {};
      if (typeof value !== "object" || Array.isArray(value))
        throw error(key, "must be an object of strings", kindOf(value));
      return Object.fromEntries(
        Object.entries(value).map(([name, text]) => [name, expand(scalar(text), `${key}.${name}`)]),
      );
    },
    globs: (key) =>
      list(key)?.map((value, index) => {
        const glob = string(value, `${key}[${index}]`);
        if (glob === "") throw error(`${key}[${index}]`, "must be a tool name or a glob", '""');
        return glob;
      }),
    milliseconds: (key) => {
      const value = get(key);
      if (value === undefined) return undefined;
      if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= LONGEST_TIMEOUT)
        return value as number;
      throw error(key, `must be a number of milliseconds from 1 to ${LONGEST_TIMEOUT}`, shownValue(value, key));
    },
    error,
    unread: () => Object.keys(entry).filter((key) => !read.has(key)),
    expanded: () => [...secrets],
  };
}

/** Numbers and booleans are common in `env`; every other program takes them as text. */
function scalar(value: unknown): unknown {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

function shownValue(value: unknown, key: string): string {
  if (SECRET_FIELDS.has(key.split(".")[0] ?? "")) return kindOf(value);
  return `${printable(JSON.stringify(value) ?? String(value), 60)} (${kindOf(value)})`;
}
