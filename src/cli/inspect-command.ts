import type { SnapshotInfo } from "../index.ts";
import type { InspectCommand } from "./arguments.ts";
import { EXIT } from "./exit-codes.ts";
import { resumeLine } from "./finish.ts";
import { type CliContext, createPaint, type Paint } from "./output.ts";
import { pendingLines } from "./pending.ts";
import { fieldsJson } from "./print.ts";
import { openFile } from "./suspended.ts";
import { duration, instant, oneLine } from "./text.ts";

/** Prints what a snapshot holds, without going on with it. Gives the exit code. Throws CliError. */
export async function inspectCommand({ file, json }: InspectCommand, context: CliContext): Promise<number> {
  const { info } = await openFile(file, context.env);
  const { env, stdout } = context;
  if (json) stdout.write(`${fieldsJson(info, stdout.isTTY === true)}\n`);
  else stdout.write(infoText(info, file, createPaint(stdout, env)));
  return EXIT.completed;
}

function infoText(info: SnapshotInfo, file: string, paint: Paint): string {
  const rows = rowsOf(info).map(([title, text]) => `${paint.dim(title.padEnd(11))}${oneLine(text)}\n`);
  const command = resumeLine(file, { ask: [], mcp: [], pending: info.pending });
  const advice = info.kind === "run" ? `Go on with (and the --mcp that it had):\n  ${paint.bold(command)}\n` : "";
  return `${rows.join("")}${pendingLines(info.pending, paint)}${advice}`;
}

function rowsOf(info: SnapshotInfo): [string, string][] {
  const { ageMs, bytes, engine, generation, kind, name, runId, sourceHash, startedAt, suspendedAt, tenant, usage } =
    info;
  return [
    [kind, name === undefined ? runId : `${runId} (${name})`],
    ...(tenant === undefined ? [] : [["tenant", tenant] satisfies [string, string]]),
    ["started", instant(startedAt)],
    ["suspended", `${instant(suspendedAt)}, ${duration(ageMs)} ago; ${times(generation)} before`],
    [
      "spent",
      `${duration(usage.wallMs)}, of these ${duration(usage.cpuMs)} computing; ${usage.toolCalls} call${usage.toolCalls === 1 ? "" : "s"}`,
    ],
    ["memory", size(usage.memoryBytes)],
    ["size", size(bytes)],
    ["source", `SHA-256 ${sourceHash}`],
    ["engine", engine],
  ];
}

function times(count: number): string {
  return count === 0 ? "never" : count === 1 ? "once" : `${count} times`;
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
