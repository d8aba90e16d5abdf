import type { Keyboard } from "./output.ts";

/** What was typed before arrives within that time of the first look. */
const DRAIN_MS = 50;

/**
 * The standard input of a terminal that edits lines itself. It is read only while somebody is asked: a process in the
 * background would be stopped for it.
 */
export class TerminalKeyboard implements Keyboard {
  private readonly open: () => NodeJS.ReadStream;
  private ended = false;

  constructor(open: () => NodeJS.ReadStream) {
    this.open = open;
  }

  async clear(): Promise<boolean> {
    const never = new AbortController();
    const drain = setTimeout(() => never.abort(), DRAIN_MS);
    while (!never.signal.aborted && !this.ended) await this.line(never.signal);
    clearTimeout(drain);
    return !this.ended;
  }

  line(signal: AbortSignal): Promise<string | undefined> {
    if (this.ended || signal.aborted) return Promise.resolve(undefined);
    const stream = this.open().setEncoding("utf8");
    return new Promise((resolve) => {
      let text = "";
      const done = (line: string | undefined) => {
        stream.off("data", onData).off("end", onEnd).off("error", onEnd).pause();
        signal.removeEventListener("abort", onAbort);
        resolve(line);
      };
      const onData = (chunk: string) => {
        text += chunk;
        const end = text.indexOf("\n");
        if (end !== -1) done(text.slice(0, end).trim());
      };
      const onEnd = () => {
        this.ended = true;
        done(undefined);
      };
      const onAbort = () => done(undefined);
      stream.on("data", onData).on("end", onEnd).on("error", onEnd).resume();
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
