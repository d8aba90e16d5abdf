import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Limits } from "../index.ts";
import { CliError } from "./exit-codes.ts";
import { HELP_TOPICS, type HelpTopic } from "./help.ts";
import { parseLimits } from "./limit-arguments.ts";
import { oneLine } from "./text.ts";

/** Where a program comes from. */
export type Source = { readonly file: string } | { readonly code: string } | "stdin";

/** What `tardigrade` was asked to do. */
export type Command =
  | { readonly name: "help"; readonly topic: HelpTopic }
  | { readonly name: "version" }
  | RunCommand
  | ToolsCommand;

/** `tardigrade run`. */
export interface RunCommand {
  readonly name: "run";
  readonly source: Source;
  readonly mcp: readonly string[];
  /** Absent if no `--input` was given. */
  readonly input?: unknown;
  readonly limits: Partial<Limits>;
  readonly json: boolean;
}

/** `tardigrade tools`. */
export interface ToolsCommand {
  readonly name: "tools";
  readonly mcp: readonly string[];
  /** Words to look for; empty for all tools. */
  readonly search: string;
  readonly types: boolean;
}

const HELP = { type: "boolean", short: "h" } as const;
const MCP = { type: "string", multiple: true } as const;
const RUN_OPTIONS = {
  eval: { type: "string", short: "e" },
  mcp: MCP,
  input: { type: "string" },
  limit: { type: "string", multiple: true },
  json: { type: "boolean" },
  help: HELP,
} as const;
const TOOLS_OPTIONS = { mcp: MCP, search: { type: "string" }, types: { type: "boolean" }, help: HELP } as const;

/** Reads the command line, without the names of node and script. Throws CliError. */
export function parseCommand(args: readonly string[]): Command {
  const [first, ...rest] = args;
  switch (first) {
    case "run":
      return runCommand(rest);
    case "tools":
      return toolsCommand(rest);
    case "help":
    case "--help":
    case "-h":
      return { name: "help", topic: helpTopic(rest) };
    case "--version":
    case "-v":
      return { name: "version" };
    case undefined:
      throw new CliError("expected a command: run, tools or help (see tardigrade --help)");
    default:
      throw new CliError(
        `unknown ${first.startsWith("-") ? "option" : "command"} ${quoted(first)}; expected run, tools or help (see tardigrade --help)`,
      );
  }
}

function runCommand(args: string[]): Command {
  const { positionals, values } = parse("run", args, RUN_OPTIONS);
  if (values.help) return { name: "help", topic: "run" };
  const input = values.input === undefined ? {} : { input: parseInput(values.input) };
  return {
    name: "run",
    source: sourceOf(positionals, values.eval),
    mcp: files(values.mcp),
    ...input,
    limits: parseLimits(values.limit ?? []),
    json: values.json === true,
  };
}

function toolsCommand(args: string[]): Command {
  const { positionals, values } = parse("tools", args, TOOLS_OPTIONS);
  if (values.help) return { name: "help", topic: "tools" };
  const [extra] = positionals;
  if (extra !== undefined) {
    const hint = values.search === undefined ? "" : "; quote the words of --search";
    throw new CliError(`tools takes no argument ${quoted(extra)}${hint} (see tardigrade tools --help)`);
  }
  return { name: "tools", mcp: files(values.mcp), search: values.search ?? "", types: values.types === true };
}

function helpTopic([topic]: string[]): HelpTopic {
  if (topic === undefined) return "tardigrade";
  if (HELP_TOPICS.includes(topic as HelpTopic)) return topic as HelpTopic;
  throw new CliError(`there is no help about ${quoted(topic)}; expected run or tools`);
}

function sourceOf(positionals: readonly string[], code: string | undefined): Source {
  const [file, extra] = positionals;
  if (extra !== undefined) throw new CliError(`run takes one program, got ${positionals.map(quoted).join(" and ")}`);
  if (code !== undefined && file !== undefined) {
    throw new CliError(`run takes one program, got ${quoted(file)} and the code of -e`);
  }
  if (code !== undefined) return { code };
  if (file === undefined || file === "") {
    throw new CliError(
      "run expects a program: a FILE, - for the standard input, or -e CODE (see tardigrade run --help)",
    );
  }
  return file === "-" ? "stdin" : { file };
}

function files(paths: readonly string[] = []): readonly string[] {
  if (paths.includes("")) throw new CliError("--mcp expects the path of a configuration file, got an empty text");
  return paths;
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`--input expects JSON, got ${quoted(text)}: ${oneLine((error as Error).message)}`);
  }
}

function parse<T extends NonNullable<ParseArgsConfig["options"]>>(command: string, args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    // The rest of node's message is advice about positional arguments that nobody asked for.
    const [sentence = ""] = (error as Error).message.split(/\. |\n/);
    throw new CliError(`${command}: ${oneLine(sentence)} (see tardigrade ${command} --help)`);
  }
}

function quoted(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `"${oneLine(shown)}"`;
}
