import { parentPort, workerData } from "node:worker_threads";
import type { ThreadStart, ToThread } from "./messages.ts";
import { ThreadWorker } from "./worker.ts";

/** Not at once: a thread that is started is waited for. */
const WARM_MS = 50;

// The entry of a thread on Node, Bun and Deno.
const worker = new ThreadWorker(workerData as ThreadStart, (message) => parentPort?.postMessage(message));
parentPort?.on("message", (messages: readonly ToThread[]) => void worker.receive(messages));
parentPort?.postMessage("ready");
setTimeout(() => void worker.warm(), WARM_MS);
