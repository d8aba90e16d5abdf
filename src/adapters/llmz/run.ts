import {
  type Answer,
  createSandbox,
  defineTool,
  type Outcome,
  type Run,
  RunExit,
  type RunOptions,
  type Sandbox,
} from "../../index.ts";
import { handleYield } from "./components.ts";
import { type ContextPlan, type HandedOver, planContext, type ToolMaker } from "./context.ts";
import { SnapshotSignal, VMSignal } from "./errors.ts";
import { type Deferred, resultOf } from "./result.ts";
import { addTraces } from "./traces.ts";
import type { LlmzContext, LlmzOptions, LlmzResult, LlmzTrace } from "./types.ts";

const TIMEOUT_MS = 60_000;
const MAX_WAIT_MS = 2 ** 31 - 1;

/** What LLMz does not limit is only bounded here. Of the events of a run so many are kept for who listens. */
const LIMITS = {
  memoryBytes: 128 << 20,
  resultBytes: 64 << 20,
  sourceBytes: 16 << 20,
  logEntries: 10_000,
  logBytes: 8 << 20,
  toolCalls: Number.POSITIVE_INFINITY,
  toolCallsInFlight: 10_000,
};

/** Made when it is first needed: nothing of a module runs when it is loaded. */
let ownKey: Uint8Array | undefined;

function processKey(): Uint8Array {
  ownKey ??= crypto.getRandomValues(new Uint8Array(32));
  return ownKey;
}

/**
 * Runs code as the function of this name in LLMz does, in a sandbox of its own: the context's members are globals, and
 * what the program leaves in them is written back. Rejects with InvalidCodeError for what is no program.
 */
export async function runAsyncFunction(
  context: LlmzContext | null | undefined,
  code: string,
  traces: LlmzTrace[] = [],
  signal: AbortSignal | null = null,
  timeout: number = TIMEOUT_MS,
  options: LlmzOptions = {},
): Promise<LlmzResult> {
  const execution = new Execution(context ?? {}, code, { traces, signal, options });
  return await execution.run((sandbox, plan, run) => {
    const limits = { ...LIMITS, wallMs: timeout, cpuMs: timeout, ...options.limits };
    const source = `${plan.prologue}\n${code}`;
    return sandbox.start(source, { ...run, limits, input: plan.input, track: true, comments: true, jsx: true });
  });
}

/**
 * Goes on with a program that a SnapshotSignal suspended, where it stood. `answers` are by the ids of `signal.pending`;
 * the context's functions and accessors are those that are given now, its data are those of the program.
 */
export async function resumeAsyncFunction(
  context: LlmzContext | null | undefined,
  code: string,
  snapshot: Uint8Array,
  answers: Readonly<Record<string, Answer>>,
  traces: LlmzTrace[] = [],
  signal: AbortSignal | null = null,
  options: LlmzOptions = {},
): Promise<LlmzResult> {
  const execution = new Execution(context ?? {}, code, { traces, signal, options });
  return await execution.run((sandbox, _plan, run) => sandbox.resume(snapshot, { ...run, answers }));
}

type Start = (sandbox: Sandbox, plan: ContextPlan, run: Pick<RunOptions, "globals" | "onYield" | "signal">) => Run;

class Execution {
  readonly #context: LlmzContext;
  readonly #code: string;
  readonly #traces: LlmzTrace[];
  readonly #signal: AbortSignal | null;
  readonly #options: LlmzOptions;
  #deferred: Deferred | undefined;

  constructor(
    context: LlmzContext,
    code: string,
    how: { traces: LlmzTrace[]; signal: AbortSignal | null; options: LlmzOptions },
  ) {
    this.#context = context;
    this.#code = code;
    this.#traces = how.traces;
    this.#signal = how.signal;
    this.#options = how.options;
  }

  async run(start: Start): Promise<LlmzResult> {
    const { runtime, snapshotKey = processKey() } = this.#options;
    const plan = planContext(this.#context, this.#code, this.#maker());
    const sandbox = createSandbox({ snapshotKey, sleepInlineMs: MAX_WAIT_MS, ...(runtime && { runtime }) });
    try {
      const run = start(sandbox, plan, {
        globals: plan.globals,
        onYield: (value) => this.#yielded(value),
        ...(this.#signal && { signal: this.#signal }),
      });
      const told = addTraces(run, this.#traces);
      const outcome = await run.outcome;
      await told;
      return this.#result(outcome, plan);
    } finally {
      await sandbox.close();
    }
  }

  #maker(): ToolMaker {
    return {
      tool: (call) =>
        defineTool({
          run: async (input, { defer }) => {
            const { args, stack } = input as HandedOver;
            try {
              return await call(...args);
            } catch (error) {
              if (!(error instanceof SnapshotSignal)) throw this.#ending(error);
              this.#deferred ??= { signal: error, stack: String(stack) };
              return defer({ reason: error.reason });
            }
          },
        }),
      plain:
        (call) =>
        async (...args) => {
          try {
            return await call(...args);
          } catch (error) {
            throw this.#ending(error);
          }
        },
    };
  }

  /** What a tool throws in place of what its function threw: signals end the run. */
  #ending(error: unknown): unknown {
    const isSignal = error instanceof VMSignal || this.#options.isSignal?.(error) === true;
    return isSignal ? new RunExit("signal", error) : error;
  }

  async #yielded(yielded: unknown): Promise<unknown> {
    const { answer, value } = await handleYield(this.#context, yielded);
    this.#traces.push({ type: "yield", value, started_at: Date.now() });
    return answer;
  }

  #result(outcome: Outcome, plan: ContextPlan): LlmzResult {
    const abortReason: unknown = this.#signal?.aborted ? this.#signal.reason : undefined;
    return resultOf(outcome, {
      code: this.#code,
      plan,
      traces: this.#traces,
      deferred: this.#deferred,
      abortReason,
    });
  }
}
