import type { Completed, Exit, Failed, Outcome } from "../../index.ts";
import { type ContextPlan, type HandedOver, kindOf } from "./context.ts";
import { CodeExecutionError, InvalidCodeError, SnapshotSignal, VMSignal } from "./errors.ts";
import { listed, ownLine, ownPlace } from "./listing.ts";
import type { LlmzResult, LlmzTrace } from "./types.ts";

/** What LLMz says of a variable that is no data. */
const NON_PRIMITIVE = "[[non-primitive]]";

/** What a tool threw that suspended the run, and where it was called. */
export interface Deferred {
  readonly signal: SnapshotSignal;
  readonly stack: string;
}

/** What a result is made of beside the outcome. */
export interface ResultParts {
  readonly code: string;
  readonly plan: ContextPlan;
  readonly traces: LlmzTrace[];
  readonly deferred: Deferred | undefined;
  readonly abortReason: unknown;
}

type Suspended = Extract<Outcome, { status: "suspended" }>;
type Common = Pick<LlmzResult, "variables" | "lines_executed" | "traces" | "not_written_back">;

/** An outcome as LLMz tells it; what the program left is put back into the context. Throws InvalidCodeError. */
export function resultOf(outcome: Outcome, parts: ResultParts): LlmzResult {
  if (outcome.status === "failed" && outcome.error.code === "syntax_error") throw invalidCode(outcome, parts);
  const common = commonOf(outcome, parts);
  if (outcome.status === "failed") return { success: false, error: errorOf(outcome, parts), ...common };
  if (outcome.status === "suspended")
    return { success: true, signal: suspendedSignal(outcome, parts, common), ...common };
  if (outcome.exit) return { success: true, signal: exitSignal(outcome.exit, outcome, parts, common), ...common };
  return { success: true, return_value: outcome.value, ...common };
}

function commonOf(outcome: Outcome, { plan, traces }: ResultParts): Common {
  const { lines: counted = [], variables: told = {} } = outcome;
  const own = Object.entries(told).filter(([name]) => !plan.isOurs(name));
  const lines = counted.flatMap(([line, times]) => {
    const at = ownLine(line);
    return at === undefined ? [] : [[at, times] as const];
  });
  return {
    variables: Object.fromEntries(own.map(([name, value]) => [name, kindOf(value) ? NON_PRIMITIVE : value])),
    lines_executed: lines,
    traces,
    not_written_back: plan.writeBack(told),
  };
}

function invalidCode({ error }: Failed, { code, traces }: ResultParts): InvalidCodeError {
  const line = error.line === undefined ? undefined : ownLine(error.line);
  const where = line === undefined ? "" : ` (${line}:${error.column ?? 1})`;
  const message = `${error.message}${where}`;
  traces.push({ type: "invalid_code_exception", message, code, started_at: Date.now() });
  return new InvalidCodeError(message, code, error);
}

function errorOf({ error }: Failed, { abortReason, code, traces }: ResultParts): Error {
  if (error.code === "cancelled" && abortReason !== undefined) {
    return abortReason instanceof Error ? abortReason : new Error(String(abortReason));
  }
  const { position, whole } = listed(code, ownPlace(error));
  const { message } = error;
  traces.push({ type: "code_execution_exception", position, message, stackTrace: whole, started_at: Date.now() });
  return new CodeExecutionError(message, code, whole, error);
}

/** Signals of other libraries are passed on in a VMSignal, as its cause. */
function exitSignal(exit: Exit, outcome: Completed, parts: ResultParts, common: Common): VMSignal {
  const thrown = exit.data;
  const signal = thrown instanceof VMSignal ? thrown : new VMSignal(messageOf(thrown), { cause: thrown });
  const call = outcome.calls.find(({ id }) => id === exit.callId);
  return placed(signal, exit.stack, { parts, common, call });
}

function suspendedSignal({ pending, snapshot }: Suspended, parts: ResultParts, common: Common): VMSignal {
  const { signal = new SnapshotSignal("the run was suspended"), stack } = parts.deferred ?? {};
  Object.assign(signal, { snapshot, pending });
  return placed(signal, stack, { parts, common, call: pending[0] });
}

interface Placing {
  readonly parts: ResultParts;
  readonly common: Common;
  readonly call: { readonly tool: string; readonly input: unknown } | undefined;
}

function placed(signal: VMSignal, stack: string | undefined, { call, common, parts }: Placing): VMSignal {
  const { cut, whole } = listed(parts.code, ownPlace({ ...(stack !== undefined && { stack }) }));
  signal.stack = whole;
  signal.truncatedCode = cut;
  signal.variables = common.variables;
  if (call) signal.toolCall = { name: toolName(call.tool), input: handedOver(call.input) };
  return signal;
}

/** The arguments of a call; functions of objects with accessors get them as they are. */
function handedOver(input: unknown): unknown {
  return Array.isArray(input) ? input : (input as HandedOver | undefined)?.args;
}

/** Without the namespace of ours that it stands in. */
function toolName(tool: string): string {
  return tool.replace(/^\$llmz\d*(?:Tools|Objects)\./, "");
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
