import type { PendingCall, RunEvent } from "../index.ts";
import { codeFrame } from "../language/index.ts";
import { type Answer, escapeControls } from "../sandbox/index.ts";
import type { CallLines } from "./call-lines.ts";
import type { Keyboard, Output, Paint } from "./output.ts";
import { valueText } from "./print.ts";
import { oneLine } from "./text.ts";

/** Of a longer input the rest is shown only to who asks for it. */
const MOST_LINES = 30;
const MOST_CHARACTERS = 2_000;

const CHOICES = ["yes", "no", "later", "all"];

/** What asking takes. */
export interface ApprovalDeskOptions {
  readonly keyboard: Keyboard;
  readonly output: Output;
  readonly lines: CallLines;
  readonly paint: Paint;
  readonly source: string;
  /** Who sits there. */
  readonly by: string;
}

/** Asks the person at the terminal about calls, one after the other. All that is shown is escaped. */
export class ApprovalDesk {
  private readonly options: ApprovalDeskOptions;
  private readonly open = new Map<string, AbortController>();
  private readonly putOff = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: ApprovalDeskOptions) {
    this.options = options;
  }

  /** The person's answer; undefined for "later", or when there is nobody any more. */
  ask(call: PendingCall): Promise<Answer | undefined> {
    if (this.putOff.has(call.id)) return Promise.resolve(undefined);
    const withdrawn = new AbortController();
    this.open.set(call.id, withdrawn);
    const answer = this.turn.then(() => this.askNow(call, withdrawn.signal));
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  /** Withdraws a question when its call was settled otherwise. */
  event(event: RunEvent): void {
    if (event.type !== "call" || event.call.state === "waiting" || event.call.state === "running") return;
    this.open.get(event.call.id)?.abort();
  }

  /** Withdraws all questions: the run has ended. */
  close(): void {
    for (const question of this.open.values()) question.abort();
  }

  private async askNow(call: PendingCall, signal: AbortSignal): Promise<Answer | undefined> {
    if (signal.aborted) return undefined;
    const { by, keyboard, lines, output } = this.options;
    lines.hold();
    try {
      if (!(await keyboard.clear()) || signal.aborted) return undefined;
      output.write(this.question(call));
      const answer = await this.answer(call, signal);
      if (answer === undefined) {
        if (signal.aborted) output.write("\n");
        else this.putOff.add(call.id);
      }
      return answer && { ...answer, by };
    } finally {
      this.open.delete(call.id);
      lines.release();
    }
  }

  private async answer(call: PendingCall, signal: AbortSignal): Promise<Answer | undefined> {
    const { keyboard, output, paint } = this.options;
    const isCut = shownInput(call.input).cut !== undefined;
    const choices = `[y]es, [n]o, [l]ater${isCut ? ", [a]ll of the input" : ""}`;
    for (;;) {
      output.write(`${paint.bold("Approve?")} ${choices}: `);
      const { choice, rest } = choiceOf((await keyboard.line(signal)) ?? "later");
      if (choice === "all") output.write(barred(inputText(call.input), paint));
      else if (choice === "no") return await this.denial(rest, signal);
      else if (choice === "later") return undefined;
      else if (choice === "yes" && rest === "") return { approve: true };
    }
  }

  private async denial(given: string, signal: AbortSignal): Promise<Answer | undefined> {
    const { keyboard, output } = this.options;
    if (given !== "") return { deny: given };
    output.write("Why? The program is told: ");
    const line = await keyboard.line(signal);
    return line === undefined && signal.aborted ? undefined : { deny: line || "no reason was given" };
  }

  private question({ id, input, line, tool }: PendingCall): string {
    const { paint, source } = this.options;
    const place = line === undefined ? "" : `, line ${line}`;
    const { cut, text } = shownInput(input);
    const head = `${paint.yellow("Approval needed:")} ${paint.bold(oneLine(tool))} (call ${id}${place})\n`;
    const rest = cut === undefined ? "" : `${paint.yellow(cut)}\n`;
    const frame = line === undefined ? "" : `${paint.dim(escapeControls(codeFrame(source, line)))}\n`;
    return `${head}${barred(text, paint)}${rest}${frame}`;
  }
}

/** Which of the choices a line begins with, written out or by its first letter; and what follows. */
function choiceOf(line: string): { choice: string | undefined; rest: string } {
  const [, word = "", rest = ""] = /^([a-z]*)[\s,:]*(.*)$/is.exec(line) ?? [];
  const small = word.toLowerCase();
  return { choice: CHOICES.find((name) => small === name || small === name[0]), rest };
}

/** The lines of somebody's text, marked as such: none of them can pass for one of ours. */
function barred(text: string, paint: Paint): string {
  return `${text
    .split("\n")
    .map((line) => `${paint.dim("│")} ${line}`)
    .join("\n")}\n`;
}

function shownInput(input: unknown): { text: string; cut?: string } {
  const whole = inputText(input);
  const text = whole.split("\n").slice(0, MOST_LINES).join("\n").slice(0, MOST_CHARACTERS);
  if (text.length === whole.length) return { text };
  return { text, cut: `${whole.length - text.length} of ${whole.length} characters are not shown` };
}

function inputText(input: unknown): string {
  if (input === undefined) return "(no input)";
  return typeof input === "string" ? escapeControls(JSON.stringify(input)) : valueText(input);
}
