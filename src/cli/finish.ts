import type { Outcome } from "../index.ts";
import type { ProgramCommand } from "./arguments.ts";
import { CliError, EXIT, exitCodeOf } from "./exit-codes.ts";
import { type CliContext, createPaint, type Paint } from "./output.ts";
import { pendingLines, shellLine, usualAnswers } from "./pending.ts";
import { failureLines, outcomeJson, valueText, warningLine } from "./print.ts";
import type { SnapshotFile } from "./snapshot-file.ts";
import { oneLine } from "./text.ts";

/** What the end of a program is told with. */
export interface Ending {
  readonly command: ProgramCommand;
  readonly context: CliContext;
  readonly store: SnapshotFile | undefined;
}

/** Prints how a program ended and removes the snapshot of one that is complete. Gives the exit code. Throws CliError. */
export async function finish(outcome: Outcome, ending: Ending): Promise<number> {
  const { command, context, store } = ending;
  if (command.json) printJson(outcome, ending);
  else printText(outcome, ending, createPaint(context.stderr, context.env));
  if (store?.problem) throw store.problem;
  const refusal = refusalOf(outcome);
  if (refusal) throw refusal;
  if (outcome.status === "completed") await store?.remove();
  return exitCodeOf(outcome);
}

/** The command that goes on with a suspended run. */
export function resumeLine(file: string, { ask, mcp, pending }: ResumeHint): string {
  const options = [...mcp.flatMap((path) => ["--mcp", path]), ...ask.flatMap((glob) => ["--ask", glob])];
  const path = file.startsWith("-") ? `./${file}` : file;
  return oneLine(shellLine(["tardigrade", "resume", path, ...options, ...usualAnswers(pending)]));
}

interface ResumeHint extends Pick<ProgramCommand, "ask" | "mcp"> {
  readonly pending: Parameters<typeof usualAnswers>[0];
}

/** A snapshot that can't be gone on with is no failure of the program. */
function refusalOf(outcome: Outcome): CliError | undefined {
  if (outcome.status !== "failed") return undefined;
  const { code, data, message } = outcome.error;
  if (code === "snapshot_tools") {
    const advice = "give the --mcp files that it had, or --accept-tool-changes if it may do without";
    return new CliError(`${message.replace(/ \([^()]*\)$/, "")}; ${advice}`, EXIT.configuration);
  }
  if (code === "snapshot_engine") {
    const { engine } = data as { engine: string };
    const message = `the snapshot was made by another version of tardigrade (engine ${engine}): resume it with that`;
    return new CliError(message, EXIT.configuration);
  }
  return undefined;
}

function printJson(outcome: Outcome, { context: { stdout }, store }: Ending): void {
  stdout.write(`${outcomeJson(withPath(outcome, store), stdout.isTTY === true)}\n`);
}

/** In place of the snapshot's bytes the file that holds them; nothing where none does. */
function withPath(outcome: Outcome, store: SnapshotFile | undefined): Pick<Outcome, "calls" | "logs"> {
  if (outcome.status !== "suspended") return outcome;
  const { snapshot: _, ...rest } = outcome;
  return Object.assign(rest, isKept(store) && { snapshot: store.path });
}

function printText(outcome: Outcome, ending: Ending, paint: Paint): void {
  const { stderr, stdout } = ending.context;
  if (outcome.status === "completed") {
    const text = valueText(outcome.value);
    if (text !== "") stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  } else if (outcome.status === "suspended") stderr.write(suspendedText(outcome, ending, paint));
  else if (!refusalOf(outcome) && !ending.store?.problem) stderr.write(failureLines(outcome.error, paint));
  for (const warning of outcome.warnings) stderr.write(warningLine(warning, paint));
  if (outcome.status === "failed" && isKept(ending.store)) stderr.write(keptLine(ending.store, paint));
}

function suspendedText(
  { pending }: Extract<Outcome, { status: "suspended" }>,
  { command, store }: Ending,
  paint: Paint,
): string {
  const head = `${paint.yellow("Suspended.")} ${pendingLines(pending, paint)}`;
  if (store?.problem) return head;
  if (!isKept(store)) {
    return `${head}${paint.cyan("Hint:")} nothing keeps this run, so it ends here: with --snapshot-to FILE it could be resumed\n`;
  }
  return `${head}Go on with:\n  ${paint.bold(resumeLine(store.path, { ...command, pending }))}\n`;
}

/** A run that failed or was ended did not end by its own will: its file may still be of use. */
function keptLine({ path }: SnapshotFile, paint: Paint): string {
  return paint.dim(`${oneLine(path)} holds the run as it stood before its last calls; remove it, or resume it\n`);
}

function isKept(store: SnapshotFile | undefined): store is SnapshotFile {
  return store?.isWritten === true && store.problem === undefined;
}
