import type { CliContext } from "./output.ts";

/** What a person is called who answers here: in records only. */
export function userName({ LOGNAME, USER, USERNAME }: CliContext["env"]): string {
  return USER || LOGNAME || USERNAME || "somebody at the command line";
}
