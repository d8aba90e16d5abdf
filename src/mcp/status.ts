import type { HiddenTool } from "./tools.ts";

/** How a server stands. `failed`: not started or not running; the next call tries again. */
export type McpServerState = "connecting" | "connected" | "failed" | "closed" | "disabled";

/** One server of a connection, for people and programs. Holds no secrets. */
export interface McpServerStatus {
  readonly name: string;
  /** The name of its namespace: `tools.<alias>`. */
  readonly alias: string;
  readonly state: McpServerState;
  /** Why it failed: what was run, how it ended, its last words. */
  readonly error?: string;
  /** How many of its tools code can call. */
  readonly tools: number;
  /** Tools that it has and code cannot call. */
  readonly hidden: readonly HiddenTool[];
  readonly era?: "legacy" | "modern";
  readonly protocolVersion?: string;
  /** What the server says about its use, for the model; a stranger's text. */
  readonly instructions?: string;
  /** Milliseconds that the last start took, the listing of its tools included. */
  readonly startMs?: number;
}
