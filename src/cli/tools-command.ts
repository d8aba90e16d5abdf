import { createSandbox, type ToolMatch } from "../index.ts";
import type { McpServerStatus } from "../mcp/index.ts";
import type { ToolsCommand } from "./arguments.ts";
import { CallLines } from "./call-lines.ts";
import { EXIT } from "./exit-codes.ts";
import { type CliContext, createPaint, isLive, type Paint } from "./output.ts";
import { noteLine } from "./print.ts";
import { whileShown } from "./program.ts";
import { readServerFiles, startServers } from "./servers.ts";
import { cutToWidth, oneLine } from "./text.ts";

const PLAIN_WIDTH = 120;
const NAME_WIDTH = 36;
const ALL = 1_000_000;

/** Lists tools. Gives the exit code: 4 if servers are named and none of them started. Throws CliError. */
export async function toolsCommand(command: ToolsCommand, context: CliContext): Promise<number> {
  const { env, signal, stderr } = context;
  const files = await readServerFiles(command.mcp);
  const paint = createPaint(stderr, env);
  const lines = new CallLines(stderr, { live: isLive(stderr, env), paint });
  const servers = await whileShown(lines, files, startServers(files, signal));
  try {
    for (const warning of servers.warnings) stderr.write(noteLine(warning, paint));
    const matches = createSandbox({ tools: servers.tools }).search(command.search, { limit: ALL });
    printTools(matches, command, context);
    for (const status of servers.statuses) stderr.write(hiddenLine(status, paint));
    if (matches.length === 0) stderr.write(`${paint.dim(nothingFound(command))}\n`);
    const started = servers.statuses.filter(({ state }) => state !== "failed");
    return servers.statuses.length > 0 && started.length === 0 ? EXIT.configuration : EXIT.completed;
  } finally {
    await servers.close();
  }
}

function printTools(matches: readonly ToolMatch[], { types }: ToolsCommand, { env, stdout }: CliContext): void {
  const paint = createPaint(stdout, env);
  const longest = Math.max(0, ...matches.map(({ name }) => oneLine(name).length));
  const column = Math.min(longest, NAME_WIDTH);
  const width = stdout.isTTY ? stdout.columns || 80 : PLAIN_WIDTH;
  const print = (match: ToolMatch) =>
    types ? oneLine(match.signature) : toolLine(match, { column, paint, room: width - column - 2 });
  stdout.write(matches.map((match) => `${print(match)}\n`).join(""));
}

function toolLine({ description = "", name }: ToolMatch, how: { column: number; room: number; paint: Paint }): string {
  const shown = oneLine(name);
  const text = cutToWidth(oneLine(description), Math.max(20, how.room));
  if (text === "") return how.paint.bold(shown);
  return `${how.paint.bold(shown)}${" ".repeat(Math.max(0, how.column - shown.length))}  ${text}`;
}

function hiddenLine({ alias, hidden }: McpServerStatus, paint: Paint): string {
  if (hidden.length === 0) return "";
  const tools = hidden.map(({ name, reason }) => `${name} (${reason})`).join(", ");
  return `${paint.dim(oneLine(`not callable in ${alias}: ${tools}`))}\n`;
}

function nothingFound({ mcp, search }: ToolsCommand): string {
  if (mcp.length === 0) return "no tools: name a file that lists MCP servers with --mcp FILE";
  return search === "" ? "no tools" : `no tool matches "${oneLine(search)}"`;
}
