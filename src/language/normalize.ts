import { parse } from "acorn";

import { PARSE_OPTIONS } from "./parse.ts";

/**
 * The author's text as the engine should read it, with every column where it was: lines end with `\n`, and a
 * byte-order mark, a `#!` line and a `-->` comment at the start, which only a file's start may hold, are made harmless.
 */
export function normalize(source: string): string {
  return source
    .replace(/\r\n?/g, "\n")
    .replace(/^\ufeff/, " ")
    .replace(/^( ?)#!/, "$1//")
    .replace(/^(?:[^\S\n]|\/\*(?:(?!\*\/)[^\n])*\*\/)*-->/, (text) => `${text.slice(0, -3)}//>`);
}

/** Offsets of line and paragraph separators (U+2028, U+2029) between tokens, where they end a line for the engine only. */
export function separatorOffsets(program: { text: string; start: number; end: number }): number[] {
  const { text } = program;
  if (!/[\u2028\u2029]/.test(text)) return [];
  const covered = new Uint8Array(text.length + 1);
  parse(text, {
    ...PARSE_OPTIONS,
    onToken: (token) => covered.fill(1, token.start, token.end),
    // What ends a line comment must stay where it is.
    onComment: (block, _text, start, end) => covered.fill(1, start, block ? end : end + 1),
  });
  const offsets: number[] = [];
  for (let at = program.start; at < program.end; at++) {
    if (covered[at] === 0 && /[\u2028\u2029]/.test(text.charAt(at))) offsets.push(at);
  }
  return offsets;
}
