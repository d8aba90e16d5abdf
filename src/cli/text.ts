import { escapeControls } from "../sandbox/index.ts";

const INVISIBLE = /\p{M}|[\u200b-\u200d\u2060-\u2064]/u;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f1ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Extended_Pictographic}/u;

/** The last millisecond that a Date can tell. */
const END_OF_TIME = 8.64e15;
const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Text for a person's eyes: control and bidirectional characters as escapes; line breaks of both kinds stay. */
export function visible(text: string): string {
  return text.split("\r\n").map(escapeControls).join("\r\n");
}

/** The same on one line. */
export function oneLine(text: string): string {
  return escapeControls(text.replace(/\s+/g, " ").trim());
}

/** A text cut to so many columns of a terminal, with an ellipsis if anything was cut. Wide characters take two. */
export function cutToWidth(text: string, columns: number): string {
  let width = 0;
  let end = 0;
  let fits = 0;
  for (const char of text) {
    width += charWidth(char);
    if (width > columns) return `${text.slice(0, fits)}…`;
    end += char.length;
    if (width < columns) fits = end;
  }
  return text;
}

/** Columns that a text takes in a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** Milliseconds for a person: `12 ms`, `1.2 s`, `3 min 05 s`, `2 h 30 min`, `3 d 04 h`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < HOUR) return parts(seconds, [60, "min"], [1, "s"]);
  return seconds < 2 * DAY ? parts(seconds, [HOUR, "h"], [60, "min"]) : parts(seconds, [DAY, "d"], [HOUR, "h"]);
}

/** A time in milliseconds since the epoch, as people and machines read it. */
export function instant(ms: number): string {
  return ms > END_OF_TIME ? "the end of time" : new Date(ms).toISOString();
}

function parts(seconds: number, [large, largeUnit]: [number, string], [small, smallUnit]: [number, string]): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeUnit} ${String(rest).padStart(2, "0")} ${smallUnit}`;
}

function charWidth(char: string): number {
  if (char < "\u0300") return 1;
  if (INVISIBLE.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}
