import { readFileSync } from "node:fs";
import process from "node:process";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import type { McpStdioConfig } from "./server-config.ts";

// What a program needs to print in the user's language and to find a place for temporary files; no credentials.
const ALSO_INHERITED = ["LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];
const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(.*?)\s*$/;

/** The whole environment of a server process: a few harmless variables of ours, its `envFile`, its `env`. */
export function serverEnvironment(config: McpStdioConfig): Record<string, string> {
  const env = getDefaultEnvironment();
  for (const name of ALSO_INHERITED) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...fileVariables(config), ...config.env };
}

/** The variables of the `envFile`: lines of NAME=value, with optional quotes, `export` and comments. */
export function fileVariables(config: McpStdioConfig): Record<string, string> {
  if (config.envFile === undefined) return {};
  const text = readFileSync(config.envFile, "utf8");
  const variables: Record<string, string> = {};
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    const [, name, value] = ASSIGNMENT.exec(line) ?? [];
    if (name !== undefined && value !== undefined) variables[name] = unquoted(value);
  }
  return variables;
}

function unquoted(value: string): string {
  const [, quote, inner] = /^(["'])(.*)\1\s*(?:#.*)?$/.exec(value) ?? [];
  if (inner === undefined) return value.replace(/\s+#.*$/, "");
  return quote === '"' ? inner.replaceAll("\\n", "\n").replaceAll('\\"', '"') : inner;
}
