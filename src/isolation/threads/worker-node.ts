import { parentPort, workerData } from "node:worker_threads";
import type { ThreadStart, ToThread } from "./messages.ts";
import { ThreadWorker } from "./worker.ts";

// The entry of a thread on Node, Bun and Deno.
const worker = new ThreadWorker(workerData as ThreadStart, (message) => parentPort?.postMessage(message));
parentPort?.on("message", (messages: readonly ToThread[]) => void worker.receive(messages));
parentPort?.postMessage("ready");
