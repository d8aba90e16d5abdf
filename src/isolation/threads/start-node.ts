import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { ThreadHandle, ThreadListener, ThreadStart, ToThread } from "./messages.ts";

/** With four megabytes of native stack no program of a guest can overflow it: its own limit comes first. */
const STACK_MB = 4;
/** What a thread makes lives for a command, mostly: more room for that only takes memory. */
const YOUNG_MB = 8;

/** How many threads a runtime has unless it is told; 0 where there are none. */
export function defaultThreads(): number {
  return Math.min(Math.max(availableParallelism(), 1), 8);
}

/** Starts a thread of Node, Bun or Deno. */
export function startThread(start: ThreadStart, listener: ThreadListener): ThreadHandle {
  const worker = new Worker(new URL("./generated/thread.js", import.meta.url), {
    workerData: start,
    resourceLimits: { stackSizeMb: STACK_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    // Nothing of its host's: neither its variables nor its flags, and no way to the terminal.
    env: {},
    execArgv: [],
    stdin: false,
  });
  let error: Error | undefined;
  worker.on("message", (message) => listener.told(message));
  worker.on("error", (thrown) => {
    error = thrown as Error;
  });
  worker.on("exit", () => listener.ended(error));
  // After the listeners: they would keep the process alive.
  worker.unref();
  return {
    post: (messages: readonly ToThread[]) => worker.postMessage(messages),
    terminate: () => void worker.terminate(),
    keepAlive: (on) => (on ? worker.ref() : worker.unref()),
  };
}
