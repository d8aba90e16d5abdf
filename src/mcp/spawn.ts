import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";

const WINDOWS = process.platform === "win32";
const META = /([()\][%!^"`<>&|;, *?])/g;

/** What to run. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
}

/** Starts a server as the leader of a process group of its own, so that its whole tree can be ended. */
export function spawnServer(options: ServerCommand): ChildProcessWithoutNullStreams {
  const { command, args } = WINDOWS ? windowsCommand(options.command, options.args) : options;
  return spawn(command, [...args], {
    env: { ...options.env },
    cwd: options.cwd,
    stdio: "pipe",
    detached: !WINDOWS,
    windowsHide: true,
    windowsVerbatimArguments: command !== options.command,
  });
}

/**
 * On Windows, `npx`, `uvx` and their like are scripts, which only cmd.exe can start; every character that it would
 * act on is escaped, twice, since such a script hands its arguments to cmd.exe once more.
 */
function windowsCommand(command: string, args: readonly string[]): { command: string; args: readonly string[] } {
  if (/\.(exe|com)$/i.test(command) || command === "node") return { command, args };
  const line = [command.replace(META, "^$1"), ...args.map(escapeArgument)].join(" ");
  return { command: process.env.comspec ?? "cmd.exe", args: ["/d", "/s", "/c", `"${line}"`] };
}

function escapeArgument(argument: string): string {
  const quoted = `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, "$1$1")}"`;
  return quoted.replace(META, "^$1").replace(META, "^$1");
}
