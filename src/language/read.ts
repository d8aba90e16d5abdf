import { sourceError } from "./diagnose.ts";
import { lineIndex, lineStarts } from "./lines.ts";
import { isFailure, newAidName, type ParsedProgram, type ParseFailure, parseProgram } from "./parse.ts";
import type { Span } from "./positions.ts";
import type { SourceError } from "./source-error.ts";
import { stripTypes } from "./typescript.ts";

/** A program as it was read: JavaScript, its tree, and where changed lines stood in the author's text. */
export interface ReadCode {
  program: ParsedProgram;
  /** The JavaScript, line by line where the author wrote it. */
  code: string;
  spans: Map<number, Span[]>;
  /** The same program as a generator. */
  reread(): ReadCode;
}

/** Reads code as JavaScript, else with JSX if that is allowed, else as TypeScript; the author's text is what errors point into. Throws SourceError. */
export async function readCode(author: string, code: string, jsx = false): Promise<ReadCode> {
  const plain = parseProgram(code);
  if (!isFailure(plain)) return readAs(author, { program: plain, code, spans: new Map() });
  const elements = jsx ? await readElements(author, code) : undefined;
  if (elements && !isFailure(elements)) return elements;
  const stripped = await stripTypes(code);
  if (isFailure(stripped)) {
    throw failureError(author, { code, spans: NO_SPANS }, { ...likelier(elements ?? plain, stripped), jsx });
  }
  const program = parseProgram(stripped.code);
  if (!isFailure(program)) return readAs(author, { ...stripped, program });
  const typed = { ...program, offset: authorOffset(code, stripped, program.offset) };
  throw failureError(author, { code, spans: NO_SPANS }, { ...likelier(elements ?? plain, typed), jsx });
}

/** Reads code with JSX in it; generic arrow functions are none then, as in a .tsx file. */
async function readElements(author: string, code: string): Promise<ReadCode | ParseFailure> {
  const aidName = newAidName(code);
  const stripped = await stripTypes(code, aidName);
  if (isFailure(stripped)) return stripped;
  const program = parseProgram(stripped.code, false, aidName);
  if (!isFailure(program)) return readAs(author, { ...stripped, program });
  return { ...program, offset: authorOffset(code, stripped, program.offset) };
}

const NO_SPANS: ReadonlyMap<number, Span[]> = new Map();

function readAs(author: string, read: Omit<ReadCode, "reread">): ReadCode {
  const reread = (): ReadCode => {
    const program = parseProgram(read.code, true, read.program.aidName);
    if (isFailure(program)) throw failureError(author, read, program);
    return readAs(author, { ...read, program });
  };
  return { ...read, reread };
}

interface CodeMap {
  code: string;
  spans: ReadonlyMap<number, Span[]>;
}

/** Where an offset of the code stands in the author's text; the start of its line if only that is known. */
export function authorOffset(author: string, read: CodeMap, offset: number): number {
  const starts = lineStarts(read.code);
  const index = lineIndex(starts, offset);
  const column = offset - (starts[index] ?? 0);
  return (lineStarts(author)[index] ?? 0) + authorColumn(read.spans.get(index), column);
}

/** The column in the author's line, from 0, of a column of the code, given where that line's parts stood. */
export function authorColumn(spans: readonly Span[] | undefined, column: number): number {
  if (!spans) return column;
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.[0] ?? 0) <= column) low = middle + 1;
    else high = middle;
  }
  const [from, start, length] = spans[low - 1] ?? [column, 0, 0];
  return start + Math.min(column - from, length);
}

function failureError(author: string, read: CodeMap, failure: ParseFailure & { jsx?: boolean }): SourceError {
  return sourceError(author, { ...failure, offset: authorOffset(author, read, failure.offset) });
}

/** The reading that got further is likelier what the author meant; a refusal with a reason of its own always counts. */
function likelier(plain: ParseFailure, typed: ParseFailure): ParseFailure {
  if (plain.hint !== undefined) return plain;
  if (typed.hint !== undefined) return typed;
  return typed.offset > plain.offset ? typed : plain;
}
