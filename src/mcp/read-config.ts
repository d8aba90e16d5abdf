import { UsageError } from "../errors.ts";
import { type McpConfig, type McpConfigOptions, parseMcpConfig } from "./config.ts";

// Editors keep the file in a folder of theirs; the workspace is the folder around it.
const EDITOR_FOLDERS = new Set([".vscode", ".cursor", ".claude", ".tardigrade"]);

/**
 * Reads a configuration file; nothing is read or started that isn't named. `workspaceFolder` defaults to the folder of
 * the file (the one around it for `.vscode` and its like). Throws UsageError if it can't be read or is wrong.
 */
export async function readMcpConfig(path: string, options: Omit<McpConfigOptions, "path"> = {}): Promise<McpConfig> {
  // Loaded here, so that the door also opens where there are no files.
  const [{ homedir }, { basename, dirname, resolve }] = await Promise.all([import("node:os"), import("node:path")]);
  const folder = dirname(resolve(path));
  const workspaceFolder = EDITOR_FOLDERS.has(basename(folder)) ? dirname(folder) : folder;
  return parseMcpConfig(await textOf(path), { workspaceFolder, userHome: homedir(), ...options, path });
}

async function textOf(path: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : String(code);
    throw new UsageError(`${path}: the MCP configuration can't be read: ${reason}`);
  }
}
