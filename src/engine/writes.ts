import type { MachineLimits } from "./messages.ts";

/** Tells what is wrong with a value for a property of the host object of that path; undefined if nothing is. */
export type WriteCheck = (object: string, property: string, text: string) => string | undefined;

/** Texts of writes that the host has not taken yet may take this much of its memory together. */
const MAX_BYTES = 16 << 20;

/** Decides about writes to host objects: within the run's budgets, and by the check that the host set. */
export class Writes {
  count = 0;
  check: WriteCheck = () => "there are no objects of the host";
  private bytes = 0;

  begin(count = 0): void {
    this.count = count;
    this.bytes = 0;
  }

  /** The host takes what was written so far. */
  taken(): void {
    this.bytes = 0;
  }

  /** Counts a write; gives why it is refused, if it is. */
  take(
    { object, property, text }: { object: string; property: string; text: string },
    bytes: number,
    limits: MachineLimits,
  ): string | undefined {
    const problem = this.overBudget(bytes, limits) ?? this.check(object, property, text);
    if (problem !== undefined) return problem;
    this.count++;
    this.bytes += bytes;
    return undefined;
  }

  private overBudget(bytes: number, { toolInputBytes, writes }: MachineLimits): string | undefined {
    if (this.count >= writes) return `the run wrote to objects of the host more than ${writes} times`;
    if (bytes > toolInputBytes) return `the value is larger than ${toolInputBytes} bytes`;
    return this.bytes + bytes > MAX_BYTES
      ? `what was written since the last wait is larger than ${MAX_BYTES} bytes together`
      : undefined;
  }
}
