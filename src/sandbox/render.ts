import { checkNumber, shown } from "../check.ts";
import { RunError, type RunFailure, UsageError } from "../errors.ts";
import type { PendingCall } from "../snapshots/index.ts";
import { formatValue } from "./format.ts";
import type { Outcome } from "./types.ts";

/** About how many characters of English or code make a token. */
const CHARACTERS_PER_TOKEN = 3.5;
/** The last millisecond that a Date can tell. */
const END_OF_TIME = 8.64e15;

/** The value of a completed run. Throws RunError, which carries the failure; UsageError for a run that is suspended. */
export function unwrap(outcome: Outcome): unknown {
  if (outcome.status === "completed") return outcome.value;
  if (outcome.status === "suspended") {
    throw new UsageError("the run is suspended and has no value yet: resume it from outcome.snapshot");
  }
  throw new RunError(outcome.error);
}

/** Options of `renderOutcome`. */
export interface RenderOptions {
  /** About how many tokens the text may have. Default 4,000. */
  maxTokens?: number;
}

/** The outcome as text for a model or a terminal: the value or the failure, then logs, failed calls and warnings. */
export function renderOutcome(outcome: Outcome, options: RenderOptions = {}): string {
  if (!outcome || typeof outcome !== "object" || !("status" in outcome)) {
    throw new UsageError(`expected an outcome, got ${shown(outcome)}`);
  }
  if (options.maxTokens !== undefined) checkNumber("maxTokens", options.maxTokens, 1, 10_000_000);
  const room = Math.max(200, Math.floor((options.maxTokens ?? 4_000) * CHARACTERS_PER_TOKEN));
  const head = headText(outcome);
  const logs = outcome.logs
    .map(({ level, text }) => (level === "log" || level === "info" ? text : `[${level}] ${text}`))
    .join("\n");
  const warnings = outcome.warnings
    .map(({ line, message }) => `- ${message}${line === undefined ? "" : ` (line ${line})`}`)
    .join("\n");
  const sections = [
    ["", head, 0.6],
    ["Logs:\n", logs, 0.3],
    ["Warnings:\n", warnings, 0.1],
  ] as const;
  let left = room;
  const parts: string[] = [];
  for (const [title, text, share] of sections) {
    if (!text) continue;
    const part = cut(
      escapeControls(text),
      Math.max(Math.floor(room * share), share === 0.6 ? left - logs.length - warnings.length : 0),
    );
    left -= part.length;
    parts.push(title + part);
  }
  return parts.join("\n\n");
}

function headText(outcome: Outcome): string {
  // What a tool says when it ends the run is between it and the host: only its name is shown.
  if (outcome.status === "completed" && outcome.exit) return `A tool ended the run: ${outcome.exit.name}`;
  if (outcome.status === "completed") return valueText(outcome.value);
  return outcome.status === "failed" ? failureText(outcome.error) : pendingText(outcome.pending);
}

/** What a suspended run waits for, a line each. */
export function pendingText(pending: readonly PendingCall[]): string {
  const lines = pending.map((call) => `- ${WAITS_FOR[call.kind]}: ${pendingCallText(call)}`);
  return ["Suspended. It waits for:", ...(lines.length > 0 ? lines : ["- nothing: it can be resumed at once"])].join(
    "\n",
  );
}

const WAITS_FOR: Readonly<Record<PendingCall["kind"], string>> = {
  approval: "an approval",
  deferred: "an answer",
  sleep: "the clock",
  in_flight: "what became of a call that was out",
};

function pendingCallText({ expiresAt, id, input, line, tool, wakeAt }: PendingCall): string {
  const shown = formatValue(input);
  const place = line === undefined ? "" : `, line ${line}`;
  const until = wakeAt ?? expiresAt;
  const time = until === undefined ? "" : `, until ${new Date(Math.min(until, END_OF_TIME)).toISOString()}`;
  return `${tool}(${shown.length > 300 ? `${shown.slice(0, 300)}…` : shown}) (call ${id}${place}${time})`;
}

/** A failure as text: code, message, frame, hint, cause. */
export function failureText(error: RunFailure): string {
  const named = error.name === "Error" || error.code !== "threw" ? error.message : `${error.name}: ${error.message}`;
  const lines = [`Failed (${error.code}): ${named}`];
  if (error.frame) lines.push(error.frame);
  else if (error.line !== undefined) lines.push(`at line ${error.line}`);
  if (error.cause !== undefined) lines.push(`Cause: ${formatValue(error.cause)}`);
  if (error.hint) lines.push(`Hint: ${error.hint}`);
  return lines.join("\n");
}

/** Makes control and bidirectional characters visible, so that no text can act on a terminal or read as another. */
export function escapeControls(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is escaped
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : formatValue(value);
}

function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  const head = Math.floor(room * 0.7);
  const tail = room - head;
  return `${text.slice(0, head)}\n… ${text.length - room} characters left out …\n${text.slice(-tail)}`;
}
