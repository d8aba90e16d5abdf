import type { Delivery, Emission } from "../engine/index.ts";
import type { RunFailure } from "../errors.ts";
import { type CallHost, isPromise, ToolCall } from "./tool-call.ts";
import { callFailureOf, refusedFailure } from "./tool-error.ts";
import type { CallRecord } from "./types.ts";

/** The authority over a run's calls: takes each from the guest, starts its tool when it is its turn, keeps the records. */
export class Calls {
  inputBytes = 0;
  outputBytes = 0;
  omittedRecords = 0;
  private readonly host: CallHost;
  private readonly deliver: (delivery: Delivery) => void;
  private readonly calls: Map<number, ToolCall> = new Map();
  /** Calls whose input and output are still kept, the oldest first. */
  private readonly kept: Set<ToolCall> = new Set();
  private readonly queue: ToolCall[] = [];
  private inFlight = 0;
  private keptBytes = 0;
  private stopped = false;
  private ended = false;

  constructor(host: CallHost, deliver: (delivery: Delivery) => void) {
    this.host = host;
    this.deliver = deliver;
  }

  get count(): number {
    return this.calls.size;
  }

  /** Takes a call from the guest; starts it, or lets it wait for its turn. */
  take(emission: Extract<Emission, { type: "call" }>): void {
    const call = this.add(new ToolCall(emission, emission.input, this.host));
    if (this.stopped || this.inFlight >= this.host.limits.toolCallsInFlight) {
      call.state = "waiting";
      this.queue.push(call);
    } else this.begin(call);
    this.changed(call);
  }

  /** From now on no tool starts: the run is past a limit, and what it asked for before is only recorded. */
  stop(): void {
    this.stopped = true;
  }

  /** Records a call that the guest side refused. */
  refuse(emission: Extract<Emission, { type: "refused" }>): void {
    const call = this.add(new ToolCall(emission, "[]", this.host));
    call.failure = refusedFailure(emission.failure);
    call.omitted = true;
    call.end("failed");
    this.changed(call);
  }

  /** The failure of a call and its line: what an error that came from it is told by. */
  failure(number: number): { failure: RunFailure; line?: number } | undefined {
    const call = this.calls.get(number);
    if (!call?.failure) return undefined;
    const { failure, line } = call;
    return { failure, ...(line !== undefined && { line }) };
  }

  /** Ends all calls that are out: their signals abort, their answers have no effect. Gives what was aborted. */
  end(reason: string): ToolCall[] {
    this.ended = true;
    const open: ToolCall[] = [];
    for (const call of this.calls.values()) if (call.open) open.push(call);
    for (const call of open) {
      call.end("aborted");
      call.abort(new DOMException(reason, "AbortError"));
      this.changed(call);
    }
    return open;
  }

  records(): CallRecord[] {
    return [...this.calls.values()].map((call) => call.record());
  }

  private add(call: ToolCall): ToolCall {
    // Ids are the guest's: one that comes twice can only be forged.
    if (this.calls.has(call.number)) throw new Error(`the call ${call.number} was made twice`);
    this.calls.set(call.number, call);
    this.inputBytes += call.inputText.length;
    this.keep(call, call.inputText.length);
    return call;
  }

  private begin(call: ToolCall): void {
    this.inFlight++;
    call.state = "running";
    // After the turn: a tool may do anything to the run, ending it included.
    queueMicrotask(() => this.perform(call));
  }

  private perform(call: ToolCall): void {
    if (this.ended) return;
    try {
      const answer = call.perform();
      if (!isPromise(answer)) this.complete(call, answer);
      else {
        answer.then(
          (text) => this.complete(call, text),
          (thrown: unknown) => this.fail(call, thrown),
        );
      }
    } catch (thrown) {
      this.fail(call, thrown);
    }
  }

  private complete(call: ToolCall, text: string): void {
    if (this.ended) return;
    call.outputText = text;
    call.end("completed");
    this.outputBytes += text.length;
    this.keep(call, text.length);
    this.settle(call, true, text);
  }

  private fail(call: ToolCall, thrown: unknown): void {
    if (this.ended) return;
    const { failure, guest } = callFailureOf(thrown);
    call.failure = failure;
    call.end(failure.code === "denied" ? "denied" : "failed");
    this.settle(call, false, JSON.stringify(guest));
  }

  private settle(call: ToolCall, fulfilled: boolean, text: string): void {
    this.inFlight--;
    this.changed(call);
    const next = this.queue.shift();
    if (next) {
      this.begin(next);
      this.changed(next);
    }
    this.deliver({ id: call.number, fulfilled, text });
  }

  /** Holds the records within their limit: the oldest lose their input and output first. */
  private keep(call: ToolCall, bytes: number): void {
    this.keptBytes += bytes;
    this.kept.add(call);
    if (this.keptBytes <= this.host.limits.recordBytes) return;
    for (const old of this.kept) {
      if (old === call && call.open) continue;
      this.kept.delete(old);
      old.omitted = true;
      this.omittedRecords++;
      this.keptBytes -= old.inputText.length + (old.outputText?.length ?? 0);
      if (this.keptBytes <= this.host.limits.recordBytes) return;
    }
  }

  private changed(call: ToolCall): void {
    this.host.notify?.({ type: "call", call: call.record() }, call.valueBytes);
  }
}
