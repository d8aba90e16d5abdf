import { checkType, refuseUnknown, shown } from "../check.ts";
import { UsageError } from "../errors.ts";
import type { ToolCall } from "./tool-call.ts";
import type { Answer } from "./types.ts";

const KINDS = ["value", "error", "approve", "deny", "reissue"] as const;

/** Checks the answers that are given when a run is resumed. Throws UsageError. */
export function checkAnswers(answers: unknown): void {
  if (answers === undefined) return;
  if (answers === null || typeof answers !== "object" || Array.isArray(answers) || answers instanceof Map) {
    throw new UsageError(`expected answers to be an object of answers by the ids of calls, got ${shown(answers)}`);
  }
  for (const [id, answer] of Object.entries(answers)) checkAnswer(`answers["${id.slice(0, 40)}"]`, answer);
}

/** The answers as they are now: what the caller changes afterwards has no effect. */
export function copiedAnswers(answers: Readonly<Record<string, Answer>> = {}): Readonly<Record<string, Answer>> {
  return Object.fromEntries(Object.entries(answers).map(([id, answer]) => [id, { ...answer }]));
}

/** Checks one answer. Throws UsageError that begins with `what`. */
export function checkAnswer(what: string, answer: unknown): void {
  refuseUnknown(what, answer, [...KINDS, "by", "input"]);
  const given = answer as Record<string, unknown>;
  const kinds = KINDS.filter((kind) => kind in given);
  if (kinds.length !== 1) {
    throw new UsageError(
      `expected ${what} to have one of ${KINDS.join(", ")}; it has ${kinds.join(" and ") || "none"}`,
    );
  }
  checkType(`${what}.by`, given.by, "string");
  const [kind] = kinds;
  if (kind === "deny" && typeof given.deny !== "string") {
    throw new UsageError(`expected ${what}.deny to be the reason, got ${shown(given.deny)}`);
  }
  if ((kind === "approve" || kind === "reissue") && given[kind] !== true) {
    throw new UsageError(`expected ${what}.${kind} to be true, got ${shown(given[kind])}`);
  }
  if (kind === "error") checkError(`${what}.error`, given.error);
  if ("input" in given && kind !== "approve") throw new UsageError(`${what}.input stands beside approve only`);
}

/** Why an answer doesn't fit a call, if it doesn't. */
export function answerProblem(call: ToolCall, answer: Answer): string | undefined {
  if (!call.isPending || call.stage === "queued") return "the call is not pending";
  const { stage } = call;
  if (("approve" in answer || "deny" in answer) && stage !== "approval") {
    return `the call does not wait for an approval (${stage})`;
  }
  if ("reissue" in answer && stage === "approval") return "the call has not run yet: approve it";
  return undefined;
}

/** Whether nobody approved a call in time. */
export function isExpired({ expiresAt, stage }: ToolCall): boolean {
  return stage === "approval" && expiresAt !== undefined && expiresAt <= Date.now();
}

function checkError(what: string, error: unknown): void {
  refuseUnknown(what, error, ["name", "message", "code"]);
  const { code, message, name } = error as Record<string, unknown>;
  checkType(`${what}.name`, name, "string");
  checkType(`${what}.code`, code, "string");
  if (typeof message !== "string")
    throw new UsageError(`expected ${what}.message to be a string, got ${shown(message)}`);
}
