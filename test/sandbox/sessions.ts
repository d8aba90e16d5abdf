import {
  createSandbox,
  defineTool,
  type Outcome,
  type Sandbox,
  type Session,
  type SessionRunOptions,
} from "../../src/index.ts";
import { failureOf, sleep } from "../support.ts";

/** A sandbox for sessions, and which orders its tool `refund`, which needs an approval, has refunded. */
export function sessionSandbox(): { sandbox: Sandbox; refunds: string[] } {
  const refunds: string[] = [];
  const slow = async (value: unknown) => {
    await sleep(20);
    return value;
  };
  const run = (input: { order: string }) => {
    refunds.push(input.order);
    return `refunded ${input.order}`;
  };
  const sandbox = createSandbox({
    tools: { add: (a: number, b: number) => a + b, slow, refund: defineTool({ approval: true, run }) },
    globals: { config: { rate: 2, nested: { on: true } }, twice: (n: number) => 2 * n },
    limits: { cpuMs: 2_000 },
  });
  return { sandbox, refunds };
}

/** The value of a run that must complete. */
export function outcomeValue(outcome: Outcome): unknown {
  if (outcome.status !== "completed") throw new Error(JSON.stringify(failureOf(outcome)));
  return outcome.value;
}

/** Runs a program that must complete. */
export async function value(session: Session, source: string, options?: SessionRunOptions): Promise<unknown> {
  return outcomeValue(await session.run(source, options));
}

/** Runs programs one after the other: their values, of failures the messages. */
export async function runAll(session: Session, ...sources: string[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const source of sources) {
    const outcome = await session.run(source);
    results.push(outcome.status === "completed" ? outcome.value : failureOf(outcome).message);
  }
  return results;
}
