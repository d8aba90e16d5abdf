import { type Command, parseCommand } from "./arguments.ts";
import { CliError } from "./exit-codes.ts";
import { helpText } from "./help.ts";
import { inspectCommand } from "./inspect-command.ts";
import { type CliContext, createPaint } from "./output.ts";
import { resumeCommand } from "./resume-command.ts";
import { runCommand } from "./run-command.ts";
import { visible } from "./text.ts";
import { toolsCommand } from "./tools-command.ts";
import { version } from "./version.ts";

/** Does what a command line asks for and gives the exit code. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    return await execute(parseCommand(args), context);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const paint = createPaint(context.stderr, context.env);
    context.stderr.write(`${paint.red("tardigrade:")} ${visible(error.message)}\n`);
    return error.exitCode;
  }
}

async function execute(command: Command, context: CliContext): Promise<number> {
  switch (command.name) {
    case "help":
      context.stdout.write(helpText(command.topic));
      return 0;
    case "version":
      context.stdout.write(`${await version()}\n`);
      return 0;
    case "run":
      return await runCommand(command, context);
    case "resume":
      return await resumeCommand(command, context);
    case "inspect":
      return await inspectCommand(command, context);
    case "tools":
      return await toolsCommand(command, context);
  }
}
