import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { UsageError } from "../errors.ts";
import { type McpServerConfig, resolveServer } from "./server-config.ts";
import { kindOf, printable } from "./text.ts";
import type { Variables } from "./variables.ts";

const RESOLVED: unique symbol = Symbol("tardigrade.mcp.resolved");

/** A checked configuration: variables expanded, types inferred, servers by name in the order of the file. */
export interface McpConfig {
  readonly [RESOLVED]: true;
  readonly servers: Readonly<Record<string, McpServerConfig>>;
  /** Names of servers that the configuration switches off. */
  readonly disabled: readonly string[];
  /** What was ignored, such as keys that belong to other programs. */
  readonly warnings: readonly string[];
}

/** The formats that other programs' files have: servers by name below `mcpServers` or `servers`. */
export type McpConfigInput =
  | { readonly mcpServers: Readonly<Record<string, unknown>> }
  | { readonly servers: Readonly<Record<string, unknown>> };

/** Where a configuration comes from and what `${…}` in it stands for. */
export interface McpConfigOptions {
  /** Names the file in messages; nothing is read from it. */
  path?: string;
  /** Default: the process's own environment. */
  env?: Readonly<Record<string, string | undefined>>;
  workspaceFolder?: string;
  /** Default: HOME or USERPROFILE of `env`. */
  userHome?: string;
}

/**
 * Reads the text of a configuration file: JSON with comments and trailing commas, in the formats of Claude, Cursor,
 * VS Code and the MCP Inspector. Throws UsageError naming file, server, key and expectation.
 */
export function parseMcpConfig(text: string, options: McpConfigOptions = {}): McpConfig {
  const errors: ParseError[] = [];
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  const root = parseTree(source, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) throw new UsageError(`${fileName(options)}: ${syntaxMessage(source, first)}`);
  if (root === undefined) throw new UsageError(`${fileName(options)}: is empty`);
  refuseLostKeys(root, fileName(options));
  return resolveMcpConfig(getNodeValue(root), options);
}

/** Checks a configuration that is an object already; one that was checked before is returned as it is. */
export function resolveMcpConfig(value: unknown, options: McpConfigOptions = {}): McpConfig {
  if (isResolved(value)) return value;
  const file = fileName(options);
  const warnings: string[] = [];
  const entries = serverEntries(value, file, warnings);
  const servers: Record<string, McpServerConfig> = Object.create(null);
  const disabled: string[] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const server = resolveServer(
      entry,
      `${file}: server ${JSON.stringify(printable(name, 60))}`,
      variablesOf(options),
      warnings,
    );
    if (server === undefined) disabled.push(name);
    else servers[name] = server;
  }
  return { [RESOLVED]: true, servers, disabled, warnings };
}

/** Below the servers, a key that stands twice or is called `__proto__` would vanish without a word. */
function refuseLostKeys(root: Node, file: string): void {
  for (const { name, value } of propertiesOf(root)) {
    if ((name === "mcpServers" || name === "servers") && value !== undefined) refuseLostKeysIn(value, file, name);
  }
}

function refuseLostKeysIn(node: Node, file: string, path: string): void {
  const seen = new Set<string>();
  for (const { name, value } of propertiesOf(node)) {
    const shown = JSON.stringify(printable(name, 60));
    if (seen.has(name)) throw new UsageError(`${file}: ${path}: ${shown} stands twice`);
    if (name === "__proto__") throw new UsageError(`${file}: ${path}: ${shown} cannot be used as a name`);
    seen.add(name);
    if (value !== undefined) refuseLostKeysIn(value, file, `${path}: ${shown}`);
  }
}

function propertiesOf(node: Node): { name: string; value: Node | undefined }[] {
  if (node.type !== "object") return [];
  return (node.children ?? []).map(({ children: [key, value] = [] }) => ({ name: String(key?.value), value }));
}

function isResolved(value: unknown): value is McpConfig {
  return typeof value === "object" && value !== null && RESOLVED in value;
}

function fileName(options: McpConfigOptions): string {
  return options.path ?? "MCP configuration";
}

function variablesOf(options: McpConfigOptions): Variables {
  const env = options.env ?? globalThis.process?.env ?? {};
  return { env, workspaceFolder: options.workspaceFolder, userHome: options.userHome ?? env.HOME ?? env.USERPROFILE };
}

function serverEntries(value: unknown, file: string, warnings: string[]): Record<string, unknown> {
  if (!isObject(value))
    throw new UsageError(`${file}: expected an object with the key "mcpServers" or "servers", got ${kindOf(value)}`);
  const keys = Object.keys(value);
  const found = keys.filter((key) => key === "mcpServers" || key === "servers");
  const [top] = found;
  if (top === undefined) {
    const shown = keys.length === 0 ? "none" : printable(keys.join(", "), 100);
    throw new UsageError(`${file}: expected the key "mcpServers" or "servers"; keys found: ${shown}`);
  }
  if (found.length > 1) throw new UsageError(`${file}: has both "mcpServers" and "servers"; expected one of them`);
  const ignored = keys.filter((key) => key !== top && key !== "$schema");
  if (ignored.length > 0) warnings.push(`${file}: ignored: ${printable(ignored.join(", "), 200)}`);
  const entries = value[top];
  if (!isObject(entries))
    throw new UsageError(`${file}: "${top}" must be an object with a key per server, got ${kindOf(entries)}`);
  if (Object.hasOwn(entries, "")) throw new UsageError(`${file}: "${top}" has a server without a name`);
  return entries;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function syntaxMessage(text: string, error: ParseError): string {
  const before = text.slice(0, error.offset).split(/\r\n|\n|\r/);
  const column = (before.at(-1)?.length ?? 0) + 1;
  const what = printParseErrorCode(error.error)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return `line ${before.length}, column ${column}: not valid JSON (${what})`;
}
