import {
  createSandbox,
  defineTool,
  type Outcome,
  type Run,
  type Sandbox,
  type SandboxOptions,
  type Suspended,
  type ToolTree,
} from "../../src/index.ts";
import { failureOf, sleep } from "../support.ts";

/** Tools that suspend a program, each for a reason of its own, and one that answers at once. */
export const waitingTools: ToolTree = {
  ask: defineTool({ description: "A person decides", approval: true, run: (input: unknown) => ({ approved: input }) }),
  later: defineTool({
    description: "Somebody else answers",
    run: (input: unknown, { defer }) => defer({ for: input }),
  }),
  ok: (...args: unknown[]) => args[0],
};

/** A sandbox with the tools that suspend. */
export function suspendable(options: SandboxOptions = {}): Sandbox {
  return createSandbox({ ...options, tools: { ...waitingTools, ...options.tools } });
}

/** The outcome of a run that must be suspended. */
export function suspended(outcome: Outcome): Suspended {
  if (outcome.status !== "suspended") throw new Error(`not suspended: ${JSON.stringify(failureOf(outcome))}`);
  return outcome;
}

/** The value of a run that must be completed. */
export function completed(outcome: Outcome): unknown {
  if (outcome.status !== "completed") throw new Error(`not completed: ${JSON.stringify(failureOf(outcome))}`);
  return outcome.value;
}

/** Resolves once something of the run is told: a call of it is out. */
export async function begun(run: Run): Promise<void> {
  for await (const _event of run) break;
  await sleep(1);
}

/** Takes a program through all its suspensions: each deferred call and each sleep is answered with `value`, approvals given. */
export async function valueThrough(sandbox: Sandbox, source: string, value: unknown = undefined): Promise<unknown> {
  let outcome = await sandbox.run(source);
  while (outcome.status === "suspended") {
    const answers = outcome.pending.map(({ id, kind }) => [id, kind === "approval" ? { approve: true } : { value }]);
    outcome = await sandbox.resume(outcome.snapshot, { answers: Object.fromEntries(answers) }).outcome;
  }
  return completed(outcome);
}
