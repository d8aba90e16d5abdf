import { resolve } from "node:path";
import { snapshotSource } from "../sandbox/index.ts";
import { answersFor } from "./answers.ts";
import type { ResumeCommand } from "./arguments.ts";
import { CliError, EXIT } from "./exit-codes.ts";
import { finish } from "./finish.ts";
import type { CliContext } from "./output.ts";
import { carryOut } from "./program.ts";
import { SnapshotFile } from "./snapshot-file.ts";
import { openFile } from "./suspended.ts";
import { oneLine } from "./text.ts";
import { keptAsks } from "./tool-globs.ts";
import { userName } from "./user.ts";

/** Goes on with a suspended run and prints its outcome. Gives the exit code. Throws CliError. */
export async function resumeCommand(given: ResumeCommand, context: CliContext): Promise<number> {
  const { acceptToolChanges, file, snapshotTo } = given;
  const opened = await openFile(file, context.env);
  const { info, key } = opened;
  refuseForeign(info, file);
  // What a run asks for is not lost by forgetting to say it again.
  const command = { ...given, ask: [...new Set([...keptAsks(info), ...given.ask])] };
  const answers = answersFor(command.answers, info.pending, userName(context.env));
  const isSame = snapshotTo === undefined || resolve(snapshotTo) === resolve(file);
  const store = isSame ? opened.store : await SnapshotFile.fresh(snapshotTo);
  const snapshot = opened.store.bytes;
  const outcome = await carryOut(
    {
      ...{ command, key, store, source: await snapshotSource(snapshot, key) },
      asks: context.stderr.isTTY === true,
      begin: (sandbox, host) =>
        sandbox.resume(snapshot, { ...host, answers, onToolChange: acceptToolChanges ? "accept" : "fail" }),
    },
    context,
  );
  return await finish(outcome, { command, context, store });
}

function refuseForeign({ kind, tenant }: { kind: "run" | "session"; tenant?: string }, file: string): void {
  const whose = tenant !== undefined ? `belongs to the tenant "${oneLine(tenant)}"` : "is one of a session";
  if (kind === "run" && tenant === undefined) return;
  throw new CliError(
    `the snapshot "${oneLine(file)}" ${whose}: it is resumed by the program that suspended it`,
    EXIT.configuration,
  );
}
