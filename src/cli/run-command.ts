import { readFile } from "node:fs/promises";
import { createSandbox, type Outcome, type RunEvent, type Sandbox } from "../index.ts";
import { formatValue, pendingText } from "../sandbox/index.ts";
import type { RunCommand, Source } from "./arguments.ts";
import { CallLines } from "./call-lines.ts";
import { CliError, EXIT, exitCodeOf } from "./exit-codes.ts";
import { type CliContext, createPaint, isLive, type Paint } from "./output.ts";
import { failureLines, logLine, noteLine, outcomeJson, valueText, warningLine } from "./print.ts";
import { countServers, readServerFiles, type ServerFile, startServers, unlessAborted } from "./servers.ts";
import { oneLine, visible } from "./text.ts";

/** Runs a program and prints its outcome. Gives the exit code. Throws CliError. */
export async function runCommand(command: RunCommand, context: CliContext): Promise<number> {
  const source = await readSource(command.source, context);
  const files = await readServerFiles(command.mcp);
  if (source === undefined) return EXIT.SIGINT;
  const paint = createPaint(context.stderr, context.env);
  const lines = new CallLines(context.stderr, { live: isLive(context.stderr, context.env) && !command.json, paint });
  const servers = await whileShown(lines, files, startServers(files, context.signal));
  try {
    // Also with --json: the outcome doesn't tell it.
    for (const warning of servers.warnings) context.stderr.write(noteLine(warning, paint));
    const sandbox = createSandbox({ tools: servers.tools, limits: command.limits });
    const show = command.json ? undefined : (event: RunEvent) => showEvent(event, lines, paint);
    const outcome = await runProgram(sandbox, source, { command, context, show });
    lines.close();
    if (command.json) printJson(outcome, context);
    else printText(outcome, context, paint);
    return exitCodeOf(outcome);
  } finally {
    await servers.close();
  }
}

/** Shows a line while servers are starting. */
export async function whileShown<T>(lines: CallLines, files: readonly ServerFile[], promise: Promise<T>): Promise<T> {
  const count = countServers(files);
  const done = count === 0 ? undefined : lines.wait(`starting ${count} MCP server${count === 1 ? "" : "s"}`);
  return await promise.finally(done);
}

async function readSource(source: Source, context: CliContext): Promise<string | undefined> {
  if (source === "stdin") return await unlessAborted(context.readStdin(), context.signal);
  if ("code" in source) return source.code;
  try {
    return await readFile(source.file, "utf8");
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const reason = { ENOENT: "there is no such file", EISDIR: "it is a folder", EACCES: "no permission" }[code] ?? code;
    throw new CliError(`the program "${oneLine(source.file)}" can't be read: ${reason}`);
  }
}

async function runProgram(
  sandbox: Sandbox,
  source: string,
  how: { command: RunCommand; context: CliContext; show: ((event: RunEvent) => void) | undefined },
): Promise<Outcome> {
  const { command, context, show } = how;
  const options = { signal: context.signal, ...("input" in command && { input: command.input }) };
  if (show === undefined) return await sandbox.run(source, options);
  const run = sandbox.start(source, options);
  for await (const event of run) show(event);
  return await run.outcome;
}

function showEvent(event: RunEvent, lines: CallLines, paint: Paint): void {
  if (event.type === "call") lines.call(event.call);
  else if (event.type === "progress") lines.progress(event.callId, event.progress);
  else if (event.type === "log") lines.write(logLine(event.entry, paint));
  else if (event.type === "yield") lines.write(`${paint.cyan("yield")} ${oneLine(formatValue(event.value))}\n`);
}

function printJson(outcome: Outcome, { stdout }: CliContext): void {
  stdout.write(`${outcomeJson(outcome, stdout.isTTY === true)}\n`);
}

function printText(outcome: Outcome, { stderr, stdout }: CliContext, paint: Paint): void {
  if (outcome.status === "completed") {
    const text = valueText(outcome.value);
    if (text !== "") stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  } else if (outcome.status === "failed") stderr.write(failureLines(outcome.error, paint));
  else stderr.write(`${visible(pendingText(outcome.pending))}\n`);
  for (const warning of outcome.warnings) stderr.write(warningLine(warning, paint));
}
