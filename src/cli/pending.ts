import type { PendingCall } from "../index.ts";
import { formatValue } from "../sandbox/index.ts";
import type { Paint } from "./output.ts";
import { cutToWidth, duration, instant, oneLine } from "./text.ts";

const INPUT_WIDTH = 300;
const DETAILS_WIDTH = 300;

const WAITS_FOR: Readonly<Record<PendingCall["kind"], string>> = {
  approval: "an approval",
  deferred: "an answer",
  sleep: "the clock",
  in_flight: "what became of a call that was out",
};

/** What can be said about each kind of pending call on the command line, the usual first. */
const CHOICES: Readonly<Record<PendingCall["kind"], readonly string[]>> = {
  approval: ["--approve ID", "--approve ID=INPUT", "--deny ID=WHY"],
  deferred: ["--answer ID=JSON", "--error ID=MESSAGE", "--reissue ID"],
  sleep: [],
  in_flight: ["--reissue ID", "--answer ID=JSON", "--error ID=MESSAGE"],
};

/** What a suspended run waits for, with what can be done about each. */
export function pendingLines(pending: readonly PendingCall[], paint: Paint): string {
  if (pending.length === 0) return "It waits for nothing: it can go on at once.\n";
  return `It waits for:\n${pending.map((call) => pendingLine(call, paint)).join("")}`;
}

/** The arguments that answer what is pending, to be filled in: the usual for each. */
export function usualAnswers(pending: readonly PendingCall[]): string[] {
  return pending.flatMap(({ id, kind }) =>
    CHOICES[kind].slice(0, 1).flatMap((choice) => filledIn(choice, id).split(" ")),
  );
}

/** Words as a shell takes them. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

function pendingLine(call: PendingCall, paint: Paint): string {
  const { details, id, kind, line } = call;
  const place = line === undefined ? "" : `, line ${line}`;
  const choices = CHOICES[kind].map((choice) => filledIn(choice, id)).join("  or  ");
  return [
    `- ${WAITS_FOR[kind]}: ${callText(call)} (call ${id}${place}${times(call)})\n`,
    details === undefined ? "" : `    details: ${shortText(details, DETAILS_WIDTH)}\n`,
    choices === "" ? "" : `    ${paint.dim(choices)}\n`,
  ].join("");
}

function callText({ input, kind, tool }: PendingCall): string {
  const name = shortName(tool);
  if (kind === "sleep") return name;
  return `${name}(${input === undefined ? "" : shortText(input, INPUT_WIDTH)})`;
}

function times({ expiresAt, wakeAt }: PendingCall): string {
  const woken = wakeAt === undefined ? "" : `, until ${distance(wakeAt)}`;
  return expiresAt === undefined ? woken : `${woken}, expires ${distance(expiresAt)}`;
}

function distance(at: number): string {
  const ms = at - Date.now();
  return `${instant(at)}, ${ms > 0 ? `in ${duration(ms)}` : "which is over"}`;
}

function filledIn(choice: string, id: string): string {
  return choice.replace("ID", shortName(id));
}

function shortText(value: unknown, width: number): string {
  return cutToWidth(oneLine(formatValue(value)), width);
}

function shortName(name: string): string {
  return cutToWidth(oneLine(name), INPUT_WIDTH);
}
