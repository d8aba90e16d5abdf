import type { ToolMatch } from "../tools/index.ts";
import type { Session, SessionOptions } from "./session-types.ts";
import type { Outcome, ResumeOptions, Run, RunOptions } from "./types.ts";

/** Programs against one set of tools, one policy and one set of limits. */
export interface Sandbox extends AsyncDisposable {
  /** Runs a program to its outcome. Rejects with UsageError for misuse only. */
  run(source: string, options?: RunOptions): Promise<Outcome>;
  /** Starts a program. Throws UsageError for misuse only. */
  start(source: string, options?: RunOptions): Run;
  /** Goes on with a suspended run. Never throws for bad bytes: the outcome is failed. Throws UsageError for misuse. */
  resume(snapshot: Uint8Array, options?: ResumeOptions): Run;
  /** A session: programs one after the other that find what earlier ones declared. Throws UsageError for misuse only. */
  session(options?: SessionOptions): Session;
  /** The tools that match words, best first. */
  search(query: string, options?: { limit?: number }): ToolMatch[];
  /** Cancels what runs and waits for it. */
  close(): Promise<void>;
}
