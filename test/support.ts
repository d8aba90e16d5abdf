import { createSandbox, type Failed, type Outcome, type RunOptions, type SandboxOptions } from "../src/index.ts";

/** Runs one program in a sandbox of its own. */
export async function runOnce(source: string, options: SandboxOptions = {}, run: RunOptions = {}): Promise<Outcome> {
  await using sandbox = createSandbox(options);
  return await sandbox.run(source, run);
}

/** The value of a program that must complete. */
export async function valueFrom(source: string, options: SandboxOptions = {}, run: RunOptions = {}): Promise<unknown> {
  const outcome = await runOnce(source, options, run);
  if (outcome.status !== "completed") throw new Error(`failed: ${JSON.stringify(failureOf(outcome))}`);
  return outcome.value;
}

/** The failure of a program that must fail. */
export async function failureFrom(
  source: string,
  options: SandboxOptions = {},
  run: RunOptions = {},
): Promise<Failed["error"]> {
  const outcome = await runOnce(source, options, run);
  if (outcome.status !== "failed") throw new Error(failureOf(outcome).message);
  return outcome.error;
}

/** The failure of an outcome that is one; what it is otherwise, as a failure. */
export function failureOf(outcome: Outcome): Failed["error"] {
  if (outcome.status === "failed") return outcome.error;
  const shown = outcome.status === "completed" ? `completed with ${JSON.stringify(outcome.value)}` : "suspended";
  return { code: "threw", name: "Error", message: shown };
}

/** Resolves after that many milliseconds. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
