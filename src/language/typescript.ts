import { lineIndex, lineStarts, lineText } from "./lines.ts";
import type { ParseFailure } from "./parse.ts";
import type { Span } from "./positions.ts";

/** TypeScript made JavaScript: the same lines, and where the parts of changed lines stood. */
export interface StrippedCode {
  code: string;
  /** By line index, for lines that differ. */
  spans: Map<number, Span[]>;
}

/** Strips types with sucrase, which is loaded at the first use. Lines stay; what sucrase would drop silently is refused. */
export async function stripTypes(source: string): Promise<StrippedCode | ParseFailure> {
  const { transform } = await import("sucrase");
  const metered = new MeteredText(source);
  try {
    const { code } = transform(metered as unknown as string, { transforms: ["typescript"], disableESTransforms: true });
    const stripped = align(source, code, metered.copiedTokens());
    return droppedMeaning(source, stripped.spans) ?? stripped;
  } catch (error) {
    return metered.exhausted ? { ...TOO_DEEP } : failureOf(source, error);
  }
}

const TOO_DEEP: ParseFailure = {
  message: "The types and functions in this source are nested too deeply to be read",
  offset: 0,
  hint: "Name the inner functions and types in statements of their own.",
};

/**
 * The text as sucrase reads it, with a bound on how often it may read: sucrase reparses nested arrow functions
 * and generics exponentially (24 levels: 48 s), while ordinary source is read 3 to 4 times. It also tells which tokens
 * were copied to the output; sucrase's own source map loses all columns after the first `${` without text before it.
 */
class MeteredText {
  readonly length: number;
  readonly #text: string;
  readonly #copied = new Map<number, number>();
  #spaceEnd = -1;
  #reads: number;

  constructor(text: string) {
    this.#text = text;
    this.length = text.length;
    this.#reads = 300_000 + 24 * text.length;
  }

  get exhausted(): boolean {
    return this.#reads < 0;
  }

  charCodeAt(index: number): number {
    this.#reads--;
    if (this.#reads < 0) throw new Error(TOO_DEEP.message);
    return this.#text.charCodeAt(index);
  }

  /** sucrase copies a token by two slices in a row: the space and comments before it, and itself. */
  slice(start: number, end: number): string {
    const text = this.#text.slice(start, end);
    if (text === "" || /^(?:\s|\/[/*])/.test(text)) this.#spaceEnd = end;
    else if (start === this.#spaceEnd) this.#copied.set(start, end);
    return text;
  }

  /** Start and end of the tokens that were copied, in source order. */
  copiedTokens(): [start: number, end: number][] {
    return [...this.#copied].sort(([a], [b]) => a - b);
  }

  startsWith(text: string, at?: number): boolean {
    return this.#text.startsWith(text, at);
  }

  includes(text: string, at?: number): boolean {
    return this.#text.includes(text, at);
  }

  indexOf(text: string, at?: number): number {
    return this.#text.indexOf(text, at);
  }

  replace(pattern: RegExp | string, by: string): string {
    return this.#text.replace(pattern, by);
  }

  toString(): string {
    return this.#text;
  }
}

function failureOf(source: string, error: unknown): ParseFailure {
  const { message, pos } = error as { message?: unknown; pos?: unknown };
  if (typeof pos !== "number") return { ...TOO_DEEP };
  const text = String(message).replace(/ \(\d+:\d+\)$/, "");
  return { message: text, offset: Math.min(Math.max(pos, 0), source.length) };
}

/** Finds the parts of each changed line that stand in both texts, and ends statements that lost their end with a type. */
function align(source: string, code: string, copied: readonly [number, number][]): StrippedCode {
  const starts = lineStarts(source);
  const lines = code.split("\n");
  const spans = new Map<number, Span[]>();
  for (const [index, line] of lines.entries()) {
    if (line !== lineText(source, starts, index)) spans.set(index, []);
  }
  const tokens = tokensByLine(source, starts, copied);
  const sourceLineAt = (index: number): string => lineText(source, starts, index);
  for (const [index, lineSpans] of spans) {
    placeTokens(lines[index] ?? "", sourceLineAt(index), { tokens: tokens.get(index) ?? [], spans: lineSpans });
  }
  for (const [index, lineSpans] of spans) {
    const cut = typeAtEnd(sourceLineAt(index), lineSpans);
    const next = cut === undefined ? undefined : nextLine(lines, index + 1);
    if (cut === undefined || next === undefined || !/^\s*[([`]/.test(lines[next] ?? "")) continue;
    // If the type ends on that line, as in `f<{⏎a: 1⏎}>(x)`, the bracket belongs to what precedes it.
    const startsLine = sourceLineAt(next).search(/\S/) === (tokens.get(next)?.[0]?.[0] ?? -1);
    const line = lines[index] ?? "";
    if (startsLine) lines[index] = `${line.slice(0, cut)};${line.slice(cut)}`;
  }
  return { code: lines.join("\n"), spans };
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
    const whole = /^\s/.test(before) || before === "" ? line.indexOf(before + text, column) : -1;
    const at = whole >= 0 && (whole === column || before !== "") ? whole + before.length : line.indexOf(text, column);
    if (at < 0) continue;
    if (whole === column) into.spans.push([whole, sourceColumn, before.length + text.length]);
    else into.spans.push([at, start, text.length]);
    column = at + text.length;
    sourceColumn = end;
  }
  const rest = sourceLine.slice(sourceColumn);
  if (rest !== "" && line.slice(column) === rest) into.spans.push([column, sourceColumn, rest.length]);
}

const TYPE_START = /^\s*(?::|(?:as|satisfies|type|interface|declare|import|export)\b)/;

/** The column in the output where a type was cut off the end of a line. */
function typeAtEnd(sourceLine: string, spans: readonly Span[]): number | undefined {
  const [column, sourceColumn, length] = spans.at(-1) ?? [0, 0, 0];
  return TYPE_START.test(sourceLine.slice(sourceColumn + length)) ? column + length : undefined;
}

/** The next line with code: if it starts with a bracket or a template, it would go on with an expression that lost its type. */
function nextLine(lines: readonly string[], from: number): number | undefined {
  for (let index = from; index < lines.length; index++) {
    const text = (lines[index] ?? "").trim();
    if (text !== "" && !text.startsWith("//")) return index;
  }
  return undefined;
}

const DROPPED =
  /(?<![.\w$])(?<!\bdeclare\s+)(?:(?:namespace|module)\s+[\p{ID_Start}$_][\p{ID_Continue}$.]*\s*\{|import\s+[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=)/gu;

/** Refuses `namespace` blocks and `import x =`, which sucrase drops or turns into something else without a word. */
function droppedMeaning(source: string, spans: ReadonlyMap<number, Span[]>): ParseFailure | undefined {
  let starts: number[] | undefined;
  for (const match of source.matchAll(DROPPED)) {
    starts ??= lineStarts(source);
    const index = lineIndex(starts, match.index);
    const column = match.index - (starts[index] ?? 0);
    const lineSpans = spans.get(index);
    const kept = !lineSpans || lineSpans.some(([, from, length]) => from <= column && column < from + length);
    if (kept) continue;
    const isImport = match[0].startsWith("import");
    return isImport
      ? { message: "`import … =` is not supported", offset: match.index, hint: IMPORT_HINT }
      : { message: "`namespace` blocks are not supported", offset: match.index, hint: NAMESPACE_HINT };
  }
  return undefined;
}

const NAMESPACE_HINT = "Write a plain object or plain functions instead of the namespace.";
/** What to do instead of importing. */
export const IMPORT_HINT =
  "Programs cannot import. The tools are there already, as tools.<name>(…); delete the import.";
