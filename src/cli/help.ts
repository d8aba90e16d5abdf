import { DEFAULT_LIMITS } from "../index.ts";

/** What there is help about. */
export type HelpTopic = "tardigrade" | "run" | "resume" | "inspect" | "tools";

/** All of them. */
export const HELP_TOPICS: readonly HelpTopic[] = ["tardigrade", "run", "resume", "inspect", "tools"];

const OVERVIEW = `Runs the JavaScript and TypeScript that language models write, in a sandbox with your MCP servers as tools.

Usage:
  tardigrade run FILE | - | -e CODE [options]   run a program
  tardigrade resume FILE [options]              go on with a program that was suspended
  tardigrade inspect FILE                       what a suspended program waits for
  tardigrade tools [options]                    list the tools that a program can call
  tardigrade help run | resume | inspect | tools
  tardigrade --version

Exit codes:
  0 completed, 1 failed, 2 wrong usage, 3 suspended, 4 wrong configuration or snapshot, 130 and 143 ended by a signal
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
  --ask GLOB           tools whose calls need an approval, such as 'mail.*' (* within a name, ** for anything)
  --snapshot-to FILE   a new file that keeps the run: it suspends to there when only approvals and sleeps are left
  --suspend-after TIME suspend after that time at the latest, such as 30s
  --wait               with --snapshot-to: wait for sleeps, do not suspend for them
  --json               print the whole outcome as one JSON document
  -h, --help

In a terminal, approvals are asked for there. Without --snapshot-to, sleeps are waited for, and an approval that nobody
can give ends the run. FILE is written before calls start and when the run suspends, and removed when it completes.

The value goes to the standard output; calls, logs, warnings and errors go to the standard error. Control and
bidirectional characters are shown as escapes; with --json all texts are exact, and what JSON cannot say is tagged:
{"$date": …}, {"$map": …}, {"$bigint": …}, {"$undefined": true}. Ctrl-C cancels the run, a second one ends at once.

Limits:
LIMITS

Examples:
  tardigrade run report.ts --mcp .mcp.json
  tardigrade run refunds.ts --mcp .mcp.json --ask 'payments.*' --snapshot-to refunds.snapshot
  tardigrade run -e 'return input.a + input.b' --input '{"a": 1, "b": 2}' --limit wallMs=2s --json
`;

const RESUME = `Goes on with a suspended program, at the line where it stood. Nothing of it runs twice.

Usage:
  tardigrade resume FILE [options]

Answers to pending calls, by their ids (tardigrade inspect lists them); each may be given several times:
  --approve ID         run the call that waits for an approval; with --approve ID=JSON, with other input
  --deny ID=WHY        refuse it: the program sees an error that says why
  --answer ID=JSON     give the call this answer; its tool is not called. Ends a sleep early
  --error ID=MESSAGE   let the call fail
  --reissue ID         call the tool once more: of a call that was out when the program was suspended or killed

Options:
  --mcp FILE           the files that list MCP servers, as for run
  --ask GLOB           tools whose calls need an approval, beside those that the run had
  --snapshot-to FILE   a new file to keep the run in from now on; the first file is left alone, to be resumed again
  --suspend-after TIME suspend after that time at the latest, such as 30s
  --wait               wait for sleeps, do not suspend for them
  --accept-tool-changes  go on although tools are gone or have other schemas
  --json               print the whole outcome as one JSON document
  -h, --help

What has no answer stays pending: the program suspends again, to the same file. FILE is replaced before calls start and
when the program suspends, in one step each; it is removed when the program completes, and stays when it fails or is
killed. Snapshots are sealed with the key in TARDIGRADE_KEY (64 hexadecimal digits, or 32 bytes as base64), else with
the one in the user's key file, which the first --snapshot-to makes.

Examples:
  tardigrade resume refunds.snapshot --mcp .mcp.json --approve 2 --deny 3='too much'
  tardigrade resume refunds.snapshot --mcp .mcp.json --answer '4={"paid": 95}'
`;

const INSPECT = `Tells what a suspended program is and what it waits for, without going on with it.

Usage:
  tardigrade inspect FILE [--json]

Options:
  --json      print everything as one JSON document
  -h, --help

It takes the key that sealed FILE: see tardigrade help resume.
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
  return { tardigrade: OVERVIEW, resume: RESUME, inspect: INSPECT, tools: TOOLS }[topic];
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
