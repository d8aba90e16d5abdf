import { codeFrame } from "./code-frame.ts";

/** A position in the author's text: line and column count from 1, columns in UTF-16 units. */
export interface AuthorPosition {
  line: number;
  column?: number;
}

/** Thrown by `prepare` for text that is not a program; becomes the outcome `syntax_error`. */
export class SourceError extends Error {
  override readonly name: string = "SyntaxError";
  readonly code = "syntax_error" as const;
  readonly line?: number;
  readonly column?: number;
  readonly frame?: string;
  readonly hint?: string;

  constructor(message: string, details: { line?: number; column?: number; frame?: string; hint?: string } = {}) {
    super(message);
    if (details.line !== undefined) this.line = details.line;
    if (details.column !== undefined) this.column = details.column;
    if (details.frame !== undefined) this.frame = details.frame;
    if (details.hint !== undefined) this.hint = details.hint;
  }
}

/** A SourceError at a position of `source`, with its code frame. */
export function errorAt(source: string, message: string, position: AuthorPosition, hint?: string): SourceError {
  const frame = codeFrame(source, position.line, position.column);
  return new SourceError(message, { ...position, frame, ...(hint === undefined ? {} : { hint }) });
}
