import { createRuntime, createSandbox, defineTool, type Outcome, type Runtime, type Sandbox } from "../../src/index.ts";
import { failureOf, sleep } from "../support.ts";

/** Native code of the engine, which never looks at the clock. */
export const NEVER_LOOKS = "const a = []; a.length = 2 ** 32 - 1; a.sort()";

/** One thread, so that all runs are neighbours; the spare one beside it. */
export function oneThread(): {
  runtime: Runtime;
  effects: string[];
  gates: (() => void)[];
  sandbox: Sandbox;
} {
  const runtime = createRuntime({ threads: 1 });
  const effects: string[] = [];
  const gates: (() => void)[] = [];
  const tools = {
    wait: (ms: number) => sleep(ms).then(() => ms),
    note: (what: string) => void effects.push(what),
    gate: () => new Promise<number>((resolve) => gates.push(() => resolve(gates.length))),
    signalled: defineTool({ run: (_, { signal }) => new Promise((_, no) => signal.addEventListener("abort", no)) }),
  };
  return { runtime, effects, gates, sandbox: createSandbox({ runtime, tools }) };
}

/** How a run ended: its code, or its status. */
export const code = (outcome: Outcome): string =>
  outcome.status === "failed" ? failureOf(outcome).code : outcome.status;
