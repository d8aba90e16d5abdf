import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { RunCommand, Source } from "./arguments.ts";
import { CliError, EXIT } from "./exit-codes.ts";
import { finish } from "./finish.ts";
import type { CliContext } from "./output.ts";
import { carryOut } from "./program.ts";
import { unlessAborted } from "./servers.ts";
import { SnapshotFile } from "./snapshot-file.ts";
import { userKey } from "./snapshot-key.ts";
import { oneLine } from "./text.ts";
import { labelsOf } from "./tool-globs.ts";

/** Runs a program and prints its outcome. Gives the exit code. Throws CliError. */
export async function runCommand(command: RunCommand, context: CliContext): Promise<number> {
  const { limits, snapshotTo } = command;
  const source = await readSource(command.source, context);
  if (source === undefined) return EXIT.SIGINT;
  const store = snapshotTo === undefined ? undefined : await SnapshotFile.fresh(snapshotTo);
  const key = store && (await userKey(context.env, { create: true })).bytes;
  const options = {
    ...("input" in command && { input: command.input }),
    ...nameOf(command.source),
    ...labelsOf(command.ask),
  };
  const outcome = await carryOut(
    {
      ...{ command, source, limits },
      // Who types the program has no line left for answers.
      asks: command.source !== "stdin" && context.stderr.isTTY === true,
      ...(store && { store }),
      ...(key && { key }),
      begin: (sandbox, host) => sandbox.start(source, { ...options, ...host }),
    },
    context,
  );
  return await finish(outcome, { command, context, store });
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

function nameOf(source: Source): { name?: string } {
  return typeof source === "object" && "file" in source ? { name: basename(source.file) } : {};
}
