import process from "node:process";

const META = /([()\][%!^"`<>&|;, *?])/g;

/**
 * On Windows, `npx`, `uvx` and their like are scripts, which only cmd.exe can start; every character that it would
 * act on is escaped, twice, since such a script hands its arguments to cmd.exe once more.
 */
export function windowsCommand(command: string, args: readonly string[]): { command: string; args: readonly string[] } {
  if (/\.(exe|com)$/i.test(command) || command === "node") return { command, args };
  const line = [command.replace(META, "^$1"), ...args.map(escapeArgument)].join(" ");
  return { command: process.env.comspec ?? "cmd.exe", args: ["/d", "/s", "/c", `"${line}"`] };
}

function escapeArgument(argument: string): string {
  const quoted = `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, "$1$1")}"`;
  return quoted.replace(META, "^$1").replace(META, "^$1");
}
