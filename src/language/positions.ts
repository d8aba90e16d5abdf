import type { Insertion } from "./edits.ts";
import { lineIndex, lineStarts, lineText } from "./lines.ts";
import type { AuthorPosition } from "./source-error.ts";

/** The file name of a program in the engine's stacks. */
export const PROGRAM_FILE = "program.js";

/** The file name of a session's program, so that its frames and those of earlier ones can be told apart. */
export const sessionFile = (run: number): string => `program-${run}.js`;

/** Where the columns of a runnable text stand in the author's text; plain data, made by `prepare`, read by `locate`. */
export interface Positions {
  /** How many lines the author wrote; what follows them is ours. */
  lines: number;
  /** Length of our own text before the first line. */
  prefix: number;
  /** The program's file name in the engine's stacks, if it is not PROGRAM_FILE. */
  file?: string;
  /** Per line that differs: runs of [engine column, author's column, UTF-16 units, bytes per unit], counted from 0. */
  columns: Record<number, number[]>;
  /**
   * Lines where constructors make errors that are thrown elsewhere: frames at the start of a stack to pass over, if they
   * have no column (what was put into `super(…)` has none) or the name of a class without a constructor of its own.
   */
  constructors?: { line: number; implicit?: string }[];
  /** Dynamic imports, which fail without a stack. */
  imports?: { line: number; name?: string }[];
}

/** A part of a line that stands in both texts: column here, column in the author's line, length. */
export type Span = [column: number, authorColumn: number, length: number];

/**
 * The author's position of an engine position in the runnable text; the engine counts columns in UTF-8 bytes, from 1.
 * Undefined for what the author did not write; without a column where only the line is known.
 */
export function locate(positions: Positions, line: number, column?: number): AuthorPosition | undefined {
  if (!(line >= 1 && line <= positions.lines)) return undefined;
  if (column === undefined) return { line };
  if (line === 1 && column <= positions.prefix) return undefined;
  const runs = positions.columns[line];
  if (runs === undefined) return { line, column };
  const authorColumn = findColumn(runs, column - 1);
  return authorColumn === undefined ? { line } : { line, column: authorColumn + 1 };
}

/**
 * Rewrites an engine stack to the author's positions, without frames that are not the program's; position of its first
 * frame. Frames of a session's earlier programs stay, with their lines.
 */
export function mapStack(
  { positions }: { positions: Positions },
  stack: string,
): { stack: string; line?: number; column?: number } {
  const frames: string[] = [];
  let first: AuthorPosition | undefined;
  let made: AuthorPosition | undefined;
  for (const line of stack.split("\n")) {
    const frame = frameOf(positions, line);
    if (!frame) continue;
    frames.push(frame.text);
    if (!frame.own) continue;
    if (!first && makesError(positions, frame.at, frame.name)) made ??= frame.at;
    else first ??= frame.at;
  }
  return { stack: frames.join("\n"), ...(first ?? made) };
}

interface Frame {
  /** As the author reads it. */
  text: string;
  name: string | undefined;
  at: AuthorPosition;
  /** Whether it is the program's, not an earlier one's. */
  own: boolean;
}

function frameOf(positions: Positions, text: string): Frame | undefined {
  const [, name, file, line, column] = FRAME.exec(text) ?? [];
  const ownFile = positions.file ?? PROGRAM_FILE;
  const own = file === ownFile;
  if (file === undefined || (!own && ownFile === PROGRAM_FILE)) return undefined;
  // Where columns stood in an earlier program is not known any more.
  const at = own ? locate(positions, Number(line), Number(column)) : { line: Number(line) };
  if (!at) return undefined;
  const place = `${file}:${at.line}${at.column === undefined ? "" : `:${at.column}`}`;
  return { text: name === undefined ? `    at ${place}` : `    at ${name} (${place})`, name, at, own };
}

function makesError({ constructors = [] }: Positions, at: AuthorPosition, name?: string): boolean {
  return constructors.some(
    ({ line, implicit }) => line === at.line && (implicit === undefined ? at.column === undefined : implicit === name),
  );
}

const FRAME: RegExp = /^ {4}at (?:(.*) \()?(program(?:-\d+)?\.js):(\d+):(\d+)\)?$/;

/** What `makePositions` needs: the code between the wrapper's parts before and after the edits. */
export interface EditedCode {
  /** The code that was edited, without the wrapper. */
  code: string;
  /** Length of the wrapper's part before the code. */
  prefix: number;
  /** Insertions by offset in `code`. */
  insertions: readonly Insertion[];
  /** Where lines of `code` stand in the author's lines, by line index, if they differ. */
  spans: ReadonlyMap<number, readonly Span[]>;
}

/** Builds the table for `locate`: entries only for lines that were changed or hold characters beyond ASCII. */
export function makePositions(edited: EditedCode): Positions {
  const starts = lineStarts(edited.code);
  const byLine = insertionsByLine(edited.insertions, starts);
  const columns: Record<number, number[]> = {};
  for (const index of changedLines(edited, starts, byLine)) {
    const text = lineText(edited.code, starts, index);
    const authorSpans = edited.spans.get(index) ?? [[0, 0, text.length]];
    const prefix = index === 0 ? edited.prefix : 0;
    columns[index + 1] = runsOfLine(text, { prefix, insertions: byLine.get(index) ?? [], authorSpans });
  }
  return { lines: starts.length, prefix: edited.prefix, columns };
}

function findColumn(runs: readonly number[], offset: number): number | undefined {
  // A line can have a hundred thousand runs, and a program as many stacks: nothing is taken apart or copied.
  for (let index = 0; index + 3 < runs.length; index += 4) {
    const start = runs[index] as number;
    if (offset < start) continue;
    const width = runs[index + 3] as number;
    if (offset >= start + (runs[index + 2] as number) * width) continue;
    return (runs[index + 1] as number) + Math.floor((offset - start) / width);
  }
  return undefined;
}

function insertionsByLine(insertions: readonly Insertion[], starts: readonly number[]): Map<number, Insertion[]> {
  const byLine = new Map<number, Insertion[]>();
  for (const insertion of insertions) {
    const index = lineIndex(starts, insertion.offset);
    const column = insertion.offset - (starts[index] ?? 0);
    const list = byLine.get(index) ?? [];
    const anchor = insertion.anchor === undefined ? undefined : insertion.anchor - (starts[index] ?? 0);
    list.push({ offset: column, length: insertion.length, ...(anchor !== undefined && { anchor }) });
    byLine.set(index, list);
  }
  return byLine;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
const BEYOND_ASCII = /[^\u0000-\u007f]/;

function changedLines(edited: EditedCode, starts: number[], byLine: Map<number, Insertion[]>): Set<number> {
  const changed = new Set<number>([0, ...byLine.keys(), ...edited.spans.keys()]);
  if (BEYOND_ASCII.test(edited.code)) {
    for (let index = 0; index < starts.length; index++) {
      if (BEYOND_ASCII.test(lineText(edited.code, starts, index))) changed.add(index);
    }
  }
  return changed;
}

interface LineParts {
  prefix: number;
  insertions: readonly Insertion[];
  authorSpans: readonly Span[];
}

/** The runs of one line: cuts the author's spans at insertions and wherever the width of characters changes. */
function runsOfLine(text: string, line: LineParts): number[] {
  const shiftAt = insertedBytes(text.length, line);
  const authorAt = new Map<number, number>();
  for (const [column, author, length] of line.authorSpans) {
    for (let step = 0; step < length; step++) authorAt.set(column + step, author + step);
  }
  const runs: number[] = [];
  let bytes = 0;
  for (let column = 0; column < text.length; column++) {
    const width = unitWidth(text, column);
    const author = authorAt.get(column);
    if (author !== undefined) appendUnit(runs, { start: bytes + (shiftAt[column] ?? 0), author, width });
    bytes += width;
  }
  appendAnchors(runs, text, { line, authorAt });
  return runs;
}

/** An insertion with an anchor is one unit as wide as itself. */
function appendAnchors(
  runs: number[],
  text: string,
  { line, authorAt }: { line: LineParts; authorAt: ReadonlyMap<number, number> },
): void {
  let inserted = line.prefix;
  let column = 0;
  let bytes = 0;
  for (const { offset, length, anchor } of line.insertions) {
    const author = anchor === undefined ? undefined : authorAt.get(anchor);
    if (author !== undefined) {
      for (; column < offset; column++) bytes += unitWidth(text, column);
      runs.push(bytes + inserted, author, 1, length);
    }
    inserted += length;
  }
}

/** How many inserted bytes (all ASCII) stand before each column. */
function insertedBytes(length: number, line: LineParts): number[] {
  const before = new Array<number>(length).fill(line.prefix);
  let sum = line.prefix;
  let next = 0;
  for (let column = 0; column < length; column++) {
    while ((line.insertions[next]?.offset ?? Number.POSITIVE_INFINITY) <= column) {
      sum += line.insertions[next]?.length ?? 0;
      next++;
    }
    before[column] = sum;
  }
  return before;
}

function appendUnit(runs: number[], unit: { start: number; author: number; width: number }): void {
  const last = runs.length - 4;
  const [start = 0, author = 0, length = 0, width = 0] = last >= 0 ? runs.slice(last) : [];
  const continues = width === unit.width && start + length * width === unit.start && author + length === unit.author;
  if (last >= 0 && continues) runs[last + 2] = length + 1;
  else runs.push(unit.start, unit.author, 1, unit.width);
}

/** UTF-8 bytes of one UTF-16 unit; a pair of surrogates is four bytes, two for each. */
function unitWidth(text: string, column: number): number {
  const unit = text.charCodeAt(column);
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  const paired =
    (unit >= 0xd800 && unit <= 0xdbff && isBetween(text.charCodeAt(column + 1), 0xdc00, 0xdfff)) ||
    (unit >= 0xdc00 && unit <= 0xdfff && isBetween(text.charCodeAt(column - 1), 0xd800, 0xdbff));
  return paired ? 2 : 3;
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
