import type { SandboxOptions } from "../../src/index.ts";

/** Where the machines of a test run. */
export type IsolationName = "thread" | "inline";

/** The names of all isolations, the default first. */
export const ISOLATIONS: readonly IsolationName[] = ["thread", "inline"];

/** The option of a sandbox that asks for an isolation. */
export function isolated(isolation: IsolationName): Pick<SandboxOptions, "isolation"> {
  return { isolation };
}
