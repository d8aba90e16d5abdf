import type { ToolTree } from "../index.ts";
import { UsageError } from "../index.ts";
import type { McpConfig, McpConnection, McpServerStatus } from "../mcp/index.ts";
import { identifierAlias } from "../tools/index.ts";
import { CliError, EXIT } from "./exit-codes.ts";
import { version } from "./version.ts";

/** The servers of all `--mcp` files. */
export interface Servers {
  readonly tools: ToolTree;
  readonly statuses: readonly McpServerStatus[];
  /** What a person should know: servers that did not start, keys that nobody understands. */
  readonly warnings: readonly string[];
  /** Resolves when their processes are gone. */
  close(): Promise<void>;
}

/** A checked configuration and the file it stands in. */
export interface ServerFile {
  readonly path: string;
  readonly config: McpConfig;
}

const NONE: Servers = { tools: {}, statuses: [], warnings: [], close: async () => undefined };

/** Reads configuration files. Throws CliError: a wrong file, or a server that stands in two files. */
export async function readServerFiles(paths: readonly string[]): Promise<ServerFile[]> {
  if (paths.length === 0) return [];
  const { readMcpConfig } = await import("../mcp/index.ts");
  try {
    const files = await Promise.all(paths.map(async (path) => ({ path, config: await readMcpConfig(path) })));
    refuseDoubles(files);
    return files;
  } catch (error) {
    if (error instanceof UsageError) throw new CliError(error.message, EXIT.configuration);
    throw error;
  }
}

/** How many servers the files switch on. */
export function countServers(files: readonly ServerFile[]): number {
  return files.reduce((count, { config }) => count + Object.keys(config.servers).length, 0);
}

/** Starts the servers. When the signal aborts, there are none: those that were starting end with this process. */
export async function startServers(files: readonly ServerFile[], signal: AbortSignal): Promise<Servers> {
  if (files.length === 0 || signal.aborted) return NONE;
  const { connectMcp } = await import("../mcp/index.ts");
  const clientInfo = { name: "tardigrade", version: await version() };
  const connecting = Promise.all(files.map(({ config }) => connectMcp(config, { clientInfo })));
  const connections = await unlessAborted(connecting, signal);
  return connections === undefined ? NONE : joined(connections);
}

/** What a promise gives, or undefined as soon as the signal aborts. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  let onAbort = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  return await Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}

function joined(connections: readonly McpConnection[]): Servers {
  const statuses = connections.flatMap(({ servers }) => servers);
  const failures = statuses.filter(({ state }) => state === "failed");
  return {
    tools: Object.assign({}, ...connections.map(({ tools }) => tools)),
    statuses,
    warnings: [
      ...connections.flatMap(({ warnings }) => warnings),
      ...failures.map(({ error = "did not start", name }) => `MCP server "${name}" ${error}`),
    ],
    close: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

/** Within one file, names that clash as identifiers are told apart; across files that would depend on their order. */
function refuseDoubles(files: readonly ServerFile[]): void {
  const owners = new Map<string, string>();
  for (const { config, path } of files) {
    for (const [name, alias] of identifierAlias([...Object.keys(config.servers), ...config.disabled])) {
      const owner = owners.get(alias);
      if (owner !== undefined) {
        throw new UsageError(`${path}: server ${JSON.stringify(name)} would be tools.${alias}, as one of ${owner} is`);
      }
      owners.set(alias, path);
    }
  }
}
