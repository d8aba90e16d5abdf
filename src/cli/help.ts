import { DEFAULT_LIMITS } from "../index.ts";

/** What there is help about. */
export type HelpTopic = "tardigrade" | "run" | "tools";

/** All of them. */
export const HELP_TOPICS: readonly HelpTopic[] = ["tardigrade", "run", "tools"];

const OVERVIEW = `Runs the JavaScript and TypeScript that language models write, in a sandbox with your MCP servers as tools.

Usage:
  tardigrade run FILE | - | -e CODE [options]   run a program
  tardigrade tools [options]                    list the tools that a program can call
  tardigrade help run | tools                   more about a command
  tardigrade --version

Exit codes:
  0 completed, 1 failed, 2 wrong usage, 3 suspended, 4 wrong configuration, 130 and 143 ended by a signal
`;

const RUN = `Runs a program. It finds the tools of the MCP servers as \`tools.<server>.<tool>(input)\`.

Usage:
  tardigrade run FILE      the program in a file
  tardigrade run -         the program on the standard input
  tardigrade run -e CODE   the program itself

Options:
  --mcp FILE           a file that lists MCP servers ("mcpServers" or "servers"); may be given several times
  --input JSON         what the program finds as \`input\`
  --limit name=value   a limit of the run; may be given several times (times: ms, s, min; sizes: B, KiB, MiB, GiB)
  --json               print the whole outcome as one JSON document
  -h, --help

The value goes to the standard output; calls, logs, warnings and errors go to the standard error. Control and
bidirectional characters are shown as escapes; with --json all texts are exact, and what JSON cannot say is tagged:
{"$date": …}, {"$map": …}, {"$bigint": …}, {"$undefined": true}. Ctrl-C cancels the run, a second one ends at once.

Limits:
LIMITS

Examples:
  tardigrade run report.ts --mcp .mcp.json
  tardigrade run -e 'return input.a + input.b' --input '{"a": 1, "b": 2}' --limit wallMs=2s --json
`;

const TOOLS = `Lists the tools that programs can call.

Usage:
  tardigrade tools [options]

Options:
  --mcp FILE       a file that lists MCP servers ("mcpServers" or "servers"); may be given several times
  --search WORDS   only tools whose name, parameters or description hold the words, best first
  --types          each tool as one line of TypeScript
  -h, --help

Example:
  tardigrade tools --mcp .mcp.json --search "read file" --types
`;

/** The help text about a topic. */
export function helpText(topic: HelpTopic): string {
  if (topic === "run") return RUN.replace("LIMITS", limitLines());
  return topic === "tools" ? TOOLS : OVERVIEW;
}

function limitLines(): string {
  return Object.entries(DEFAULT_LIMITS)
    .map(([name, value]) => `  ${name.padEnd(19)}  ${defaultText(name, value)}`)
    .join("\n");
}

function defaultText(name: string, value: number): string {
  if (!Number.isFinite(value)) return "off";
  if (name.endsWith("Ms")) return `${value / 1000}s`;
  if (!name.endsWith("Bytes")) return String(value);
  return value % 1024 ** 2 === 0 ? `${value / 1024 ** 2}MiB` : `${value / 1024}KiB`;
}
