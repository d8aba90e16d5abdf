import type { Tracked, TrackedVariable } from "../engine/index.ts";
import { decode } from "../values/index.ts";

/** What stands in the place of a variable that has no value to show. */
export interface VariableDescription {
  readonly kind: "function" | "promise" | "omitted";
  readonly reason?: string;
}

/** What a report tells of a tracked program. */
export interface TrackedReport {
  /** By name, values or a VariableDescription. */
  readonly variables: Record<string, unknown>;
  readonly lines: [line: number, times: number][];
}

/** What a machine said about a tracked program that has so many lines, as values. Never throws. */
export function trackedReport({ lines, variables }: Tracked, lineCount: number): TrackedReport {
  return {
    variables: Object.fromEntries(variables.map((variable) => [variable.name, shownValue(variable)])),
    lines: lines
      .filter(([line, times]) => isCount(line) && isCount(times) && line <= lineCount)
      .map(([...pair]) => pair),
  };
}

const isCount = (number: unknown): boolean => Number.isSafeInteger(number) && (number as number) > 0;

function shownValue(variable: TrackedVariable): unknown {
  if (!("text" in variable)) {
    const { name: _name, ...description } = variable;
    return description satisfies VariableDescription;
  }
  try {
    return decode(variable.text, true);
  } catch (error) {
    return { kind: "omitted", reason: (error as Error).message } satisfies VariableDescription;
  }
}
