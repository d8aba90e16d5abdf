import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { ThreadHandle, ThreadListener, ThreadStart, ToThread } from "./messages.ts";

/** With four megabytes of native stack no program of a guest can overflow it: its own limit comes first. */
const STACK_MB = 4;
/** What a thread makes lives for a command, mostly: more room for that only takes memory. */
const YOUNG_MB = 8;

const BUNDLED = "where the package is bundled, its thread's file must be too: see docs/limitations/runtimes.md#bundled";
/** What to do about errors of the runtime, by their codes. */
const HINTS: Readonly<Record<string, string>> = {
  MODULE_NOT_FOUND: BUNDLED,
  ERR_MODULE_NOT_FOUND: BUNDLED,
  ERR_INVALID_URL: BUNDLED,
  ERR_ACCESS_DENIED: "allow threads (--allow-worker), or make the runtime with threads: 0",
};
const NOTHING = (): void => undefined;
const NO_THREAD: ThreadHandle = { post: NOTHING, terminate: NOTHING, keepAlive: NOTHING };

/** How many threads a runtime has unless it is told; 0 where there are none. */
export function defaultThreads(): number {
  return Math.min(Math.max(availableParallelism(), 1), 8);
}

/** Starts a thread of Node, Bun or Deno. Where that fails, it ends at once. */
export function startThread(start: ThreadStart, listener: ThreadListener): ThreadHandle {
  let worker: Worker;
  try {
    worker = newWorker(start);
  } catch (thrown) {
    // Not thrown: this may be a timer of the host's, where nobody would catch it.
    setImmediate(() => listener.ended(explained(thrown as Error)));
    return NO_THREAD;
  }
  let error: Error | undefined;
  worker.on("message", (message) => listener.told(message));
  worker.on("error", (thrown) => {
    error = explained(thrown as Error);
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

function newWorker(start: ThreadStart): Worker {
  // Bundlers know a thread's file by these very words.
  return new Worker(new URL("./generated/thread.js", import.meta.url), {
    workerData: start,
    resourceLimits: { stackSizeMb: STACK_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    // Nothing of its host's: neither its variables nor its flags, and no way to the terminal.
    env: {},
    execArgv: [],
    stdin: false,
  });
}

/** The error with what to do about it. */
function explained(error: Error): Error {
  const hint = HINTS[(error as { code?: string }).code ?? ""];
  return hint === undefined ? error : new Error(`${error.message}; ${hint}`);
}
