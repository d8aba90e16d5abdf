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
    const result = transform(metered as unknown as string, {
      transforms: ["typescript"],
      disableESTransforms: true,
      filePath: "program.ts",
      sourceMapOptions: { compiledFilename: "program.js" },
    });
    const stripped = align(source, result.code, decodeMappings(result.sourceMap?.mappings ?? ""));
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
 * and generics exponentially (24 levels: 48 s), while ordinary source is read 3 to 4 times.
 */
class MeteredText {
  readonly length: number;
  readonly #text: string;
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

  slice(start?: number, end?: number): string {
    return this.#text.slice(start, end);
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
  const text = String(message)
    .replace(/^Error transforming program\.ts: /, "")
    .replace(/ \(\d+:\d+\)$/, "");
  return { message: text, offset: Math.min(Math.max(pos, 0), source.length) };
}

/** One mapping: column in the output, column in the source; sucrase never moves a token to another line. */
type Mapping = [column: number, sourceColumn: number];

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function decodeMappings(encoded: string): Mapping[][] {
  let sourceColumn = 0;
  return encoded.split(";").map((line) => {
    let column = 0;
    const mappings: Mapping[] = [];
    for (const segment of line.split(",")) {
      if (segment === "") continue;
      const [columnStep = 0, , , sourceStep = 0] = decodeSegment(segment);
      column += columnStep;
      sourceColumn += sourceStep;
      mappings.push([column, sourceColumn]);
    }
    return mappings;
  });
}

function decodeSegment(segment: string): number[] {
  const values: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = BASE64.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    values.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return values;
}

/** Finds the parts of each changed line that stand in both texts, and ends statements that lost their end with a type. */
function align(source: string, code: string, mappings: Mapping[][]): StrippedCode {
  const starts = lineStarts(source);
  const lines = code.split("\n");
  const spans = new Map<number, Span[]>();
  for (const [index, line] of lines.entries()) {
    const sourceLine = lineText(source, starts, index);
    if (line !== sourceLine) spans.set(index, spansOfLine(line, sourceLine, mappings[index] ?? []));
  }
  for (const [index, lineSpans] of spans) {
    const cut = typeAtEnd(lineText(source, starts, index), mappings[index] ?? [], lineSpans);
    if (cut !== undefined && continuesWrongly(lines, index + 1)) {
      const line = lines[index] ?? "";
      lines[index] = `${line.slice(0, cut)};${line.slice(cut)}`;
    }
  }
  return { code: lines.join("\n"), spans };
}

function spansOfLine(line: string, sourceLine: string, mappings: readonly Mapping[]): Span[] {
  const spans: Span[] = [];
  const starts: Mapping[] = mappings[0]?.[0] === 0 ? [...mappings] : [[0, 0], ...mappings];
  for (const [index, [column, sourceColumn]] of starts.entries()) {
    const end = starts[index + 1]?.[0] ?? line.length;
    let length = 0;
    while (column + length < end && line[column + length] === sourceLine[sourceColumn + length]) length++;
    if (length > 0) spans.push([column, sourceColumn, length]);
  }
  return spans;
}

const TYPE_START = /^(?::|(?:as|satisfies|type|interface|declare|import|export)\b)/;

/** The column in the output where a type was cut off the end of a line. */
function typeAtEnd(sourceLine: string, mappings: readonly Mapping[], spans: readonly Span[]): number | undefined {
  const last = mappings.at(-1);
  if (!last || !TYPE_START.test(sourceLine.slice(last[1]))) return undefined;
  const kept = spans.some(([, sourceColumn, length]) => sourceColumn <= last[1] && last[1] < sourceColumn + length);
  return kept ? undefined : last[0];
}

/** Without the type, a following line that starts with a bracket or a template would go on with the expression. */
function continuesWrongly(lines: readonly string[], from: number): boolean {
  for (let index = from; index < lines.length; index++) {
    const text = (lines[index] ?? "").trim();
    if (text !== "" && !text.startsWith("//")) return /^[([`]/.test(text);
  }
  return false;
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
