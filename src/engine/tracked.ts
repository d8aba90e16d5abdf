import type { Tracked, TrackedVariable } from "./messages.ts";

/** One variable as text; what all of them may take together is the run's limit for its value. */
const VARIABLE_BYTES = 64 * 1024;
/** Less than this holds no value worth a name. */
const LEAST_BYTES = 16;
const MAX_MARKS = 1024;

const KINDS = { f: "function", p: "promise" } as const;

/** Reads what a tracked program counted and holds; `call` fails with an error where the machine cannot answer. */
export function readTracked(
  call: { observe(): string; observed(index: number, bytes: number): string },
  maxBytes: number,
): Tracked | undefined {
  let text: string;
  try {
    text = call.observe();
  } catch {
    return undefined;
  }
  const [names, lines] = text.split(";") as [string, string];
  const variables: TrackedVariable[] = [];
  let left = maxBytes;
  let lost = false;
  for (const [index, item] of itemsOf(names).entries()) {
    const [name, said] = item.split("=") as [string, string | undefined];
    const bytes = Math.min(VARIABLE_BYTES, left);
    const variable: TrackedVariable | undefined =
      lost && said === undefined ? omitted(name, "it was not read in time") : read(call, { index, name, bytes, said });
    lost ||= variable === undefined;
    left -= variable && "text" in variable ? variable.text.length : 0;
    if (variable !== NOT_YET) variables.push(variable ?? omitted(name, "reading it took too much time or memory"));
  }
  return { variables, lines: itemsOf(lines).map(lineOf) };
}

/** The parts of a list in which each part ends with a comma. */
const itemsOf = (list: string): string[] => list.split(",").slice(0, -1);

function lineOf(text: string): [line: number, times: number] {
  const [line, times] = text.split(":");
  return [Number(line), Number(times)];
}

const NOT_YET = { name: "", kind: "omitted" } as const;

/** Undefined if the machine could not answer: then it answers nothing more. */
function read(
  call: { observed(index: number, bytes: number): string },
  { bytes, index, name, said }: { bytes: number; index: number; name: string; said: string | undefined },
): TrackedVariable | undefined {
  if (bytes < LEAST_BYTES) return omitted(name, "the variables are too large together");
  let text = said;
  try {
    text ??= call.observed(index, bytes);
  } catch {
    return undefined;
  }
  // What stands in the place of left out parts may take a little more.
  if (text.length > bytes * 2 + MAX_MARKS) return omitted(name, `larger than ${bytes} bytes`);
  const [letter, rest] = [text[0], text.slice(1)];
  if (letter === "-") return NOT_YET;
  if (letter === "f" || letter === "p") return { name, kind: KINDS[letter] };
  return letter === "v" ? { name, text: rest } : omitted(name, rest);
}

function omitted(name: string, reason: string): TrackedVariable {
  return { name, kind: "omitted", reason };
}
