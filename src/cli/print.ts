import type { LogEntry, Outcome, RunFailure, Warning } from "../index.ts";
import { escapeControls, failureText, formatValue } from "../sandbox/index.ts";
import { type TaggedValue, tagged } from "../values/index.ts";
import type { Paint } from "./output.ts";
import { oneLine, visible } from "./text.ts";

/** Deeper values are not indented: the blanks alone could outgrow any memory. */
const MOST_INDENTED = 40;

/** A value as text: a string as it is, plain data as indented JSON, anything else spelled out; "" for undefined. */
export function valueText(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return visible(value);
  const isShallow = depthOf(value, MOST_INDENTED) < MOST_INDENTED;
  // `formatValue` stops at a depth that it counts from the second argument on.
  if (!isPlain(value)) return visible(formatValue(value, isShallow ? Number.NEGATIVE_INFINITY : 0));
  return escapeControls(JSON.stringify(value, undefined, isShallow ? 2 : undefined));
}

/** The outcome as one JSON document, values in their tagged form. */
export function outcomeJson(outcome: Pick<Outcome, "calls" | "logs">, indented: boolean): string {
  const { calls, logs, ...rest } = outcome;
  const document = {
    ...fieldsOf(rest),
    calls: calls.map(fieldsOf),
    logs: logs.map(fieldsOf),
  };
  return documentJson(document, indented);
}

/** A record as one JSON document, values in their tagged form. */
export function fieldsJson(record: object, indented: boolean): string {
  return documentJson(fieldsOf(record), indented);
}

/** A failure with its frame and hint. */
export function failureLines(error: RunFailure, paint: Paint): string {
  const [head = "", ...rest] = escapeControls(failureText(error)).split("\n");
  const lines = rest.map((line) => {
    if (/^> *\d+ \|/.test(line)) return paint.bold(line);
    return line.startsWith("Hint: ") ? paint.cyan(line) : line;
  });
  return `${[paint.red(head), ...lines].join("\n")}\n`;
}

/** A line of the guest's console. */
export function logLine({ level, text }: LogEntry, paint: Paint): string {
  const shown = visible(text);
  if (level === "error") return `${paint.red(`[error] ${shown}`)}\n`;
  if (level === "warn") return `${paint.yellow(`[warn] ${shown}`)}\n`;
  return level === "debug" ? `${paint.dim(`[debug] ${shown}`)}\n` : `${shown}\n`;
}

/** A warning of a run. */
export function warningLine({ line, message }: Warning, paint: Paint): string {
  return noteLine(line === undefined ? message : `${message} (line ${line})`, paint);
}

/** A warning of anybody's. */
export function noteLine(message: string, paint: Paint): string {
  return `${paint.yellow("warning:")} ${oneLine(message)}\n`;
}

function documentJson(document: object, indented: boolean): string {
  // Inside a JSON string, an escape of ours is the same text.
  return escapeControls(JSON.stringify(document, undefined, indented ? 2 : undefined));
}

/** Each field on its own: what a run returns may nest as deep as the tagged form goes. */
function fieldsOf(record: object): Record<string, TaggedValue> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, taggedOr(value)]));
}

function taggedOr(value: unknown): TaggedValue {
  try {
    return tagged(value);
  } catch (error) {
    return { $omitted: oneLine((error as Error).message) };
  }
}

/** Whether JSON says all of a value. */
function isPlain(value: unknown): boolean {
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (next === null || typeof next === "string" || typeof next === "boolean") continue;
    if (typeof next === "number" && Number.isFinite(next) && !Object.is(next, -0)) continue;
    if (typeof next !== "object" || !isContainer(next)) return false;
    for (const child of Object.values(next)) stack.push(child);
  }
  return true;
}

function isContainer(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

/** How deep a value nests, as far as `most`. */
function depthOf(value: unknown, most: number): number {
  if (typeof value !== "object" || value === null || most === 0) return 0;
  const children = value instanceof Map ? [...value].flat(1) : value instanceof Set ? [...value] : Object.values(value);
  let deepest = 0;
  for (const child of children) deepest = Math.max(deepest, depthOf(child, most - 1));
  return deepest + 1;
}
