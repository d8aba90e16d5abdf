import { type Link, type LinkOptions, reasonOf } from "./link.ts";
import type { McpServerConfig } from "./server-config.ts";

/**
 * Opens a connection to a server. Rejects with an error whose message says what happened and what was run or asked.
 * What is needed is loaded now: a program that only uses HTTP never loads `node:child_process`.
 */
export async function openLink(config: McpServerConfig, options: LinkOptions): Promise<Link> {
  if (config.type !== "stdio") return (await import("./link-http.ts")).openHttpLink(config, options);
  return (await import("./link-stdio.ts")).openStdioLink(config, options);
}

/** What to say of a failed opening: its own message says it all, its cause is only for programs. */
export function openingFailure(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? error.message : reasonOf(error);
}
