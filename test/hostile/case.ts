import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { ERROR_CODES, type ErrorCode } from "../../src/errors.ts";
import type { Outcome } from "../../src/index.ts";
import { failureOf } from "../support.ts";

/** One guest program and what a good engine reports for it; hostile.md, section 7, has the conventions. */
export interface HostileCase {
  readonly id: string;
  readonly group: string;
  readonly code: string;
  readonly expect: Expectation;
  readonly note?: string;
  readonly limits?: { readonly timeoutMs?: number; readonly maxSourceBytes?: number };
  /** Tools beside `tools.echo`: see tools.ts. */
  readonly needs?: readonly string[];
  /** Beyond the shared conventions: opens `eval` and the Function constructors. */
  readonly allowEval?: boolean;
}

export type Kind = "syntax" | "runtime" | "timeout" | "memory" | "stack" | "limit" | "stalled" | "aborted";

export interface Expectation {
  readonly value?: unknown;
  readonly error?: Kind | readonly Kind[];
  readonly name?: string;
  readonly messageIncludes?: string;
  readonly maxErrorBytes?: number;
  readonly anyOf?: readonly Expectation[];
  readonly anyValue?: boolean;
  readonly ownProto?: boolean;
  readonly bytes?: string;
  readonly hostCheck?: "clean";
  readonly notMatch?: readonly string[];
  readonly maxLogBytes?: number;
  /** Beyond the shared conventions: how many calls reached a tool. */
  readonly toolRuns?: number;
}

/** A case that inline isolation can't hold, why, and how long it ran before its process was killed. */
export interface Unholdable {
  readonly id: string;
  readonly reason: string;
  /** How long it took in all, where it ended by itself; absent: it was killed after five seconds. */
  readonly tookMs?: number;
}

const LIMIT_CODES: readonly ErrorCode[] = [
  "result_limit",
  "source_limit",
  "input_limit",
  "output_limit",
  "call_limit",
  "yield_limit",
  "unserializable",
];
const CALL_CODES = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => ERROR_CODES[code].scope === "call");

const CODES: Readonly<Record<Kind, readonly ErrorCode[]>> = {
  syntax: ["syntax_error"],
  runtime: ["threw", "tool_failed", "unserializable", ...CALL_CODES],
  timeout: ["cpu_limit", "wall_limit"],
  memory: ["memory_limit"],
  stack: ["stack_limit"],
  limit: LIMIT_CODES,
  stalled: ["deadlock"],
  aborted: ["cancelled"],
};

export function readCases(file: string): HostileCase[] {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}

export function readUnholdable(): Unholdable[] {
  return JSON.parse(readFileSync(new URL("unholdable-inline.json", import.meta.url), "utf8"));
}

/** What is wrong with an outcome, one sentence each; none if it is as the case expects. */
export function problems({ expect }: HostileCase, outcome: Outcome, toolRuns: number): string[] {
  const found = mismatches(expect, outcome, toolRuns);
  const text = textOf(outcome);
  for (const pattern of expect.notMatch ?? []) {
    const needle = pattern === "$CWD" ? process.cwd() : pattern === "$HOME" ? homedir() : pattern;
    if (text.includes(needle)) found.push(`the outcome holds ${JSON.stringify(needle)}`);
  }
  const logBytes = Buffer.byteLength(outcome.logs.map((entry) => entry.text).join(""));
  if (expect.maxLogBytes !== undefined && logBytes > expect.maxLogBytes) found.push(`the logs have ${logBytes} bytes`);
  if (expect.hostCheck && ({} as { polluted?: unknown }).polluted !== undefined)
    found.push("Object.prototype is polluted");
  return found;
}

function mismatches(expect: Expectation, outcome: Outcome, toolRuns: number): string[] {
  if (expect.anyOf) {
    const each = expect.anyOf.map((one) => mismatches(one, outcome, toolRuns));
    return each.some((found) => found.length === 0) ? [] : [...new Set(each.flat())];
  }
  const found = expect.error ? errorMismatches(expect, outcome) : valueMismatches(expect, outcome);
  if (expect.toolRuns !== undefined && expect.toolRuns !== toolRuns)
    found.push(`expected ${expect.toolRuns} tools to run, ${toolRuns} did`);
  return found;
}

function errorMismatches(expect: Expectation, outcome: Outcome): string[] {
  const kinds = [expect.error ?? []].flat() as Kind[];
  if (outcome.status === "completed") return [`expected ${kinds.join(" or ")}, got the value ${brief(outcome.value)}`];
  const error = failureOf(outcome);
  const found: string[] = [];
  if (!kinds.some((kind) => CODES[kind].includes(error.code)))
    found.push(`expected ${kinds.join(" or ")}, got ${error.code}: ${brief(error.message)}`);
  if (expect.name !== undefined && error.name !== expect.name) found.push(`the error's name is ${error.name}`);
  if (expect.messageIncludes !== undefined && !error.message.includes(expect.messageIncludes))
    found.push(`the error's message is ${brief(error.message)}`);
  const bytes = Buffer.byteLength(textOf(error));
  if (expect.maxErrorBytes !== undefined && bytes > expect.maxErrorBytes) found.push(`the error has ${bytes} bytes`);
  return found;
}

function valueMismatches(expect: Expectation, outcome: Outcome): string[] {
  if (outcome.status !== "completed")
    return [`expected a value, got ${failureOf(outcome).code}: ${failureOf(outcome).message}`];
  const { value } = outcome;
  if (expect.ownProto) return hasOwnProto(value) ? [] : [`${brief(value)} has no own __proto__`];
  if (expect.bytes !== undefined) return bytesOf(value) === expect.bytes ? [] : [`the bytes are ${bytesOf(value)}`];
  if (expect.anyValue) return [];
  return isDeepStrictEqual(value, untag(expect.value)) ? [] : [`expected ${brief(expect.value)}, got ${brief(value)}`];
}

function hasOwnProto(value: unknown): boolean {
  return (
    value !== null &&
    typeof value === "object" &&
    Object.hasOwn(value, "__proto__") &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value))
  );
}

function bytesOf(value: unknown): string | undefined {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
  return value instanceof ArrayBuffer ? Buffer.from(value).toString("hex") : undefined;
}

/** A value as a case spells it: `{$undefined: true}`, `{$bigint}`, `{$number}`, `{$date}`, `{$map}`, `{$set}`. */
function untag(tree: unknown): unknown {
  if (tree === null || typeof tree !== "object") return tree;
  if (Array.isArray(tree)) return tree.map(untag);
  const [[tag, body] = []] = Object.entries(tree);
  switch (tag) {
    case "$undefined":
      return undefined;
    case "$bigint":
      return BigInt(body);
    case "$number":
      return Number(body);
    case "$date":
      return new Date(body);
    case "$map":
      return new Map(body.map(([key, value]: unknown[]) => [untag(key), untag(value)]));
    case "$set":
      return new Set(body.map(untag));
    default:
      return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, untag(value)]));
  }
}

/** Any plain value as text: for searching in it and for its size. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, member) => {
    if (typeof member === "bigint") return `${member}n`;
    if (member instanceof Error) return { name: member.name, message: member.message, stack: member.stack };
    if (member instanceof Map || member instanceof Set) return [...member];
    return member;
  });
}

function brief(value: unknown): string {
  return (textOf(value) ?? "undefined").slice(0, 300);
}
