import type { RunFailure } from "../errors.ts";
import type { PendingCall } from "../snapshots/index.ts";
import type { CallHost } from "./call-host.ts";
import { KeptRecords } from "./kept-records.ts";
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

/** All calls of a run, over and open: their records, their counts, and what others have to answer. */
export class CallBook {
  inputBytes = 0;
  outputBytes = 0;
  private readonly host: CallHost;
  private readonly calls = new Map<number, ToolCall>();
  private kept: KeptRecords | undefined;

  constructor(host: CallHost) {
    this.host = host;
  }

  get count(): number {
    return this.calls.size;
  }

  /** How many records lost their input and output. */
  get omittedRecords(): number {
    return this.kept?.omitted ?? 0;
  }

  get(number: number): ToolCall | undefined {
    return this.calls.get(number);
  }

  /** Those that are not over. */
  open(): ToolCall[] {
    const open: ToolCall[] = [];
    for (const call of this.calls.values()) if (call.open) open.push(call);
    return open;
  }

  add(call: ToolCall): void {
    // Ids are the guest's: one that comes twice can only be forged.
    if (this.calls.has(call.number)) throw new Error(`the call ${call.number} was made twice`);
    this.calls.set(call.number, call);
    this.inputBytes += call.inputText.length;
    this.keep(call, call.inputText.length);
  }

  /** Takes the answer of a call. */
  answered(call: ToolCall, text: string): void {
    call.outputText = text;
    this.outputBytes += text.length;
    this.keep(call, text.length);
  }

  /** Tells those who listen that the state of a call changed. */
  changed(call: ToolCall): void {
    this.host.events?.add({ type: "call", call: call.record() }, call.valueBytes);
  }

  /** The failure of a call and its line: what an error that came from it is told by. */
  failure(number: number): { failure: RunFailure; line?: number } | undefined {
    const call = this.calls.get(number);
    if (!call?.failure) return undefined;
    const { failure, line } = call;
    return { failure, ...(line !== undefined && { line }) };
  }

  records(): CallRecord[] {
    return [...this.calls.values()].map((call) => call.record());
  }

  /** What others have to answer, and what runs; if `started`, what is queued as well. */
  pending(started: boolean): PendingCall[] {
    const pending = this.open().filter(({ stage, stream }) => !stream && (started || stage !== "queued"));
    return pending.map((call) => call.pending(kindOf(call.stage)));
  }

  /** The calls for a snapshot; `started` says that those that are queued will have been started by then. */
  save(started: boolean): Omit<SavedCalls, "pulls"> {
    const { inputBytes, omittedRecords, outputBytes } = this;
    const list = [...this.calls.values()].map((call): SavedCall => {
      const saved = call.save();
      return started && call.open && saved.stage === "queued" ? { ...saved, stage: "running" } : saved;
    });
    return { list, inputBytes, outputBytes, omittedRecords };
  }

  /** Takes up the calls of a snapshot. */
  restore({ inputBytes, list, omittedRecords, outputBytes }: SavedCalls): void {
    for (const saved of list) {
      const call = ToolCall.restore(saved, this.host);
      this.calls.set(call.number, call);
      this.keep(call, call.valueBytes);
    }
    this.inputBytes = inputBytes;
    this.outputBytes = outputBytes;
    if (this.kept) this.kept.omitted = omittedRecords;
  }

  private keep(call: ToolCall, bytes: number): void {
    this.kept ??= new KeptRecords(this.host.settings.limits.recordBytes);
    this.kept.keep(call, bytes);
  }
}

function kindOf(stage: Stage): PendingCall["kind"] {
  return stage === "approval" || stage === "deferred" ? stage : "in_flight";
}
