/** What the call does for its stream. */
export interface StreamOwner {
  /** The text of a part. Throws, or rejects with, CallError. */
  read(part: unknown): string | Promise<string>;
  /** Rejects where a part takes too long. */
  inTime<T>(part: Promise<T>): Promise<T>;
}

/** What a streaming tool answers: its parts are made one by one, each when the guest asks for it. */
export class CallStream {
  private readonly iterator: AsyncIterator<unknown>;
  private readonly owner: StreamOwner;
  /** Whether the iterator ended by itself, or was closed. */
  private over = false;
  private giveUp: (() => void) | undefined;

  constructor(iterable: AsyncIterable<unknown>, owner: StreamOwner) {
    this.iterator = iterable[Symbol.asyncIterator]();
    this.owner = owner;
  }

  /** Whether a part is being made. */
  get isBusy(): boolean {
    return this.giveUp !== undefined;
  }

  /** The text of the next part; undefined at the end, and as soon as the stream is closed. Rejects with what failed. */
  async next(): Promise<string | undefined> {
    if (this.over) return undefined;
    const closed = new Promise<undefined>((resolve) => {
      this.giveUp = () => resolve(undefined);
    });
    try {
      return await Promise.race([this.make(), closed]);
    } finally {
      this.giveUp = undefined;
    }
  }

  /** Ends the iterator, unless it ended by itself. Rejects with what it throws. */
  async close(): Promise<void> {
    if (this.over) return;
    this.over = true;
    this.giveUp?.();
    // After the turn: an iterator may do anything to the run.
    await undefined;
    await this.iterator.return?.();
  }

  private async make(): Promise<string | undefined> {
    const { done, value } = await this.owner.inTime(this.step());
    return done ? undefined : await this.owner.read(value);
  }

  private async step(): Promise<IteratorResult<unknown>> {
    let step: IteratorResult<unknown>;
    try {
      step = await this.iterator.next();
      if (step === null || typeof step !== "object") throw new TypeError("the stream's next() gave no object");
    } catch (error) {
      this.over = true;
      throw error;
    }
    if (step.done) this.over = true;
    return step;
  }
}

/** Whether a tool's answer is a stream: an async generator, a ReadableStream, or anything else that is iterated by waiting. */
export function isStream(value: unknown): value is AsyncIterable<unknown> {
  return (
    value !== null &&
    typeof value === "object" &&
    typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === "function"
  );
}
