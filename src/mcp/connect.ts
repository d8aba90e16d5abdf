import { UsageError } from "../errors.ts";
import { defineTool, identifierAlias, type LiveNamespace, liveNamespace } from "../tools/index.ts";
import { type McpConfig, type McpConfigInput, type McpConfigOptions, resolveMcpConfig } from "./config.ts";
import { McpConnectionError } from "./errors.ts";
import { McpServer } from "./server.ts";
import type { McpServerStatus } from "./status.ts";
import { kindOf } from "./text.ts";
import { VERSION } from "./version.ts";

const START_TIMEOUT_MS = 15_000;
const OPTIONS = ["env", "workspaceFolder", "userHome", "strict", "startTimeoutMs", "onStderr", "clientInfo"];

/** Options of `connectMcp`; `env`, `workspaceFolder` and `userHome` serve a configuration that was not parsed yet. */
export interface McpConnectOptions extends Omit<McpConfigOptions, "path"> {
  /** True: reject if any server does not start, instead of reporting it in `servers`. Default: false. */
  strict?: boolean;
  /** How long a server may take to start, in milliseconds. Default: 15,000. */
  startTimeoutMs?: number;
  /** Takes what servers write to their standard error, line by line; else it is dropped. */
  onStderr?(server: string, line: string): void;
  /** What we call ourselves towards servers. */
  clientInfo?: { name: string; version: string };
}

/** A set of MCP servers as tools. Close it, or the servers keep the process alive. */
export interface McpConnection extends AsyncDisposable {
  /** For `createSandbox({ tools })`: a namespace per server, which follows the changes of its list. */
  readonly tools: Readonly<Record<string, LiveNamespace>>;
  /** How each server stands now, in the order of the configuration. */
  readonly servers: readonly McpServerStatus[];
  /** What the configuration holds and nobody understands. */
  readonly warnings: readonly string[];
  /** Ends all servers; resolves when their processes are gone. */
  close(): Promise<void>;
}

/**
 * Starts the servers of a configuration, all at once, and gives their tools. A server that does not start is reported
 * in `servers` and does not hold up the others. Throws UsageError for a wrong configuration, before anything starts.
 */
export async function connectMcp(
  config: McpConfig | McpConfigInput,
  options: McpConnectOptions = {},
): Promise<McpConnection> {
  checkOptions(options);
  const checked = resolveMcpConfig(config, options);
  const servers = createServers(checked, options);
  const failures = await startAll(servers);
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
  };
  if (options.strict === true && failures.length > 0) {
    await close();
    const message = failures.map((failure) => failure.message).join("\n");
    throw new McpConnectionError(message, { server: failures.map(({ data }) => data.server).join(", ") });
  }
  return {
    tools: Object.fromEntries(servers.map((server) => [server.alias, namespaceOf(server)])),
    get servers() {
      return [...servers.map((server) => server.status), ...disabledServers(checked)];
    },
    warnings: checked.warnings,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkOptions(options: McpConnectOptions): void {
  const { startTimeoutMs = START_TIMEOUT_MS, onStderr } = options;
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`Unknown option ${JSON.stringify(unknown)} of connectMcp: expected ${OPTIONS.join(", ")}`);
  }
  if (!(startTimeoutMs > 0 && startTimeoutMs < 2 ** 31)) {
    throw new UsageError(`Expected startTimeoutMs to be a number of milliseconds above 0, got ${startTimeoutMs}`);
  }
  if (onStderr !== undefined && typeof onStderr !== "function") {
    throw new UsageError(`Expected onStderr to be a function, got ${kindOf(onStderr)}`);
  }
}

function createServers(config: McpConfig, options: McpConnectOptions): McpServer[] {
  const {
    onStderr,
    startTimeoutMs = START_TIMEOUT_MS,
    clientInfo = { name: "tardigrade", version: VERSION },
  } = options;
  const env = options.env ?? globalThis.process?.env ?? {};
  const aliases = aliasesOf(config);
  return Object.entries(config.servers).map(
    ([name, server]) =>
      new McpServer(name, aliases.get(name) ?? name, server, {
        clientInfo,
        env,
        startTimeoutMs,
        onStderr: onStderr && ((line) => onStderr(name, line)),
      }),
  );
}

async function startAll(servers: readonly McpServer[]): Promise<McpConnectionError[]> {
  const results = await Promise.allSettled(servers.map((server) => server.ready()));
  return results.flatMap((result) => (result.status === "rejected" ? [result.reason as McpConnectionError] : []));
}

function namespaceOf(server: McpServer): LiveNamespace {
  return liveNamespace({
    version: () => {
      server.wake();
      return server.version;
    },
    tools: () => server.tools,
    missing: (name) =>
      server.isUnlisted
        ? defineTool({ run: (input, context) => server.callUnlisted(name, input, context) })
        : undefined,
  });
}

function disabledServers(config: McpConfig): McpServerStatus[] {
  const aliases = aliasesOf(config);
  return config.disabled.map((name) => ({
    name,
    alias: aliases.get(name) ?? name,
    state: "disabled",
    tools: 0,
    hidden: [],
  }));
}

/** Servers that are off take part, so that switching one on renames no other. */
function aliasesOf(config: McpConfig): Map<string, string> {
  return identifierAlias([...Object.keys(config.servers), ...config.disabled]);
}
