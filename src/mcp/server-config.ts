import { UsageError } from "../errors.ts";
import { createFields, type Fields } from "./fields.ts";
import { createRedactor, kindOf, printable, shownUrl, urlSecrets } from "./text.ts";
import type { Variables } from "./variables.ts";

/** Which revision of the protocol to speak: `legacy` (to 2025-11-25), `modern` (from 2026-07-28), or whichever the server speaks. */
export type McpEra = "legacy" | "modern" | "auto";

interface CommonConfig {
  /** Globs over tool names; a tool must match one of `allow` (if given) and none of `deny`. */
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  /** Milliseconds that one call may go without an answer or a sign of progress. */
  readonly timeout?: number;
  /** Milliseconds that the server may take to start. */
  readonly startTimeout?: number;
  readonly era: McpEra;
  /** Values that are never shown in a message. */
  readonly secrets: readonly string[];
}

/** A server that is started as a process and spoken to over its standard input and output. */
export interface McpStdioConfig extends CommonConfig {
  readonly type: "stdio";
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly envFile?: string;
  readonly cwd?: string;
}

/** A server that is reached by URL: streamable HTTP, or the older HTTP with server-sent events. */
export interface McpHttpConfig extends CommonConfig {
  readonly type: "http" | "sse";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One server of a checked configuration. */
export type McpServerConfig = McpStdioConfig | McpHttpConfig;

const TYPES: Readonly<Record<string, McpServerConfig["type"]>> = {
  stdio: "stdio",
  http: "http",
  "streamable-http": "http",
  streamableHttp: "http",
  streamable_http: "http",
  sse: "sse",
};
const HEADER_NAME = /^[!#$%&'*+.^`|~\w-]+$/;

/** Checks one server's entry; undefined if the entry switches it off. `where` begins each message. */
export function resolveServer(
  entry: unknown,
  where: string,
  variables: Variables,
  warnings: string[],
): McpServerConfig | undefined {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    throw new UsageError(`${where}: expected an object, got ${kindOf(entry)}`);
  }
  const fields = createFields(entry as Record<string, unknown>, where, variables);
  // First, so that a server that is off may have variables that nobody set.
  if (fields.boolean("disabled") === true || fields.boolean("enabled") === false) return undefined;
  const type = serverType(fields);
  const server = type === "stdio" ? stdioConfig(fields) : httpConfig(fields, type);
  const unknown = fields.unread();
  if (unknown.length > 0) warnings.push(`${where}: ignored: ${printable(unknown.join(", "), 200)}`);
  return server;
}

function serverType(fields: Fields): McpServerConfig["type"] {
  const given = fields.literal("type") ?? fields.literal("transport");
  if (given === undefined) {
    if (fields.has("command") && fields.has("url"))
      throw fields.error("command", 'stands beside "url"; expected one of them');
    if (!fields.has("command") && !fields.has("url"))
      throw fields.error("command", 'is missing; expected "command" or "url"');
    return fields.has("command") ? "stdio" : "http";
  }
  const type = Object.hasOwn(TYPES, given) ? TYPES[given] : undefined;
  if (type === undefined)
    throw fields.error("type", 'must be "stdio", "http" or "sse"', JSON.stringify(printable(given, 40)));
  const needed = type === "stdio" ? "command" : "url";
  if (!fields.has(needed)) throw fields.error(needed, `is missing; a server of type "${given}" needs it`);
  return type;
}

function stdioConfig(fields: Fields): McpStdioConfig {
  const command = fields.text("command");
  if (command === undefined || command === "") throw fields.error("command", "must not be empty");
  const env = fields.textRecord("env");
  const cwd = fields.text("cwd");
  const envFile = fields.text("envFile");
  return {
    type: "stdio",
    command,
    args: fields.textList("args") ?? [],
    env,
    ...(cwd !== undefined && { cwd }),
    ...(envFile !== undefined && { envFile }),
    ...commonConfig(fields, Object.values(env)),
  };
}

function httpConfig(fields: Fields, type: McpHttpConfig["type"]): McpHttpConfig {
  const url = fields.text("url") ?? "";
  if (!/^https?:$/.test(protocolOf(url))) {
    const shown = printable(createRedactor(fields.expanded())(shownUrl(url)), 200);
    throw fields.error("url", "must be an http or https URL", JSON.stringify(shown));
  }
  const headers = fields.textRecord("headers");
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name))
      throw fields.error("headers", `has a name that is no header name: ${JSON.stringify(printable(name, 60))}`);
    // The value isn't shown: it is a secret more often than not.
    if (/[\r\n\0]/.test(value)) throw fields.error(`headers.${name}`, "must not contain line breaks");
  }
  const values = Object.values(headers);
  const secrets = [...values, ...values.map((value) => value.replace(/^\w+\s+/, "")), ...urlSecrets(url)];
  return { type, url, headers, ...commonConfig(fields, secrets) };
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return "";
  }
}

function commonConfig(fields: Fields, secrets: readonly string[]): CommonConfig {
  const allow = fields.globs("allow");
  const deny = fields.globs("deny");
  const timeout = fields.milliseconds("timeout");
  const startTimeout = fields.milliseconds("startTimeout");
  return {
    ...(allow !== undefined && { allow }),
    ...(deny !== undefined && { deny }),
    ...(timeout !== undefined && { timeout }),
    ...(startTimeout !== undefined && { startTimeout }),
    era: eraOf(fields),
    secrets: [...secrets, ...fields.expanded()],
  };
}

function eraOf(fields: Fields): McpEra {
  const key = fields.has("era") ? "era" : "protocolEra";
  const era = fields.literal(key) ?? "auto";
  if (era === "auto" || era === "legacy" || era === "modern") return era;
  throw fields.error(key, 'must be "auto", "legacy" or "modern"', JSON.stringify(printable(era, 40)));
}
