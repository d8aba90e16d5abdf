import type { RunFailure } from "../errors.ts";
import type { PendingCall } from "../snapshots/index.ts";
import type { CallHost } from "./call-host.ts";
import { type SavedCall, type Stage, ToolCall } from "./tool-call.ts";
import type { CallRecord } from "./types.ts";

/** The calls of a run as they are kept in a snapshot. */
export interface SavedCalls {
  readonly list: readonly SavedCall[];
  /** Parts of streams that the guest waits for: the calls and the messages that asked. */
  readonly pulls: readonly (readonly [call: number, id: number])[];
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly omittedRecords: number;
}

/** So many calls are looked through; more are found by a map. */
const FEW = 8;

/** All calls of a run, over and open: their records, their counts, and what others have to answer. */
export class CallBook {
  inputBytes = 0;
  outputBytes = 0;
  /** How many records lost their input and output. */
  omittedRecords = 0;
  private readonly host: CallHost;
  /** In the order they were made. Set with the first: a list that grows from nothing makes room for sixteen. */
  private calls: ToolCall[] | undefined;
  private byNumber: Map<number, ToolCall> | undefined;
  private keptBytes = 0;
  /** All before this one lost their input and output. */
  private firstKept = 0;

  constructor(host: CallHost) {
    this.host = host;
  }

  get count(): number {
    return this.calls?.length ?? 0;
  }

  get(number: number): ToolCall | undefined {
    return this.byNumber ? this.byNumber.get(number) : this.calls?.find((call) => call.number === number);
  }

  /** Those that are not over. */
  open(): ToolCall[] {
    return this.calls?.filter((call) => call.open) ?? [];
  }

  add(call: ToolCall): void {
    // Ids are the guest's: one that comes twice can only be forged.
    if (this.get(call.number)) throw new Error(`the call ${call.number} was made twice`);
    this.put(call);
    this.inputBytes += call.inputText.length;
    this.host.place.holds(call.inputText.length);
    this.keep(call, call.inputText.length);
  }

  /** Takes the answer of a call. */
  answered(call: ToolCall, text: string): void {
    // One that was let go while it was out keeps no answer, either.
    call.outputText = call.omitted ? "" : text;
    this.outputBytes += text.length;
    this.host.place.holds(call.outputText.length);
    this.keep(call, text.length);
  }

  /** Tells those who listen that the state of a call changed. */
  changed(call: ToolCall): void {
    this.host.events?.add({ type: "call", call: call.record() }, call.valueBytes);
  }

  /** The failure of a call and its line: what an error that came from it is told by. */
  failure(number: number): { failure: RunFailure; line?: number } | undefined {
    const call = this.get(number);
    if (!call?.failure) return undefined;
    const { failure, line } = call;
    return { failure, ...(line !== undefined && { line }) };
  }

  records(): CallRecord[] {
    return this.calls?.map((call) => call.record()) ?? [];
  }

  /** What others have to answer, and what runs; if `started`, what is queued as well. */
  pending(started: boolean): PendingCall[] {
    const pending = this.open().filter(({ stage, stream }) => !stream && (started || stage !== "queued"));
    return pending.map((call) => call.pending(kindOf(call.stage)));
  }

  /** The calls for a snapshot; `started` says that those that are queued will have been started by then. */
  save(started: boolean): Omit<SavedCalls, "pulls"> {
    const { inputBytes, omittedRecords, outputBytes } = this;
    const list = this.calls?.map((call): SavedCall => {
      const saved = call.save();
      return started && call.open && saved.stage === "queued" ? { ...saved, stage: "running" } : saved;
    });
    return { list: list ?? [], inputBytes, outputBytes, omittedRecords };
  }

  /** Takes up the calls of a snapshot. */
  restore({ inputBytes, list, omittedRecords, outputBytes }: SavedCalls): void {
    for (const saved of list) {
      const call = ToolCall.restore(saved, this.host);
      this.put(call);
      this.host.place.holds(call.valueBytes);
      this.keep(call, call.valueBytes);
    }
    this.inputBytes = inputBytes;
    this.outputBytes = outputBytes;
    this.omittedRecords = omittedRecords;
  }

  private put(call: ToolCall): void {
    if (this.calls) this.calls.push(call);
    else this.calls = [call];
    if (this.byNumber) this.byNumber.set(call.number, call);
    else if (this.calls.length > FEW) this.byNumber = new Map(this.calls.map((made) => [made.number, made]));
  }

  /** Takes so many bytes more for a call, unless it was let go while it was out. Holds the records within their limit. */
  private keep(call: ToolCall, bytes: number): void {
    if (call.omitted) return;
    this.keptBytes += bytes;
    if (this.keptBytes > this.host.settings.limits.recordBytes) this.letGo(call);
  }

  /** The oldest lose their input and output first; `latest` not while it is out. */
  private letGo(latest: ToolCall): void {
    const { calls = [] } = this;
    const { recordBytes } = this.host.settings.limits;
    for (let at = this.firstKept; at < calls.length && this.keptBytes > recordBytes; at++) {
      const old = calls[at];
      if (!old || old.omitted || (old === latest && old.open)) continue;
      this.omittedRecords++;
      this.keptBytes -= old.valueBytes;
      old.letGo();
    }
    while (calls[this.firstKept]?.omitted) this.firstKept++;
  }
}

function kindOf(stage: Stage): PendingCall["kind"] {
  return stage === "approval" || stage === "deferred" ? stage : "in_flight";
}
