import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Limits } from "../index.ts";
import { type GivenAnswer, parseAnswers } from "./answers.ts";
import { CliError } from "./exit-codes.ts";
import { HELP_TOPICS, type HelpTopic } from "./help.ts";
import { parseLimits, parseTime } from "./limit-arguments.ts";
import { oneLine } from "./text.ts";

/** Where a program comes from. */
export type Source = { readonly file: string } | { readonly code: string } | "stdin";

/** What `tardigrade` was asked to do. */
export type Command =
  | { readonly name: "help"; readonly topic: HelpTopic }
  | { readonly name: "version" }
  | RunCommand
  | ResumeCommand
  | InspectCommand
  | ToolsCommand;

/** What `run` and `resume` have in common. */
export interface ProgramCommand {
  readonly mcp: readonly string[];
  /** Globs of tools that need approval. */
  readonly ask: readonly string[];
  readonly json: boolean;
  readonly snapshotTo?: string;
  readonly suspendAfterMs?: number;
  /** Whether to wait for sleeps, not to suspend for them. */
  readonly wait: boolean;
}

/** `tardigrade run`. */
export interface RunCommand extends ProgramCommand {
  readonly name: "run";
  readonly source: Source;
  /** Absent if no `--input` was given. */
  readonly input?: unknown;
  readonly limits: Partial<Limits>;
}

/** `tardigrade resume`. */
export interface ResumeCommand extends ProgramCommand {
  readonly name: "resume";
  readonly file: string;
  readonly answers: readonly GivenAnswer[];
  readonly acceptToolChanges: boolean;
}

/** `tardigrade inspect`. */
export interface InspectCommand {
  readonly name: "inspect";
  readonly file: string;
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

const COMMANDS = "run, resume, inspect, tools or help";
const HELP = { type: "boolean", short: "h" } as const;
const MANY = { type: "string", multiple: true } as const;
const PROGRAM_OPTIONS = {
  mcp: MANY,
  ask: MANY,
  json: { type: "boolean" },
  "snapshot-to": { type: "string" },
  "suspend-after": { type: "string" },
  wait: { type: "boolean" },
  help: HELP,
} as const;
const RUN_OPTIONS = {
  ...PROGRAM_OPTIONS,
  eval: { type: "string", short: "e" },
  input: { type: "string" },
  limit: MANY,
} as const;
const RESUME_OPTIONS = {
  ...PROGRAM_OPTIONS,
  answer: MANY,
  approve: MANY,
  deny: MANY,
  error: MANY,
  reissue: MANY,
  "accept-tool-changes": { type: "boolean" },
} as const;
const INSPECT_OPTIONS = { json: { type: "boolean" }, help: HELP } as const;
const TOOLS_OPTIONS = { mcp: MANY, search: { type: "string" }, types: { type: "boolean" }, help: HELP } as const;

/** Reads the command line, without the names of node and script. Throws CliError. */
export function parseCommand(args: readonly string[]): Command {
  const [first, ...rest] = args;
  switch (first) {
    case "run":
      return runCommand(rest);
    case "resume":
      return resumeCommand(rest);
    case "inspect":
      return inspectCommand(rest);
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
      throw new CliError(`expected a command: ${COMMANDS} (see tardigrade --help)`);
    default:
      throw new CliError(
        `unknown ${first.startsWith("-") ? "option" : "command"} ${quoted(first)}; expected ${COMMANDS} (see tardigrade --help)`,
      );
  }
}

function runCommand(args: string[]): Command {
  const { positionals, values } = parse("run", args, RUN_OPTIONS);
  if (values.help) return { name: "help", topic: "run" };
  const input = values.input === undefined ? {} : { input: parseInput(values.input) };
  const source = sourceOf(positionals, values.eval);
  const limits = parseLimits(values.limit ?? []);
  const common = programCommand(values);
  if (common.snapshotTo === undefined && common.suspendAfterMs !== undefined) {
    throw new CliError("--suspend-after needs --snapshot-to FILE: without it, nothing could go on");
  }
  return { name: "run", source, ...input, limits, ...common };
}

function resumeCommand(args: string[]): Command {
  const { positionals, values } = parse("resume", args, RESUME_OPTIONS);
  if (values.help) return { name: "help", topic: "resume" };
  return {
    name: "resume",
    file: snapshotPath("resume", positionals),
    answers: parseAnswers(values),
    acceptToolChanges: values["accept-tool-changes"] === true,
    ...programCommand(values),
  };
}

function inspectCommand(args: string[]): Command {
  const { positionals, values } = parse("inspect", args, INSPECT_OPTIONS);
  if (values.help) return { name: "help", topic: "inspect" };
  return { name: "inspect", file: snapshotPath("inspect", positionals), json: values.json === true };
}

function programCommand(values: {
  mcp?: string[];
  ask?: string[];
  json?: boolean;
  "snapshot-to"?: string;
  "suspend-after"?: string;
  wait?: boolean;
}): ProgramCommand {
  const { ask = [], "snapshot-to": snapshotTo, "suspend-after": after } = values;
  if (snapshotTo === "") throw new CliError("--snapshot-to expects the path of a file, got an empty text");
  if (ask.includes("")) throw new CliError("--ask expects names of tools, such as 'mail.*', got an empty text");
  return {
    mcp: files(values.mcp),
    ask,
    json: values.json === true,
    wait: values.wait === true,
    ...(snapshotTo !== undefined && { snapshotTo }),
    ...(after !== undefined && { suspendAfterMs: parseTime("--suspend-after", after) }),
  };
}

function snapshotPath(command: string, positionals: readonly string[]): string {
  const [file, extra] = positionals;
  if (extra !== undefined) {
    throw new CliError(`${command} takes one snapshot, got ${positionals.map(quoted).join(" and ")}`);
  }
  if (file) return file;
  throw new CliError(`${command} expects the FILE of a snapshot (see tardigrade ${command} --help)`);
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
  throw new CliError(`there is no help about ${quoted(topic)}; expected run, resume, inspect or tools`);
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
