import { ERROR_CODES } from "../../src/errors.ts";
import { type Outcome, renderOutcome } from "../../src/index.ts";

const MAX_ERROR_BYTES = 512 * 1024;
const CALL_STATES = ["completed", "failed", "denied", "aborted"];

/** What is wrong with the shape of an outcome, whatever the program was; one sentence each. */
export function shapeProblems(outcome: Outcome): string[] {
  const found: string[] = [];
  const demand = (holds: boolean, sentence: string) => {
    if (!holds) found.push(sentence);
  };
  demand(typeof outcome.runId === "string", "the run has no id");
  demand(["completed", "failed"].includes(outcome.status), `the status is ${outcome.status}`);
  if (outcome.status === "failed") {
    const { error } = outcome;
    demand(Object.hasOwn(ERROR_CODES, error.code), `${error.code} is no code of ours`);
    demand(error.code !== "machine_crashed", `the machine crashed: ${error.message}`);
    demand(typeof error.name === "string" && typeof error.message === "string", "name or message is no text");
    demand(sizeOf(error) < MAX_ERROR_BYTES, `the error has ${sizeOf(error)} characters`);
  } else demand("value" in outcome, "there is no value");
  for (const entry of outcome.logs) demand(typeof entry.text === "string", "a log entry has no text");
  for (const call of outcome.calls) {
    demand(CALL_STATES.includes(call.state), `a call is ${call.state} after the run's end`);
    demand(call.state !== "failed" || call.error !== undefined, "a failed call has no error");
  }
  for (const warning of outcome.warnings) demand(warning.message.length < 40_000, "a warning is too long");
  for (const [name, figure] of Object.entries(outcome.usage)) {
    demand(Number.isFinite(figure) && figure >= 0, `usage.${name} is ${figure}`);
  }
  demand(typeof renderOutcome(outcome) === "string", "the outcome cannot be rendered");
  structuredClone(outcome);
  return found;
}

function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (value === null || typeof value !== "object") return 8;
  return Object.entries(value).reduce((sum, [key, member]) => sum + key.length + sizeOf(member), 0);
}
