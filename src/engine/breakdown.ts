import { OutOfMemory } from "./memory.ts";
import type { Breakdown } from "./messages.ts";
import { Interrupted } from "./meter.ts";

/** Why a machine gave up, by what was thrown out of it, and the limit that was reached if one was. */
export function breakdownOf(error: unknown, reached: Breakdown | undefined): Breakdown | undefined {
  // Past a limit, whatever fails fails because of it: an interrupted entry point gives no text, for one.
  if (error instanceof Interrupted || reached) return reached;
  if (error instanceof OutOfMemory) return { code: "memory_limit", message: error.message };
  if (error instanceof RangeError || isStackOverflow(error)) {
    return { code: "stack_limit", message: "the program's calls nested deeper than the stack holds" };
  }
  return { code: "machine_crashed", message: `the engine failed: ${(error as Error)?.message ?? error}` };
}

/** Engines other than V8 have their own error for a full native stack. */
function isStackOverflow(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === "InternalError" || /stack|recursion/i.test(error.message)) &&
    !/unreachable/.test(error.message)
  );
}
