import { CallError } from "../errors.ts";

const MAX_LENGTH = 120;
const OTHER_NAMESPACE = 0.5;

/** Up to `limit` names nearest to `name`, best first: by the whole name and by its last part, however it is cased. */
export function nearestNames(name: string, names: readonly string[], limit = 3): string[] {
  const whole = plain(name);
  const last = plain(lastPart(name));
  const scored: { name: string; distance: number }[] = [];
  for (const candidate of names) {
    const distance = Math.min(
      distanceWithin(whole, plain(candidate)),
      distanceWithin(last, plain(lastPart(candidate))) + OTHER_NAMESPACE,
    );
    if (distance !== Number.POSITIVE_INFINITY) scored.push({ name: candidate, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return scored.slice(0, limit).map((entry) => entry.name);
}

/** " Did you mean a, b?" or nothing. */
export function didYouMean(name: string, names: readonly string[]): string {
  const [best] = nearestNames(name, names, 1);
  return best === undefined ? "" : ` Did you mean "${best}"?`;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function plain(name: string): string {
  return name
    .slice(-MAX_LENGTH)
    .toLowerCase()
    .replace(/[_\-\s]/g, "");
}

/** The edit distance, or Infinity where the two have too little in common to be a slip. */
function distanceWithin(a: string, b: string): number {
  if (a === "" || b === "") return Number.POSITIVE_INFINITY;
  const most = Math.max(1, Math.floor(Math.max(a.length, b.length) / 3));
  if (Math.abs(a.length - b.length) > most) return partOf(a, b);
  const distance = editDistance(a, b);
  return distance <= most ? distance : partOf(a, b);
}

// "list" for "listIssues": worse than any slip, better than nothing.
function partOf(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 3 && long.includes(short) ? MAX_LENGTH + long.length - short.length : Number.POSITIVE_INFINITY;
}

/** Levenshtein's distance in which two neighbours that changed places count once. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(previous, j) + 1, at(current, j - 1) + 1, at(previous, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(before, j - 2) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}

/** The error of a call to a name that no tool has, with what may have been meant. */
export function unknownTool(name: string, nearest: readonly string[]): CallError {
  const hint = nearest.length > 0 ? `; did you mean ${nearest.map((near) => `"${near}"`).join(" or ")}?` : "";
  return new CallError("unknown_tool", `there is no tool "${name}"${hint}`, { nearest });
}
