import type { Outcome } from "../index.ts";

/** What each exit code of `tardigrade` says. */
export const EXIT = {
  completed: 0,
  failed: 1,
  usage: 2,
  suspended: 3,
  configuration: 4,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

/** The exit code for how a run ended. */
export function exitCodeOf(outcome: Outcome): number {
  return EXIT[outcome.status];
}

/** Ends a command with a message on stderr and an exit code. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}
