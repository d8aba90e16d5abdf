/** Offsets at which the lines of a text start; lines end with `\n` only. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The index (from 0) of the line that holds an offset. */
export function lineIndex(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** One line of a text without its end. */
export function lineText(text: string, starts: readonly number[], index: number): string {
  const next = starts[index + 1];
  return text.slice(starts[index], next === undefined ? text.length : next - 1);
}
