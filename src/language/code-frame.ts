const CONTEXT_LINES = 2;
const MAX_WIDTH = 120;

/**
 * The lines of `source` around `line`, numbered, that line marked with `>` and `column` with a caret.
 * Control and bidirectional characters are escaped; long lines are cut around the column.
 */
export function codeFrame(source: string, line: number, column?: number): string {
  const lines = source.split(/\r\n?|\n/);
  const at = Math.min(Math.max(Math.trunc(line) || 1, 1), lines.length);
  const first = Math.max(1, at - CONTEXT_LINES);
  const last = Math.min(lines.length, at + CONTEXT_LINES);
  const digits = String(last).length;
  const cut = column === undefined ? 0 : cutStart(lines[at - 1] ?? "", column);
  const frame: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = window(lines[number - 1] ?? "", cut);
    frame.push(`${number === at ? ">" : " "} ${String(number).padStart(digits)} | ${text}`.trimEnd());
    if (number === at && column !== undefined) frame.push(caretLine(lines[at - 1] ?? "", { column, cut, digits }));
  }
  return frame.join("\n");
}

/** Text with control, bidirectional and other invisible characters written as escapes, safe to show to a person. */
export function escapeInvisible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\u{e0000}-\u{e0fff}]/gu,
    (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`,
  );
}

function caretLine(text: string, at: { column: number; cut: number; digits: number }): string {
  const column = Math.min(Math.max(at.column, 1), text.length + 1);
  const before = (at.cut > 0 ? "…" : "") + show(text.slice(at.cut, column - 1));
  return `  ${" ".repeat(at.digits)} | ${" ".repeat(before.length)}^`;
}

function cutStart(text: string, column: number): number {
  if (text.length <= MAX_WIDTH) return 0;
  return Math.max(0, Math.min(column - 1 - MAX_WIDTH / 2, text.length - MAX_WIDTH));
}

function window(text: string, start: number): string {
  const part = show(text.slice(start, start + MAX_WIDTH));
  return `${start > 0 && text.length > 0 ? "…" : ""}${part}${start + MAX_WIDTH < text.length ? "…" : ""}`;
}

function show(text: string): string {
  return escapeInvisible(text).replaceAll("\t", "  ");
}
