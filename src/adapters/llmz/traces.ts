import type { Run } from "../../index.ts";
import { ownLine } from "./listing.ts";
import type { LlmzTrace } from "./types.ts";

/** Adds what a run tells to the traces, in order. Yields are traced by who handles them. */
export async function addTraces(run: Run, traces: LlmzTrace[]): Promise<void> {
  for await (const event of run) {
    if (event.type === "comment") {
      const line = ownLine(event.line);
      if (line !== undefined) traces.push({ type: "comment", comment: event.text, line, started_at: event.at });
    } else if (event.type === "log" && event.entry.level === "log") {
      const [message, ...args] = event.entry.values;
      traces.push({ type: "log", message, args, started_at: event.at });
    }
  }
}
