/** A stream to print on, as far as this program cares: a real one, or a test's. */
export interface Output {
  write(text: string): void;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** What the commands need of the world around them. */
export interface CliContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at Ctrl-C and SIGTERM, and when nobody reads what is printed. */
  readonly signal: AbortSignal;
  readStdin(): Promise<string>;
  /** Who sits at the terminal; absent if the standard input is none. */
  readonly keyboard?: Keyboard | undefined;
}

/** Lines that somebody types. */
export interface Keyboard {
  /** Drops what was typed before now: it can't have been meant for what is asked next. False if nobody is there. */
  clear(): Promise<boolean>;
  /** The next line; undefined when the signal aborts, or when there will be no further one. */
  line(signal: AbortSignal): Promise<string | undefined>;
}

/** Colours a text, or leaves it as it is. */
export type Paint = Readonly<Record<"red" | "green" | "yellow" | "cyan" | "bold" | "dim", (text: string) => string>>;

const CODES = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  bold: [1, 22],
  dim: [2, 22],
} as const;

/** The paints for a stream: NO_COLOR wins over FORCE_COLOR, which wins over what the stream is. */
export function createPaint(output: Output, env: CliContext["env"]): Paint {
  const on = usesColor(output, env);
  const paint = (name: keyof Paint) => (text: string) =>
    on && text !== "" ? `\u001b[${CODES[name][0]}m${text}\u001b[${CODES[name][1]}m` : text;
  return {
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
    bold: paint("bold"),
    dim: paint("dim"),
  };
}

/** Whether lines of a stream can be drawn anew. */
export function isLive(output: Output, env: CliContext["env"]): boolean {
  return output.isTTY === true && env.TERM !== "dumb";
}

function usesColor(output: Output, env: CliContext["env"]): boolean {
  if (env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isLive(output, env);
}
