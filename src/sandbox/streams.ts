import type { Delivery } from "../engine/index.ts";
import { CallError, type RunExit } from "../errors.ts";
import { eventLoop } from "../event-loop.ts";
import { lostStream, type ToolCall } from "./tool-call.ts";
import { callFailureOf, isExit } from "./tool-error.ts";

/** What the calls of a run do for their streams. */
export interface StreamsOwner {
  /** A part of so many bytes was made. */
  partMade(bytes: number): void;
  /** What was asked for is there. Called in the same step in which the call's record says so. */
  made(delivery: Delivery): void;
  /** The tool ended the run. */
  exited(call: ToolCall, exit: RunExit): void;
  /** The state of a call changed. */
  changed(call: ToolCall): void;
  /** A stream could not be ended as its tool should. */
  notClosed(call: ToolCall, error: unknown): void;
}

/** The open streams of a run: each makes a part when the guest asks for one, and when it is its turn. */
export class Streams {
  /** Calls whose next part the guest waits for, by the message that asked; `due` are those whose turn has not come. */
  private readonly pulls = new Map<ToolCall, number>();
  private readonly due: ToolCall[] = [];
  private readonly owner: StreamsOwner;
  private ended = false;

  constructor(owner: StreamsOwner) {
    this.owner = owner;
  }

  /** The guest asks for the next part of a call's stream. Throws Error where it has asked already. */
  pull(call: ToolCall | undefined, asked: { number: number; id: number }): void {
    if (!call || this.pulls.has(call)) throw new Error(`a part of the call ${asked.number} was asked for out of turn`);
    this.pulls.set(call, asked.id);
    this.due.push(call);
  }

  /** Whether a part is wanted that is not being made. */
  get hasDue(): boolean {
    return this.due.length > 0;
  }

  /** The call whose part is to be made next, if one is wanted. */
  nextDue(): ToolCall | undefined {
    return this.due.shift();
  }

  /** Makes the next part of a call's stream, unless the run is over by then. Never rejects. */
  async make(call: ToolCall): Promise<void> {
    let text: string | undefined;
    let failed = false;
    let thrown: unknown;
    try {
      await eventLoop.turn();
      text = await call.stream?.next();
    } catch (error) {
      failed = true;
      thrown = error;
    }
    if (this.ended) return;
    if (failed && call.stream && isExit(thrown)) {
      this.owner.exited(call, thrown);
      return;
    }
    // From here to the delivery nothing is waited for: a snapshot has all of it or nothing.
    const delivery = failed ? this.failed(call, thrown) : text === undefined ? this.over(call) : this.part(call, text);
    const id = this.pulls.get(call) ?? 0;
    this.pulls.delete(call);
    this.owner.made({ id, ...delivery });
  }

  /** The guest wants no more of a call's stream. What is being made is aborted. */
  stop(call: ToolCall | undefined): void {
    if (!call?.stream || !call.open) return;
    if (call.stream.isBusy) call.abort(new DOMException("the program reads no further", "AbortError"));
    this.close(call);
    call.end("completed");
    this.owner.changed(call);
  }

  /** Ends a stream whose run is being suspended: its parts cannot be made elsewhere. */
  lose(call: ToolCall): void {
    if (!call.stream) return;
    call.abort(new DOMException("the run was suspended", "AbortError"));
    this.close(call);
    call.failure = lostStream();
    call.end("failed");
    this.owner.changed(call);
  }

  close(call: ToolCall): void {
    call.stream?.close().catch((error: unknown) => {
      if (!this.ended) this.owner.notClosed(call, error);
    });
  }

  /** From now on parts have no effect. */
  end(): void {
    this.ended = true;
  }

  save(): (readonly [call: number, id: number])[] {
    return [...this.pulls].map(([call, id]) => [call.number, id] as const);
  }

  private part(call: ToolCall, text: string): Omit<Delivery, "id"> {
    call.parts = (call.parts ?? 0) + 1;
    this.owner.partMade(text.length);
    return { fulfilled: true, text };
  }

  private over(call: ToolCall): Omit<Delivery, "id"> {
    const { failure } = call;
    if (failure?.code === "outcome_unknown") return { fulfilled: false, text: JSON.stringify(failure) };
    if (call.open && call.stream) {
      call.end("completed");
      this.owner.changed(call);
    }
    return { fulfilled: true, as: "end", text: "" };
  }

  private failed(call: ToolCall, thrown: unknown): Omit<Delivery, "id"> {
    if (!call.open || !call.stream) return this.over(call);
    const { failure, guest } = callFailureOf(
      call.wasDeferred ? new CallError("tool_failed", `${call.tool} cannot defer a part of its stream`) : thrown,
    );
    call.failure = failure;
    this.close(call);
    call.end("failed");
    this.owner.changed(call);
    return { fulfilled: false, text: JSON.stringify(guest) };
  }
}
