import {
  type CodeExecutionError,
  type LlmzContext,
  type LlmzResult,
  type LlmzTrace,
  runAsyncFunction,
} from "../../src/adapters/llmz/index.ts";

export interface Ran extends LlmzResult {
  context: LlmzContext;
}

/** Runs a program with the context, which is returned beside its result. */
export async function run(code: string, context: LlmzContext = {}): Promise<Ran> {
  return { ...(await runAsyncFunction(context, code)), context };
}

type Told<Trace> = Trace extends LlmzTrace ? Omit<Trace, "started_at"> : never;

/** Traces without their times. */
export const told = (traces: readonly LlmzTrace[]): Told<LlmzTrace>[] =>
  traces.map(({ started_at: _at, ...trace }) => trace);
/** The listing of a failure. */
export const listing = (error: unknown): string => (error as CodeExecutionError).stacktrace;
/** Numbers of the marked lines. */
export const marked = (text: string): number[] =>
  [...text.matchAll(/^> (\d+) \|/gm)].map(([, number]) => Number(number));
