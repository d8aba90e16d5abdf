import { UsageError } from "../errors.ts";
import { escapeInvisible } from "./code-frame.ts";
import { PROGRAM_FILE } from "./positions.ts";

/** What a listing needs to know of a failure; a `RunFailure` fits. */
export interface ListedFailure {
  stack?: string;
  line?: number;
  column?: number;
}

/** Options of `formatListing`. */
export interface ListingOptions {
  /** "llmz": the format that LLMz shows to models, with its padded numbers and its ten carets at the indentation. */
  style?: "llmz";
}

/**
 * The whole program with line numbers; every line of it that stands in the failure's stack is marked with `>`, and with
 * carets at its columns. Control and bidirectional characters are escaped. Throws UsageError for an unknown style.
 */
export function formatListing(source: string, failure: ListedFailure, options: ListingOptions = {}): string {
  if (options.style !== undefined && options.style !== "llmz") {
    throw new UsageError(`expected style to be "llmz" or absent, got ${String(options.style)}`);
  }
  const lines = source.split(/\r\n?|\n/);
  const marks = marksOf(failure);
  const style = options.style === "llmz" ? llmzStyle : plainStyle(String(lines.length).length);
  const listed = lines.flatMap((text, index) =>
    style(index + 1, escapeInvisible(text), columnsIn(text, marks, index + 1)),
  );
  return options.style === "llmz" ? listed.join("\n").trim() : listed.map((line) => line.trimEnd()).join("\n");
}

/** Columns by line. */
type Marks = ReadonlyMap<number, ReadonlySet<number>>;

/** One line of the listing, with its carets below it if it is marked: `columns` count from 0 in the text as shown. */
type Style = (number: number, text: string, columns: readonly number[] | undefined) => string[];

const FRAME = new RegExp(`\\b${PROGRAM_FILE.replace(".", "\\.")}:(\\d+)(?::(\\d+))?\\)?$`);

function marksOf({ column, line, stack = "" }: ListedFailure): Marks {
  const marks = new Map<number, Set<number>>();
  const add = (at: number, columnAt: number | undefined): void => {
    const columns = marks.get(at) ?? new Set();
    if (columnAt !== undefined) columns.add(columnAt);
    marks.set(at, columns);
  };
  for (const frame of stack.split("\n")) {
    const match = FRAME.exec(frame);
    if (match) add(Number(match[1]), match[2] === undefined ? undefined : Number(match[2]));
  }
  if (line !== undefined) add(line, column);
  return marks;
}

function columnsIn(text: string, marks: Marks, line: number): number[] | undefined {
  const columns = marks.get(line);
  const shown = (column: number): number => escapeInvisible(text.slice(0, column - 1)).length;
  return columns && [...columns].map(shown).sort((a, b) => a - b);
}

function plainStyle(digits: number): Style {
  return (number, text, columns) => {
    const line = `${columns ? ">" : " "} ${String(number).padStart(digits)} | ${text.replaceAll("\t", " ")}`;
    if (!columns || columns.length === 0) return [line];
    const carets = columns.reduce((drawn, column) => `${drawn.padEnd(column)}^`, "");
    return [line, `  ${" ".repeat(digits)} | ${carets}`];
  };
}

function llmzStyle(number: number, text: string, columns: readonly number[] | undefined): string[] {
  const padded = String(number).padStart(3, "0");
  if (!columns) return [`  ${padded} | ${text}`];
  const indentation = text.length - text.trimStart().length;
  return [`> ${padded} | ${text}`, `    ${" ".repeat(padded.length + indentation)}${"^".repeat(10)}`];
}
