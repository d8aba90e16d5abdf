import type { Delivery, Emission } from "../engine/index.ts";
import { CallError, RunExit, type RunFailure } from "../errors.ts";
import type { PendingCall } from "../snapshots/index.ts";
import { answerProblem, checkAnswer, isExpired } from "./answers.ts";
import type { CallHost } from "./call-host.ts";
import { CallStream } from "./call-stream.ts";
import { isPromise } from "./chain.ts";
import { EventLoop } from "./event-loop.ts";
import { lostStream, Paused, type Performed, type SavedCall, type Stage, ToolCall } from "./tool-call.ts";
import { answeredFailure, callFailureOf, refusedFailure } from "./tool-error.ts";
import type { Answer, CallRecord, HostOptions } from "./types.ts";

/** The longest delay that a platform timer takes. */
const MAX_PLATFORM_MS = 2 ** 31 - 1;

/** The calls of a run as they are kept in a snapshot. */
export interface SavedCalls {
  readonly list: readonly SavedCall[];
  /** Parts of streams that the guest waits for: the calls and the messages that asked. */
  readonly pulls: readonly (readonly [call: number, id: number])[];
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly omittedRecords: number;
}

/** What the run does for its calls. */
export interface CallsOwner {
  readonly onApproval: HostOptions["onApproval"];
  /** Whether calls wait for `clear` before they start. */
  readonly gated: boolean;
  deliver(delivery: Delivery): void;
  /** A tool ended the run. */
  exited(call: ToolCall, exit: RunExit["exit"]): void;
  /** A call stopped running: it may be that nothing runs any more. */
  rested(): void;
  /** A stream could not be ended as its tool should. */
  notClosed(call: ToolCall, error: unknown): void;
}

/** The authority over a run's calls: takes each from the guest, starts its tool when it is its turn, keeps the records. */
export class Calls {
  inputBytes = 0;
  outputBytes = 0;
  omittedRecords = 0;
  private readonly host: CallHost;
  private readonly owner: CallsOwner;
  private readonly calls: Map<number, ToolCall> = new Map();
  /** Calls whose input and output are still kept, the oldest first. */
  private readonly kept: Set<ToolCall> = new Set();
  private readonly queue: ToolCall[] = [];
  /** Calls of the queue that the gate has not let through. */
  private readonly gate: Set<ToolCall> = new Set();
  /** Calls whose next part the guest waits for, by the message that asked; `due` are those whose turn has not come. */
  private readonly pulls: Map<ToolCall, number> = new Map();
  private readonly due: ToolCall[] = [];
  private readonly eventLoop: EventLoop = new EventLoop();
  private readonly expiries = new Map<ToolCall, ReturnType<typeof setTimeout>>();
  private inFlight = 0;
  private asked = 0;
  private keptBytes = 0;
  private stopped = false;
  /** Whether calls of a snapshot wait for `startQueued`. */
  private resting = false;
  private ended = false;

  constructor(host: CallHost, owner: CallsOwner) {
    this.host = host;
    this.owner = owner;
  }

  get count(): number {
    return this.calls.size;
  }

  /** Whether a call is being carried out. */
  get isRunning(): boolean {
    return this.inFlight > 0;
  }

  /** Whether a call runs, or will without anybody's doing. */
  get isBusy(): boolean {
    return this.inFlight > 0 || this.queue.length > 0;
  }

  /** Whether `onApproval` is being waited for. */
  get isAsking(): boolean {
    return this.asked > 0;
  }

  /** Takes a call from the guest; starts it, or lets it wait for its turn. */
  take(emission: Extract<Emission, { type: "call" }>): void {
    const call = this.add(new ToolCall(emission, emission.input, this.host));
    this.enqueue(call);
    if (call.stage === "queued") this.changed(call);
  }

  /** The guest asks for the next part of a call's stream; it is made when it is its turn, as a call is. */
  pull({ call: number, id }: Extract<Emission, { type: "pull" }>): void {
    const call = this.calls.get(number);
    if (!call || this.pulls.has(call)) throw new Error(`a part of the call ${number} was asked for out of turn`);
    this.pulls.set(call, id);
    this.due.push(call);
    this.startNext();
  }

  /** The guest wants no more of a call's stream. What is being made is aborted. */
  stopStream(number: number): void {
    const call = this.calls.get(number);
    if (!call?.stream || !call.open) return;
    if (call.stream.isBusy) call.abort(new DOMException("the program reads no further", "AbortError"));
    this.close(call, call.stream);
    call.end("completed");
    this.changed(call);
  }

  /** Ends the open streams of a run that is being suspended: their parts cannot be made elsewhere. */
  loseStreams(): void {
    for (const call of this.open()) {
      if (!call.stream) continue;
      call.abort(new DOMException("the run was suspended", "AbortError"));
      this.close(call, call.stream);
      call.failure = lostStream();
      call.end("failed");
      this.changed(call);
    }
  }

  /** From now on no tool starts: the run is past a limit, and what it asked for before is only recorded. */
  stop(): void {
    this.stopped = true;
  }

  /** Records a call that the guest side refused. */
  refuse(emission: Extract<Emission, { type: "refused" }>): void {
    const call = new ToolCall(emission, "[]", this.host);
    call.failure = refusedFailure(emission.failure);
    call.omitted = true;
    this.add(call);
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

  /** The calls that wait at the gate. */
  atGate(): ToolCall[] {
    return [...this.gate];
  }

  /** Lets calls through the gate. */
  clear(calls: readonly ToolCall[]): void {
    for (const call of calls) this.gate.delete(call);
    this.startNext();
  }

  /** Ends all calls that are out: their signals abort, their answers have no effect. Gives what was aborted. */
  end(reason: string): ToolCall[] {
    const open = this.leave(reason);
    for (const call of open) {
      call.end("aborted");
      this.changed(call);
    }
    return open;
  }

  /** Leaves all calls as they are: answers have no effect any more. Gives those that are out. */
  leave(reason: string): ToolCall[] {
    this.ended = true;
    for (const expiry of this.expiries.values()) clearTimeout(expiry);
    const open = this.open();
    for (const call of open) {
      call.abort(new DOMException(reason, "AbortError"));
      if (call.stream) this.close(call, call.stream);
    }
    return open;
  }

  records(): CallRecord[] {
    return [...this.calls.values()].map((call) => call.record());
  }

  /** What others have to answer, and what runs; if `started`, what is queued as well. */
  pending(started: boolean): PendingCall[] {
    const pending = this.open().filter(({ stage, stream }) => !stream && (started || stage !== "queued"));
    return pending.map((call) => call.pending(kindOf(call.stage)));
  }

  /** The calls for a snapshot; `started` says that those of the queue will have been started by then. */
  save(started: boolean): SavedCalls {
    const { inputBytes, omittedRecords, outputBytes } = this;
    const list = [...this.calls.values()].map((call): SavedCall => {
      const saved = call.save();
      return started && call.open && saved.stage === "queued" ? { ...saved, stage: "running" } : saved;
    });
    const pulls = [...this.pulls].map(([call, id]) => [call.number, id] as const);
    return { list, pulls, inputBytes, outputBytes, omittedRecords };
  }

  /** Takes up the calls of a snapshot. Nothing starts before `startQueued`. */
  restore({ list, pulls, ...counts }: SavedCalls): void {
    this.resting = true;
    for (const saved of list) {
      const call = ToolCall.restore(saved, this.host);
      this.calls.set(call.number, call);
      this.keep(call, call.valueBytes);
      if (call.open && call.stage === "queued") this.enqueue(call);
    }
    for (const [number, id] of pulls) {
      const call = this.calls.get(number);
      if (!call) continue;
      this.pulls.set(call, id);
      this.due.push(call);
    }
    Object.assign(this, counts);
  }

  /** Before all that answers will bring: calls start in the order they were made. */
  startQueued(): void {
    this.resting = false;
    this.startNext();
  }

  /** After the answers: asks for approvals, and starts what may be issued again unasked. */
  resume(): void {
    for (const call of this.open()) {
      if (isExpired(call)) this.expire(call);
      else if (call.stage === "approval") this.waitForApproval(call);
      else if (call.stage === "in_flight" && this.isIdempotent(call)) this.reissue(call);
    }
  }

  /** Settles a pending call by somebody's answer; gives why it has no effect, if it has none. */
  answer(number: number, answer: Answer): string | undefined {
    const call = this.calls.get(number);
    const problem = call ? answerProblem(call, answer) : "no call of that id is pending";
    if (!call || problem) return problem;
    if (isExpired(call)) {
      this.expire(call);
      return "the approval has expired";
    }
    clearTimeout(this.expiries.get(call));
    if ("approve" in answer && answer.input !== undefined) {
      try {
        call.replaceInput(answer.input);
      } catch (error) {
        return `its input cannot be used: ${(error as Error).message}`;
      }
    }
    if (answer.by !== undefined) call.answeredBy = answer.by;
    this.settleBy(call, answer);
    return undefined;
  }

  private settleBy(call: ToolCall, answer: Answer): void {
    if ("approve" in answer) {
      call.approved = true;
      this.enqueue(call);
      return;
    }
    if ("reissue" in answer) {
      this.reissue(call);
      return;
    }
    this.inFlight++;
    call.begin();
    if ("value" in answer) this.await(call, () => call.accept(answer.value));
    else if ("deny" in answer)
      this.fail(call, new CallError("denied", `${call.tool} was denied: ${answer.deny}`, undefined, call.cause));
    else this.failAs(call, answeredFailure(answer.error));
  }

  private open(): ToolCall[] {
    const open: ToolCall[] = [];
    for (const call of this.calls.values()) if (call.open) open.push(call);
    return open;
  }

  private add(call: ToolCall): ToolCall {
    // Ids are the guest's: one that comes twice can only be forged.
    if (this.calls.has(call.number)) throw new Error(`the call ${call.number} was made twice`);
    this.calls.set(call.number, call);
    this.inputBytes += call.inputText.length;
    this.keep(call, call.inputText.length);
    return call;
  }

  private reissue(call: ToolCall): void {
    call.attempt++;
    this.enqueue(call);
  }

  private get mayNotStart(): boolean {
    return this.stopped || this.resting || this.host.isSuspending();
  }

  /** Starts a call now if it may, else puts it into the queue. */
  private enqueue(call: ToolCall): void {
    call.pause("queued");
    this.queue.push(call);
    if (this.owner.gated) this.gate.add(call);
    this.startNext();
  }

  private startNext(): void {
    while (this.inFlight < this.host.limits.toolCallsInFlight && !this.stopped && !this.resting) {
      const due = this.due.length > 0 ? this.due.shift() : undefined;
      if (due) {
        this.inFlight++;
        queueMicrotask(() => void this.makePart(due));
        continue;
      }
      const [next] = this.queue;
      if (!next || this.gate.has(next) || this.mayNotStart) return;
      this.queue.shift();
      this.inFlight++;
      next.begin();
      this.changed(next);
      // After the turn: a tool may do anything to the run, ending it included.
      queueMicrotask(() => this.await(next, () => next.perform()));
    }
  }

  private await(call: ToolCall, perform: () => Performed | Promise<Performed>): void {
    if (this.ended) return;
    try {
      const answer = perform();
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

  private complete(call: ToolCall, answer: Performed): void {
    if (this.ended) return;
    if (answer instanceof Paused) {
      this.paused(call, answer.stage);
      return;
    }
    if (answer instanceof CallStream) {
      this.opened(call, answer);
      return;
    }
    call.outputText = answer;
    call.end("completed");
    this.outputBytes += answer.length;
    this.keep(call, answer.length);
    this.settle(call, { id: call.number, fulfilled: true, text: answer });
  }

  private fail(call: ToolCall, thrown: unknown): void {
    if (this.ended) return;
    if (call.wasDeferred) this.paused(call, "deferred");
    else if (isExit(thrown)) this.exit(call, thrown);
    else this.failAs(call, callFailureOf(thrown));
  }

  /** The program never gets an answer to this call: it cannot catch what ends it. */
  private exit(call: ToolCall, { exit }: RunExit): void {
    this.inFlight--;
    call.end("completed");
    this.changed(call);
    this.owner.exited(call, exit);
  }

  private failAs(call: ToolCall, { failure, guest }: ReturnType<typeof callFailureOf>): void {
    call.failure = failure;
    call.end(failure.code === "denied" ? "denied" : "failed");
    this.settle(call, { id: call.number, fulfilled: false, text: JSON.stringify(guest) });
  }

  private settle(call: ToolCall, delivery: Delivery): void {
    this.inFlight--;
    this.changed(call);
    this.startNext();
    this.owner.deliver(delivery);
    this.owner.rested();
  }

  private opened(call: ToolCall, stream: CallStream): void {
    call.stream = stream;
    call.parts = 0;
    this.inFlight--;
    this.startNext();
    this.owner.deliver({ id: call.number, fulfilled: true, as: "stream", text: "" });
    this.owner.rested();
  }

  /** Makes the next part of a call's stream. The place that it takes among those in flight is free between parts. */
  private async makePart(call: ToolCall): Promise<void> {
    let delivery: Omit<Delivery, "id">;
    try {
      await this.eventLoop.turn();
      const text = await call.stream?.next();
      if (this.ended) return;
      delivery = text === undefined ? this.streamOver(call) : this.partMade(call, text);
    } catch (thrown) {
      if (this.ended) return;
      delivery = this.streamFailed(call, thrown);
    }
    const id = this.pulls.get(call) ?? 0;
    this.pulls.delete(call);
    this.inFlight--;
    this.startNext();
    this.owner.deliver({ id, ...delivery });
    this.owner.rested();
  }

  private partMade(call: ToolCall, text: string): Omit<Delivery, "id"> {
    call.parts = (call.parts ?? 0) + 1;
    this.outputBytes += text.length;
    return { fulfilled: true, text };
  }

  private streamOver(call: ToolCall): Omit<Delivery, "id"> {
    const { failure } = call;
    if (failure?.code === "outcome_unknown") return { fulfilled: false, text: JSON.stringify(failure) };
    if (call.open && call.stream) {
      call.end("completed");
      this.changed(call);
    }
    return { fulfilled: true, as: "end", text: "" };
  }

  private streamFailed(call: ToolCall, thrown: unknown): Omit<Delivery, "id"> {
    if (!call.open || !call.stream) return this.streamOver(call);
    const { failure, guest } = callFailureOf(
      call.wasDeferred ? new CallError("tool_failed", `${call.tool} cannot defer a part of its stream`) : thrown,
    );
    call.failure = failure;
    this.close(call, call.stream);
    call.end("failed");
    this.changed(call);
    return { fulfilled: false, text: JSON.stringify(guest) };
  }

  private close(call: ToolCall, stream: CallStream): void {
    stream.close().catch((error: unknown) => {
      if (!this.ended) this.owner.notClosed(call, error);
    });
  }

  private paused(call: ToolCall, stage: Stage): void {
    this.inFlight--;
    call.pause(stage);
    this.changed(call);
    if (stage === "queued") this.queue.unshift(call);
    else if (stage === "approval") this.waitForApproval(call);
    this.startNext();
    this.owner.rested();
  }

  private isIdempotent({ tool }: ToolCall): boolean {
    return this.host.table.get(tool)?.effect === "idempotent";
  }

  private waitForApproval(call: ToolCall): void {
    const { expiresAt } = call;
    if (expiresAt !== undefined && expiresAt - Date.now() <= MAX_PLATFORM_MS) {
      const expire = () => {
        if (!this.ended && call.open && call.stage === "approval") this.expire(call);
      };
      this.expiries.set(call, setTimeout(expire, Math.max(0, expiresAt - Date.now())));
    }
    if (this.owner.onApproval && !this.host.isSuspending()) void this.askApproval(call, this.owner.onApproval);
  }

  private async askApproval(call: ToolCall, onApproval: NonNullable<HostOptions["onApproval"]>): Promise<void> {
    this.asked++;
    let answer: Answer | undefined;
    try {
      answer = await onApproval(call.pending("approval"));
      if (answer !== undefined) checkAnswer("the answer of onApproval", answer);
    } catch (error) {
      answer = { deny: "its approval could not be asked for" };
      call.cause = error;
    }
    this.asked--;
    if (this.ended) return;
    if (answer !== undefined && call.stage === "approval" && call.open) {
      const problem = this.answer(call.number, answer);
      // What fits nothing must not let the call through, nor leave it waiting for an answer that was given.
      if (problem && call.open && call.stage === "approval") this.answer(call.number, { deny: problem });
    }
    this.owner.rested();
  }

  private expire(call: ToolCall): void {
    this.inFlight++;
    call.begin();
    this.fail(call, new CallError("approval_expired", `nobody approved ${call.tool} in time`));
  }

  /** Holds the records within their limit: the oldest lose their input and output first. */
  private keep(call: ToolCall, bytes: number): void {
    // Let go while it was out: what comes later is not kept either.
    if (call.omitted) return;
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

/** Asking a revoked proxy what it is throws. */
function isExit(thrown: unknown): thrown is RunExit {
  try {
    return thrown instanceof RunExit;
  } catch {
    return false;
  }
}

function kindOf(stage: Stage): PendingCall["kind"] {
  return stage === "approval" || stage === "deferred" ? stage : "in_flight";
}
