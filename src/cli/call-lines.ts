import type { CallRecord } from "../index.ts";
import { formatValue } from "../sandbox/index.ts";
import type { Output, Paint } from "./output.ts";
import { cutToWidth, duration, oneLine, textWidth } from "./text.ts";

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 80;
const MOST_LIVE_LINES = 12;
const INPUT_WIDTH = 60;
const MESSAGE_WIDTH = 300;
const PLAIN_WIDTH = 120;

/** How calls are shown. */
export interface CallLinesOptions {
  /** Whether lines can be drawn anew. Else each call gives one line, when it ends. */
  readonly live: boolean;
  readonly paint: Paint;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

interface LiveLine {
  readonly label: string;
  readonly since: number;
  progress: string;
}

/**
 * Lines on a terminal: what is over stands still and scrolls away, what goes on stays below with a spinner and its
 * time. All texts are escaped here.
 */
export class CallLines {
  private readonly output: Output;
  private readonly options: CallLinesOptions;
  private readonly running = new Map<string, LiveLine>();
  private drawn = 0;
  private frame = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  /** What came while somebody else had the terminal. */
  private held: string | undefined;

  constructor(output: Output, options: CallLinesOptions) {
    this.output = output;
    this.options = options;
  }

  /** Shows what is being waited for, until the returned function is called. In plain mode nothing is shown. */
  wait(what: string): () => void {
    const key = `wait ${what}`;
    this.begin(key, what);
    return () => {
      this.end(key);
      if (this.running.size === 0) this.draw("");
    };
  }

  /** Shows a call as it stands now. */
  call(call: CallRecord): void {
    const label = this.running.get(call.id)?.label ?? callLabel(call);
    if (call.state === "running" || call.state === "waiting") {
      this.begin(call.id, label);
      return;
    }
    this.end(call.id);
    this.draw(`${this.finished(call, label)}\n`);
  }

  /** Shows what a call that goes on says of itself. */
  progress(callId: string, progress: unknown): void {
    const line = this.running.get(callId);
    if (line) line.progress = progressText(progress);
  }

  /** Writes text that stays, above the live lines. It has to be safe to print, and to end with a line break. */
  write(text: string): void {
    this.draw(text);
  }

  /** Draws the live lines with the spinner's next picture; a timer does it while calls are running. */
  tick(): void {
    this.frame++;
    this.draw("");
  }

  /** Takes the live lines away and writes nothing until `release`: somebody is asked something. */
  hold(): void {
    if (this.held !== undefined) return;
    if (this.drawn > 0) this.output.write(`\u001b[${this.drawn}A\u001b[J`);
    this.drawn = 0;
    this.held = "";
  }

  /** Writes what has come since `hold`, and goes on. */
  release(): void {
    const text = this.held;
    this.held = undefined;
    if (text !== undefined) this.draw(text);
  }

  /** Takes the live lines away. */
  close(): void {
    this.release();
    this.running.clear();
    this.stopTimer();
    this.draw("");
  }

  private begin(key: string, label: string): void {
    if (this.running.has(key)) return;
    this.running.set(key, { label, since: this.now(), progress: "" });
    if (!this.options.live || this.timer !== undefined) return;
    this.timer = setInterval(() => this.tick(), FRAME_MS);
    (this.timer as { unref?(): void }).unref?.();
  }

  private end(key: string): void {
    this.running.delete(key);
    if (this.running.size === 0) this.stopTimer();
  }

  private stopTimer(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Erases the live lines, writes text that stays, and draws them again: in one piece, so that nothing flickers. */
  private draw(text: string): void {
    if (this.held !== undefined) {
      this.held += text;
      return;
    }
    const erase = this.drawn > 0 ? `\u001b[${this.drawn}A\u001b[J` : "";
    const lines = this.options.live ? this.liveLines() : [];
    this.drawn = lines.length;
    const all = erase + text + lines.map((line) => `${line}\n`).join("");
    if (all !== "") this.output.write(all);
  }

  private liveLines(): string[] {
    const most = Math.max(1, Math.min(MOST_LIVE_LINES, (this.output.rows || 24) - 2));
    // What is over within a moment leaves a line of its own; showing it before would only flicker.
    const all = [...this.running.values()].filter(({ since }) => this.now() - since >= FRAME_MS);
    const shown = all.length > most ? all.slice(0, most - 1) : all;
    const lines = shown.map((line) => this.liveLine(line));
    if (shown.length < all.length) lines.push(this.options.paint.dim(`  … ${all.length - shown.length} more`));
    return lines;
  }

  private liveLine({ label, progress, since }: LiveLine): string {
    const { paint } = this.options;
    const time = duration(this.now() - since);
    const tail = progress === "" ? time : `${time} · ${progress}`;
    // A line as wide as the terminal would wrap on some, and then be erased wrongly.
    const room = (this.output.columns || 80) - 3;
    const shownTail = cutToWidth(tail, Math.floor(room / 2));
    const shownLabel = cutToWidth(label, room - textWidth(shownTail) - 1);
    return `${paint.cyan(SPINNER[this.frame % SPINNER.length] ?? "")} ${shownLabel} ${paint.dim(shownTail)}`;
  }

  private finished(call: CallRecord, label: string): string {
    const { live, paint } = this.options;
    const time = duration(call.durationMs);
    const room = (live ? this.output.columns || 80 : PLAIN_WIDTH) - time.length - 4;
    const shown = `${cutToWidth(label, room)} ${paint.dim(time)}`;
    if (call.state === "completed") return `${paint.green("✓")} ${shown}`;
    if (call.state === "aborted") return `${paint.yellow("■")} ${shown} ${paint.yellow("aborted")}`;
    const { message = call.state } = call.error ?? {};
    return `${paint.red("✗")} ${shown}: ${paint.red(cutToWidth(oneLine(message), MESSAGE_WIDTH))}`;
  }

  private now(): number {
    return (this.options.now ?? performance.now.bind(performance))();
  }
}

function callLabel({ input, tool }: CallRecord): string {
  const text = input === undefined ? "" : cutToWidth(oneLine(formatValue(input)), INPUT_WIDTH);
  return `${cutToWidth(oneLine(tool), INPUT_WIDTH)}(${text})`;
}

/** MCP servers report a message, numbers, or both. */
function progressText(progress: unknown): string {
  if (typeof progress !== "object" || progress === null) return oneLine(String(progress));
  const { message, progress: done, total } = progress as Record<string, unknown>;
  if (typeof message === "string" && message !== "") return oneLine(message);
  if (typeof done === "number") return typeof total === "number" ? `${done}/${total}` : String(done);
  return cutToWidth(oneLine(formatValue(progress)), INPUT_WIDTH);
}
