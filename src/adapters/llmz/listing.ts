import { formatListing, type ListedFailure } from "../../index.ts";

/** How many lines of ours stand before the program's. */
const LINES_BEFORE = 1;

/** A place in the text that ran, as one in the program's own text; ours are left out. */
export function ownPlace({ line, stack }: ListedFailure): ListedFailure {
  const frames = (stack ?? "").split("\n").flatMap((frame) => {
    const at = Number(/program\.js:(\d+)/.exec(frame)?.[1] ?? 0) - LINES_BEFORE;
    return at > 0 ? [frame.replace(/program\.js:\d+/, `program.js:${at}`)] : [];
  });
  const own = line === undefined ? undefined : line - LINES_BEFORE;
  return { stack: frames.join("\n"), ...(own !== undefined && own > 0 && { line: own }) };
}

/** A line of the text that ran, as one of the program's own; undefined for ours. */
export function ownLine(line: number): number | undefined {
  return line > LINES_BEFORE ? line - LINES_BEFORE : undefined;
}

/** The listing of a program, the same cut off after its deepest marked line, and the first marked place. */
export function listed(
  code: string,
  failure: ListedFailure,
): { whole: string; cut: string; position: [number, number] } {
  const whole = formatListing(code, failure, { style: "llmz" });
  const lines = whole.split("\n");
  const deepest = lines.findLastIndex((line) => /^> \d+ \| /.test(line));
  const cut =
    deepest < 0
      ? whole
      : lines
          .slice(0, deepest + 2)
          .join("\n")
          .trim();
  const line = failure.line ?? 0;
  const text = code.split(/\r\n?|\n/)[line - 1] ?? "";
  return { whole, cut, position: [line, text.length - text.trimStart().length] };
}
