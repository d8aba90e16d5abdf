import type { ThreadHandle } from "./messages.ts";

/** No threads here: machines run inline. */
export function defaultThreads(): number {
  return 0;
}

/** Throws Error: there are no threads. */
export function startThread(): ThreadHandle {
  throw new Error("this runtime has no threads");
}
