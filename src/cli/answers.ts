import type { PendingCall } from "../index.ts";
import type { Answer } from "../sandbox/index.ts";
import { CliError } from "./exit-codes.ts";
import { oneLine } from "./text.ts";

/** The options that answer a pending call. */
export const ANSWER_OPTIONS = ["answer", "approve", "deny", "error", "reissue"] as const;

type AnswerOption = (typeof ANSWER_OPTIONS)[number];

/** What was said about one pending call, before it is known what it waits for. */
export interface GivenAnswer {
  readonly id: string;
  readonly option: AnswerOption;
  /** What stands behind the `=`: text, or what it says as JSON. */
  readonly text?: string;
  readonly value?: unknown;
}

const FITS: Readonly<Record<PendingCall["kind"], readonly AnswerOption[]>> = {
  approval: ["approve", "deny", "answer", "error"],
  deferred: ["answer", "error", "reissue"],
  in_flight: ["answer", "error", "reissue"],
  sleep: ["answer"],
};

const FORMS: Readonly<Record<AnswerOption, RegExp>> = {
  answer: /^(\d+)=(.+)$/s,
  approve: /^(\d+)(?:=(.+))?$/s,
  deny: /^(\d+)(?:=(.*))?$/s,
  error: /^(\d+)(?:=(.*))?$/s,
  reissue: /^(\d+)$/,
};

const EXAMPLES: Readonly<Record<AnswerOption, string>> = {
  answer: "--answer 2=JSON, such as --answer 2=true or --answer '2={\"paid\": 5}'",
  approve: "--approve 2, or --approve 2=JSON for other input",
  deny: "--deny 2=why",
  error: "--error 2=message",
  reissue: "--reissue 2",
};

/** Reads the values of the options that answer calls. Throws CliError. */
export function parseAnswers(values: Partial<Record<AnswerOption, string[] | undefined>>): GivenAnswer[] {
  const answers = ANSWER_OPTIONS.flatMap((option) => (values[option] ?? []).map((text) => parseAnswer(option, text)));
  const seen = new Set<string>();
  for (const { id } of answers) {
    if (seen.has(id)) throw new CliError(`call ${id} is answered twice`);
    seen.add(id);
  }
  return answers;
}

/** The answers as the sandbox takes them. Throws CliError for calls that are not pending, and for what doesn't fit them. */
export function answersFor(
  given: readonly GivenAnswer[],
  pending: readonly PendingCall[],
  by: string,
): Record<string, Answer> {
  const answers: Record<string, Answer> = {};
  // Nobody listens to yields here: one that was out is only let through.
  for (const { id, kind, tool } of pending)
    if (tool === "yield" && kind === "in_flight") answers[id] = { reissue: true };
  for (const answer of given) {
    const call = pending.find(({ id }) => id === answer.id);
    if (!call) throw notPending(answer, pending);
    if (!FITS[call.kind].includes(answer.option)) throw misfit(answer, call);
    answers[answer.id] = { ...toAnswer(answer, call), by };
  }
  return answers;
}

function parseAnswer(option: AnswerOption, given: string): GivenAnswer {
  const [whole, digits = "", text] = FORMS[option].exec(given) ?? [];
  if (whole === undefined) {
    throw new CliError(`--${option} "${oneLine(given.slice(0, 60))}": expected ${EXAMPLES[option]}`);
  }
  const id = String(BigInt(digits));
  if (text === undefined || text === "") return { id, option };
  return option === "deny" || option === "error" ? { id, option, text } : { id, option, value: json(option, id, text) };
}

function json(option: AnswerOption, id: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`--${option} ${id}: expected JSON behind the "=": ${oneLine((error as Error).message)}`);
  }
}

function toAnswer({ option, text, value }: GivenAnswer, { kind }: PendingCall): Answer {
  switch (option) {
    case "answer":
      return { value };
    case "approve":
      return value === undefined ? { approve: true } : { approve: true, input: value };
    case "deny":
      return { deny: text ?? "no reason was given" };
    case "reissue":
      return { reissue: true };
    case "error":
      if (text !== undefined) return { error: { message: text } };
      if (kind !== "in_flight") return { error: { message: "it failed" } };
      return { error: { code: "outcome_unknown", message: "what became of the call is not known" } };
  }
}

function notPending({ id, option }: GivenAnswer, pending: readonly PendingCall[]): CliError {
  const ids = pending.map((call) => call.id).sort((a, b) => Number(a) - Number(b));
  const shown = ids.length > 20 ? `${ids.slice(0, 20).join(", ")} …` : ids.join(", ");
  return new CliError(`--${option} ${id}: no call ${id} is pending; pending: ${ids.length === 0 ? "none" : shown}`);
}

function misfit({ id, option }: GivenAnswer, { kind, tool }: PendingCall): CliError {
  const fitting = FITS[kind].map((name) => `--${name}`).join(", ");
  const what = { approval: "an approval", deferred: "an answer", sleep: "the clock", in_flight: "its outcome" }[kind];
  return new CliError(`--${option} ${id}: ${oneLine(tool)} waits for ${what}; what fits: ${fitting}`);
}
