import { lineStarts, lineText } from "./lines.ts";
import type { Span } from "./positions.ts";

/** TypeScript made JavaScript: the same lines, and where the parts of changed lines stood. */
export interface StrippedCode {
  code: string;
  /** By line index, for lines that differ. */
  spans: Map<number, Span[]>;
}

/** Finds the parts of each changed line that stand in both texts, and ends statements that lost their end with a type. */
export function align(source: string, code: string, copied: readonly [number, number][]): StrippedCode {
  const starts = lineStarts(source);
  const lines = code.split("\n");
  const spans = new Map<number, Span[]>();
  for (const [index, line] of lines.entries()) {
    if (line !== lineText(source, starts, index)) spans.set(index, []);
  }
  const tokens = tokensByLine(source, starts, copied);
  for (const [index, lineSpans] of spans) {
    placeTokens(lines[index] ?? "", lineText(source, starts, index), {
      tokens: tokens.get(index) ?? [],
      spans: lineSpans,
    });
  }
  endCutStatements(source, { lines, spans, tokens });
  return { code: lines.join("\n"), spans };
}

interface AlignedLines {
  lines: string[];
  spans: ReadonlyMap<number, Span[]>;
  tokens: ReadonlyMap<number, [number, number][]>;
}

/** Puts a semicolon where a type ended a statement and the next line would now go on with its expression. */
function endCutStatements(source: string, { lines, spans, tokens }: AlignedLines): void {
  const starts = lineStarts(source);
  const following = nextLines(lines);
  for (const [index, lineSpans] of spans) {
    const cut = typeAtEnd(lineText(source, starts, index), lineSpans);
    const next = cut === undefined ? undefined : following[index];
    if (cut === undefined || next === undefined || !/^\s*[([`]/.test(lines[next] ?? "")) continue;
    // If the type ends on that line, as in `f<{⏎a: 1⏎}>(x)`, the bracket belongs to what precedes it.
    const firstKept = tokens.get(next)?.[0]?.[0];
    if (lineText(source, starts, next).search(/\S/) !== firstKept) continue;
    const line = lines[index] ?? "";
    lines[index] = `${line.slice(0, cut)};${line.slice(cut)}`;
  }
}

/** Columns of the copied tokens, or of their parts, in each line. */
function tokensByLine(
  source: string,
  starts: readonly number[],
  copied: readonly [number, number][],
): Map<number, [number, number][]> {
  const byLine = new Map<number, [number, number][]>();
  let index = 0;
  for (const [start, end] of copied) {
    while ((starts[index + 1] ?? Number.POSITIVE_INFINITY) <= start) index++;
    for (let line = index; (starts[line] ?? Number.POSITIVE_INFINITY) < end || line === index; line++) {
      const lineStart = starts[line] ?? 0;
      const lineEnd = lineStart + lineText(source, starts, line).length;
      const list = byLine.get(line) ?? [];
      list.push([Math.max(start, lineStart) - lineStart, Math.min(end, lineEnd) - lineStart]);
      byLine.set(line, list);
    }
  }
  return byLine;
}

const MAX_INSERTED = 2000;

/** Finds each token in the output's line, from left to right, with the spaces and comments before it if they stayed. */
function placeTokens(
  line: string,
  sourceLine: string,
  into: { tokens: readonly [number, number][]; spans: Span[] },
): void {
  let column = 0;
  let sourceColumn = 0;
  for (const [start, end] of into.tokens) {
    const text = sourceLine.slice(start, end);
    const before = sourceLine.slice(sourceColumn, start);
    const whole = /^\s/.test(before) || before === "" ? find(line, before + text, column) : -1;
    const at = whole >= 0 && (whole === column || before !== "") ? whole + before.length : find(line, text, column);
    if (at < 0) continue;
    if (whole === column) into.spans.push([whole, sourceColumn, before.length + text.length]);
    else into.spans.push([at, start, text.length]);
    column = at + text.length;
    sourceColumn = end;
  }
  const rest = sourceLine.slice(sourceColumn);
  if (rest !== "" && line.slice(column) === rest) into.spans.push([column, sourceColumn, rest.length]);
}

/** The first place of a text at or soon after a column: sucrase puts in little between two tokens. */
function find(line: string, text: string, column: number): number {
  if (line.startsWith(text, column)) return column;
  const at = line.slice(column, column + MAX_INSERTED + text.length).indexOf(text);
  return at < 0 ? -1 : column + at;
}

const TYPE_START = /^\s*(?::|(?:as|satisfies|type|interface|declare|import|export)\b)/;

/** The column in the output where a type was cut off the end of a line. */
function typeAtEnd(sourceLine: string, spans: readonly Span[]): number | undefined {
  const [column, sourceColumn, length] = spans.at(-1) ?? [0, 0, 0];
  return TYPE_START.test(sourceLine.slice(sourceColumn + length)) ? column + length : undefined;
}

/** For each line the next one with code: if that starts with a bracket, it would go on with an expression that lost its type. */
function nextLines(lines: readonly string[]): (number | undefined)[] {
  const next = new Array<number | undefined>(lines.length);
  let following: number | undefined;
  for (let index = lines.length - 1; index >= 0; index--) {
    next[index] = following;
    const text = (lines[index] ?? "").trim();
    if (text !== "" && !text.startsWith("//")) following = index;
  }
  return next;
}
