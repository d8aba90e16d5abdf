import type { Output } from "./output.ts";

// A reader that went away, or a terminal that was closed: not worth a word, there is nobody to hear it.
const GONE = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

/** A process's own stream. Nothing that is wrong with it throws; after its first error it takes text and drops it. */
export class StreamOutput implements Output {
  /** The first error, unless it only says that nobody listens any more. */
  problem: Error | undefined;
  private broken = false;
  private readonly stream: NodeJS.WriteStream;
  private readonly onBroken: () => void;

  constructor(stream: NodeJS.WriteStream, onBroken: () => void) {
    this.stream = stream;
    this.onBroken = onBroken;
    stream.on("error", (error) => this.fail(error));
  }

  get isTTY(): boolean | undefined {
    return this.stream.isTTY;
  }

  get columns(): number | undefined {
    return this.stream.columns;
  }

  get rows(): number | undefined {
    return this.stream.rows;
  }

  write(text: string): void {
    if (this.broken || text === "") return;
    try {
      this.stream.write(text);
    } catch (error) {
      this.fail(error as Error); // files are written to at once
    }
  }

  /** Resolves when all is written, or can't be. */
  flushed(): Promise<void> {
    if (this.broken) return Promise.resolve();
    return new Promise((resolve) => {
      this.stream.once("error", () => resolve());
      this.stream.write("", () => resolve());
    });
  }

  private fail(error: NodeJS.ErrnoException): void {
    if (this.broken) return;
    this.broken = true;
    if (!GONE.has(error.code ?? "")) this.problem = error;
    this.onBroken();
  }
}
