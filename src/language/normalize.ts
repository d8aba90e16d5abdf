import { tokenizer } from "acorn";

/**
 * The author's text as the engine should read it, with every column where it was: lines end with `\n`, and a
 * byte-order mark, a `#!` line and a `-->` comment at the start, which only a file's start may hold, are made harmless.
 */
export function normalize(source: string): string {
  return source
    .replace(/\r\n?/g, "\n")
    .replace(/^\ufeff/, " ")
    .replace(/^( ?)#!/, "$1//")
    .replace(/^(?:[^\S\n]|\/\*[^\n]*?\*\/)*-->/, (text) => `${text.slice(0, -3)}//>`);
}

/** Offsets of line and paragraph separators (U+2028, U+2029) between tokens, where they end a line for the engine only. */
export function separatorOffsets(code: string, options: { start: number; end: number }): number[] {
  if (!/[\u2028\u2029]/.test(code)) return [];
  const covered: [number, number][] = [];
  const tokens = tokenizer(code, {
    ecmaVersion: "latest",
    onComment: (_block, _text, start, end) => covered.push([start, end]),
  });
  for (const token of tokens) covered.push([token.start, token.end]);
  const offsets: number[] = [];
  for (let at = options.start; at < options.end; at++) {
    if (!/[\u2028\u2029]/.test(code[at] ?? "")) continue;
    if (!covered.some(([start, end]) => start <= at && at < end)) offsets.push(at);
  }
  return offsets;
}
