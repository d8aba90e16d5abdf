import type { Delivery, Emission } from "../engine/index.ts";
import { CallError, type RunExit } from "../errors.ts";
import { eventLoop } from "../event-loop.ts";
import type { CallWaiter } from "../isolation/index.ts";
import { answerProblem, isExpired } from "./answers.ts";
import { Approvals } from "./approvals.ts";
import { CallBook, type SavedCalls } from "./call-book.ts";
import { CallExecution, Paused, type Performed, Running } from "./call-execution.ts";
import type { CallHost } from "./call-host.ts";
import { CallStream } from "./call-stream.ts";
import { isPromise } from "./chain.ts";
import { Streams } from "./streams.ts";
import { type Stage, ToolCall } from "./tool-call.ts";
import { answeredFailure, callFailureOf, isExit, refusedFailure } from "./tool-error.ts";
import type { Answer } from "./types.ts";

/** What the run does for its calls. */
export interface CallsOwner {
  deliver(delivery: Delivery): void;
  /** A tool ended the run. */
  exited(call: ToolCall, exit: RunExit["exit"]): void;
  /** A call stopped running: it may be that nothing runs any more. */
  rested(): void;
  /** A stream could not be ended as its tool should. */
  notClosed(call: ToolCall, error: unknown): void;
}

/** The authority over a run's calls: takes each from the guest, starts its tool when it is its turn, keeps the records. */
export class Calls implements CallWaiter {
  readonly book: CallBook;
  private readonly run: CallHost & CallsOwner;
  private queue: ToolCall[] = [];
  private approvalsMade: Approvals | undefined;
  private streamsMade: Streams | undefined;
  private inFlight = 0;
  private stopped = false;
  /** Whether calls of a snapshot wait for `startQueued`. */
  private resting = false;
  private ended = false;

  constructor(run: CallHost & CallsOwner) {
    this.run = run;
    this.book = new CallBook(run);
  }

  /** Whether a call is being carried out. */
  get isRunning(): boolean {
    return this.inFlight > 0;
  }

  /** Whether a call runs, or will without anybody's doing. */
  get isBusy(): boolean {
    // A part may wait for its tenant while nothing of its own run is out.
    return this.inFlight > 0 || this.queue.length > 0 || (this.streamsMade?.hasDue ?? false);
  }

  /** Whether `onApproval` is being waited for. */
  get isAsking(): boolean {
    return this.approvalsMade?.isAsking ?? false;
  }

  /** Takes a call from the guest; starts it, or lets it wait for its turn. */
  take(emission: Extract<Emission, { type: "call" }>): void {
    const call = new ToolCall(emission, emission.input, this.run);
    this.book.add(call);
    this.enqueue(call);
    if (call.stage === "queued") this.book.changed(call);
  }

  /** The guest asks for the next part of a call's stream; it is made when it is its turn, as a call is. */
  pull({ call: number, id }: Extract<Emission, { type: "pull" }>): void {
    this.streams.pull(this.book.get(number), { number, id });
    this.startNext();
  }

  /** The guest wants no more of a call's stream. What is being made is aborted. */
  stopStream(number: number): void {
    this.streams.stop(this.book.get(number));
  }

  /** Ends the open streams of a run that is being suspended: their parts cannot be made elsewhere. */
  loseStreams(): void {
    for (const call of this.book.open()) this.streams.lose(call);
  }

  /** From now on no tool starts: the run is past a limit, and what it asked for before is only recorded. */
  stop(): void {
    this.stopped = true;
  }

  /** Records a call that the guest side refused. */
  refuse(emission: Extract<Emission, { type: "refused" }>): void {
    const call = new ToolCall(emission, "[]", this.run);
    call.failure = refusedFailure(emission.failure);
    call.omitted = true;
    this.book.add(call);
    call.end("failed");
    this.book.changed(call);
  }

  /** Whether calls wait at the gate. */
  get isGated(): boolean {
    return this.isGate && this.queue.some((call) => call.gated);
  }

  /** The calls that wait at the gate. */
  atGate(): ToolCall[] {
    return this.queue.filter((call) => call.gated);
  }

  /** Lets calls through the gate. */
  clear(calls: readonly ToolCall[]): void {
    for (const call of calls) call.gated = false;
    this.startNext();
  }

  /** Ends all calls that are out: their signals abort, their answers have no effect. Gives what was aborted. */
  end(reason: string): ToolCall[] {
    const open = this.leave(reason);
    for (const call of open) {
      call.end("aborted");
      this.book.changed(call);
    }
    return open;
  }

  /** Leaves all calls as they are: answers have no effect any more. Gives those that are out. */
  leave(reason: string): ToolCall[] {
    const wasEnded = this.ended;
    this.ended = true;
    if (!wasEnded) this.run.place.forgetCalls(this, this.inFlight);
    this.approvalsMade?.end();
    this.streamsMade?.end();
    const open = this.book.open();
    for (const call of open) {
      call.abort(new DOMException(reason, "AbortError"));
      if (call.stream) this.streams.close(call);
    }
    return open;
  }

  /** The tenant has a place for a call again, and it is this run's turn. */
  callFree(): void {
    this.startNext();
  }

  /** The calls for a snapshot; `started` says that those of the queue will have been started by then. */
  save(started: boolean): SavedCalls {
    return { ...this.book.save(started), pulls: this.streamsMade?.save() ?? [] };
  }

  /** Takes up the calls of a snapshot. Nothing starts before `startQueued`. */
  restore(saved: SavedCalls): void {
    this.resting = true;
    this.book.restore(saved);
    for (const call of this.book.open()) if (call.stage === "queued") this.enqueue(call);
    for (const [number, id] of saved.pulls) this.streams.pull(this.book.get(number), { number, id });
  }

  /** Before all that answers will bring: calls start in the order they were made. */
  startQueued(): void {
    this.resting = false;
    this.startNext();
  }

  /** After the answers: asks for approvals, and starts what may be issued again unasked. */
  resume(): void {
    for (const call of this.book.open()) {
      if (isExpired(call)) this.expire(call);
      else if (call.stage === "approval") this.approvals.wait(call);
      else if (call.stage === "in_flight" && this.isIdempotent(call)) this.reissue(call);
    }
  }

  /** Settles a pending call by somebody's answer; gives why it has no effect, if it has none. */
  answer(number: number, answer: Answer): string | undefined {
    const call = this.book.get(number);
    const problem = call ? answerProblem(call, answer) : "no call of that id is pending";
    if (!call || problem) return problem;
    if (isExpired(call)) {
      this.expire(call);
      return "the approval has expired";
    }
    this.approvalsMade?.forget(call);
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
    this.takeAnyway();
    call.begin();
    if ("value" in answer) this.await(call, () => new CallExecution(call).accept(answer.value));
    else if ("deny" in answer)
      this.fail(call, new CallError("denied", `${call.tool} was denied: ${answer.deny}`, undefined, call.cause));
    else this.failAs(call, answeredFailure(answer.error));
  }

  private reissue(call: ToolCall): void {
    call.attempt++;
    this.enqueue(call);
  }

  /** Whether calls wait for `clear` before they start. */
  private get isGate(): boolean {
    return this.run.options.beforeCalls !== undefined;
  }

  // Made when they are first needed: most runs have neither.
  private get approvals(): Approvals {
    const { run } = this;
    this.approvalsMade ??= new Approvals({
      onApproval: run.options.onApproval,
      isSuspending: () => run.isSuspending(),
      answer: (call, answer) => this.answer(call.number, answer),
      expire: (call) => this.expire(call),
      rested: () => run.rested(),
    });
    return this.approvalsMade;
  }

  private get streams(): Streams {
    this.streamsMade ??= new Streams({
      partMade: (bytes) => {
        this.book.outputBytes += bytes;
      },
      changed: (call) => this.book.changed(call),
      made: (delivery) => this.delivered(delivery),
      exited: (call, exit) => this.exit(call, exit),
      notClosed: (call, error) => this.run.notClosed(call, error),
    });
    return this.streamsMade;
  }

  /** Starts a call now if it may, else puts it into the queue. */
  private enqueue(call: ToolCall): void {
    call.pause("queued");
    this.queue.push(call);
    call.gated = this.isGate;
    this.startNext();
  }

  private startNext(): void {
    const { limits } = this.run.settings;
    while (this.inFlight < limits.toolCallsInFlight && !this.stopped && !this.resting && !this.ended) {
      const hasDue = this.streamsMade?.hasDue ?? false;
      const [next] = this.queue;
      const mayStart = next !== undefined && !next.gated && !this.run.isSuspending();
      if (!(hasDue || mayStart) || !this.run.place.takeCall(this)) return;
      this.inFlight++;
      const due = this.streamsMade?.nextDue();
      // After the turn: a tool may do anything to the run, ending it included.
      if (due) queueMicrotask(() => void this.streams.make(due));
      else this.startCall();
    }
  }

  private startCall(): void {
    const call = this.queue.shift();
    // A list that was used keeps its room, and most runs wait with an empty one.
    if (this.queue.length === 0) this.queue = [];
    if (!call) return;
    call.begin();
    this.book.changed(call);
    queueMicrotask(() => eventLoop.run(() => this.await(call, () => new CallExecution(call).perform())));
  }

  /** Takes a place for what is only settled: nothing has to wait for that. */
  private takeAnyway(): void {
    this.inFlight++;
    this.run.place.takeCallAnyway();
  }

  private free(): void {
    this.inFlight--;
    this.run.place.freeCall();
  }

  private await(call: ToolCall, perform: () => Performed | Promise<Performed>): void {
    if (!this.ended) this.carryOut(call, perform);
  }

  private carryOut(call: ToolCall, perform: () => Performed | Promise<Performed>): void {
    try {
      const answer = perform();
      if (!isPromise(answer)) this.complete(call, answer);
      else {
        answer.then(
          (performed) => this.complete(call, performed),
          (thrown: unknown) => this.fail(call, thrown),
        );
      }
    } catch (thrown) {
      this.fail(call, thrown);
    }
  }

  private complete(call: ToolCall, answer: Performed): void {
    if (answer instanceof Running) {
      answer.result.then(
        (value) => eventLoop.run(() => this.carryOut(call, () => answer.performed(value))),
        (thrown: unknown) => this.fail(call, thrown),
      );
      return;
    }
    if (this.ended) {
      // Nobody will read it: a stream that comes too late is ended at once.
      if (answer instanceof CallStream) answer.close().catch(() => undefined);
      return;
    }
    if (answer instanceof Paused) {
      this.paused(call, answer.stage);
      return;
    }
    if (answer instanceof CallStream) {
      this.opened(call, answer);
      return;
    }
    call.end("completed");
    this.book.answered(call, answer);
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
    this.free();
    call.end("completed");
    this.book.changed(call);
    this.run.exited(call, exit);
  }

  private failAs(call: ToolCall, { failure, guest }: ReturnType<typeof callFailureOf>): void {
    call.failure = failure;
    call.end(failure.code === "denied" ? "denied" : "failed");
    this.settle(call, { id: call.number, fulfilled: false, text: JSON.stringify(guest) });
  }

  private settle(call: ToolCall, delivery: Delivery): void {
    this.book.changed(call);
    this.delivered(delivery);
  }

  private opened(call: ToolCall, stream: CallStream): void {
    call.stream = stream;
    call.parts = 0;
    this.delivered({ id: call.number, fulfilled: true, as: "stream", text: "" });
  }

  /** Gives an answer or a part, whose place among those in flight is free then: a stream has none between parts. */
  private delivered(delivery: Delivery): void {
    this.free();
    this.startNext();
    this.run.deliver(delivery);
    this.run.rested();
  }

  private paused(call: ToolCall, stage: Stage): void {
    this.free();
    call.pause(stage);
    this.book.changed(call);
    if (stage === "queued") this.queue.unshift(call);
    else if (stage === "approval") this.approvals.wait(call);
    this.startNext();
    this.run.rested();
  }

  private isIdempotent({ tool }: ToolCall): boolean {
    return this.run.settings.table.get(tool)?.effect === "idempotent";
  }

  private expire(call: ToolCall): void {
    this.takeAnyway();
    call.begin();
    this.fail(call, new CallError("approval_expired", `nobody approved ${call.tool} in time`));
  }
}
