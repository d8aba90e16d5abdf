import type { Delivery, Emission } from "../engine/index.ts";
import { CallError, type RunFailure } from "../errors.ts";
import type { ResolvedTool, ToolContext, ToolTable } from "../tools/index.ts";
import { decode, encode, Omitted, ValueError } from "../values/index.ts";
import type { EventBody } from "./events.ts";
import type { Limits } from "./limits.ts";
import { callFailureOf, refusedFailure } from "./tool-error.ts";
import type { CallRecord, Policy } from "./types.ts";

/** What the calls of a run need to know of it. */
export interface CallHost {
  readonly runId: string;
  readonly tenant: string | undefined;
  readonly data: unknown;
  readonly table: ToolTable;
  readonly policy: Policy | undefined;
  readonly limits: Readonly<Limits>;
  /** When the run ends, in milliseconds since the epoch. */
  readonly deadline: number;
  deliver(delivery: Delivery): void;
  notify(event: EventBody): void;
  lineOf(stack: string): number | undefined;
}

interface Call {
  readonly id: string;
  readonly number: number;
  readonly tool: string;
  readonly inputText: string;
  readonly line: number | undefined;
  readonly startedAt: number;
  readonly started: number;
  outputText?: string;
  durationMs?: number;
  failure?: RunFailure;
  state: CallRecord["state"];
  abort?: AbortController;
  omitted?: boolean;
}

type CallEmission = Extract<Emission, { type: "call" }>;

/** The authority over a run's calls: takes each from the guest, checks it, runs its tool, and keeps the records. */
export class Calls {
  inputBytes = 0;
  outputBytes = 0;
  omittedRecords = 0;
  private readonly host: CallHost;
  private readonly calls = new Map<string, Call>();
  private readonly queue: Call[] = [];
  private inFlight = 0;
  private keptBytes = 0;
  private stopped = false;
  private ended = false;

  constructor(host: CallHost) {
    this.host = host;
  }

  get count(): number {
    return this.calls.size;
  }

  /** Takes a call from the guest; starts it, or lets it wait for its turn. */
  take(emission: CallEmission): void {
    const call = this.add(emission, emission.input, "running");
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
    const call = this.add(emission, "[]", "failed");
    call.failure = refusedFailure(emission.failure);
    call.omitted = true;
    this.changed(call);
  }

  /** The failure of a call and its line: what an error that came from it is told by. */
  failure(id: string): { failure: RunFailure; line?: number } | undefined {
    const call = this.calls.get(id);
    return call?.failure && { failure: call.failure, ...(call.line !== undefined && { line: call.line }) };
  }

  /** Ends all calls that are out: their signals abort, their answers have no effect. Gives what was aborted. */
  end(reason: string): CallRecord[] {
    this.ended = true;
    const open = [...this.calls.values()].filter(({ state }) => state === "running" || state === "waiting");
    for (const call of open) {
      call.state = "aborted";
      call.durationMs = performance.now() - call.started;
      call.abort?.abort(new DOMException(reason, "AbortError"));
      this.changed(call);
    }
    return open.map((call) => this.record(call));
  }

  records(): CallRecord[] {
    return [...this.calls.values()].map((call) => this.record(call));
  }

  private add(
    { id, stack, tool }: { id: number; stack: string; tool: string },
    inputText: string,
    state: Call["state"],
  ): Call {
    const line = this.host.lineOf(stack);
    const call: Call = {
      id: String(id),
      number: id,
      tool,
      inputText,
      line,
      startedAt: Date.now(),
      started: performance.now(),
      state,
    };
    // Ids are the guest's: one that comes twice can only be forged.
    if (this.calls.has(call.id)) throw new Error(`the call ${id} was made twice`);
    this.calls.set(call.id, call);
    this.inputBytes += inputText.length;
    this.keep(call, inputText.length);
    return call;
  }

  private begin(call: Call): void {
    this.inFlight++;
    call.state = "running";
    void this.execute(call).then(
      (text) => this.settle(call, true, text),
      (thrown: unknown) => this.fail(call, thrown),
    );
  }

  private async execute(call: Call): Promise<string> {
    const { host } = this;
    const tool = host.table.get(call.tool);
    if (!tool) throw unknownTool(call.tool, host.table.nearest(call.tool));
    const args = decodeInput(call.inputText);
    if (host.policy) await this.ask(call, tool.plain ? args : args[0]);
    const checked = tool.readInput(args);
    const input = isPromise(checked) ? await checked : checked;
    if (this.ended) throw new CallError("cancelled", "the run is over");
    const answer = await this.run(call, tool, input);
    const output = tool.readOutput(answer);
    return encodeOutput(isPromise(output) ? await output : output, host.limits.toolOutputBytes);
  }

  private async ask(call: Call, input: unknown): Promise<void> {
    const { data, policy, runId, tenant } = this.host;
    const verdict = await policy?.({ tool: call.tool, input, runId, ...(tenant !== undefined && { tenant }), data });
    if (verdict === "allow") return;
    if (verdict === "ask")
      throw new CallError("denied", `${call.tool} needs an approval, and nobody here can give one`);
    const reason =
      typeof verdict === "object" && verdict !== null && typeof verdict.deny === "string" ? `: ${verdict.deny}` : "";
    throw new CallError("denied", `${call.tool} is not allowed here${reason}`);
  }

  private run(call: Call, tool: ResolvedTool, input: unknown): unknown {
    const abort = new AbortController();
    call.abort = abort;
    const result = tool.run(input, this.context(call, abort, tool.timeoutMs));
    return isPromise(result) && tool.timeoutMs !== undefined
      ? withTimeout(result, tool.timeoutMs, call, abort)
      : result;
  }

  private context(call: Call, abort: AbortController, timeoutMs: number | undefined): ToolContext {
    const { data, deadline, runId, tenant } = this.host;
    return {
      signal: abort.signal,
      runId,
      callId: call.id,
      idempotencyKey: `${runId}:${call.id}`,
      attempt: 1,
      deadline: timeoutMs === undefined ? deadline : Math.min(deadline, Date.now() + timeoutMs),
      ...(tenant !== undefined && { tenant }),
      data,
      progress: (progress) => {
        if (call.state === "running") this.host.notify({ type: "progress", callId: call.id, progress });
      },
    };
  }

  private settle(call: Call, fulfilled: boolean, text: string): void {
    if (this.ended) return;
    this.inFlight--;
    call.durationMs = performance.now() - call.started;
    if (fulfilled) {
      call.state = "completed";
      call.outputText = text;
      this.outputBytes += text.length;
      this.keep(call, text.length);
    }
    this.changed(call);
    const next = this.queue.shift();
    if (next) {
      this.begin(next);
      this.changed(next);
    }
    this.host.deliver({ id: call.number, fulfilled, text });
  }

  private fail(call: Call, thrown: unknown): void {
    if (this.ended) return;
    const { failure, guest } = callFailureOf(thrown);
    call.failure = failure;
    call.state = failure.code === "denied" ? "denied" : "failed";
    this.settle(call, false, JSON.stringify(guest));
  }

  /** Holds the records within their limit: the oldest lose their input and output first. */
  private keep(call: Call, bytes: number): void {
    this.keptBytes += bytes;
    if (this.keptBytes <= this.host.limits.recordBytes) return;
    for (const old of this.calls.values()) {
      if (old.omitted || (old === call && call.state === "running")) continue;
      old.omitted = true;
      this.omittedRecords++;
      this.keptBytes -= old.inputText.length + (old.outputText?.length ?? 0);
      if (this.keptBytes <= this.host.limits.recordBytes) return;
    }
  }

  private changed(call: Call): void {
    this.host.notify({ type: "call", call: this.record(call) });
  }

  private record(call: Call): CallRecord {
    const { failure, id, line, outputText, startedAt, started, state, tool } = call;
    return {
      id,
      tool,
      input: call.omitted ? new Omitted("the input was not kept") : this.inputOf(call),
      ...(outputText !== undefined && {
        output: call.omitted ? new Omitted("the output was not kept") : decode(outputText),
      }),
      ...(failure && { error: failure }),
      ...(line !== undefined && { line }),
      startedAt,
      durationMs: call.durationMs ?? performance.now() - started,
      state,
    };
  }

  private inputOf({ inputText, tool }: Call): unknown {
    try {
      const args = decode(inputText) as unknown[];
      return this.host.table.get(tool)?.plain === false ? args[0] : args;
    } catch (error) {
      return new Omitted(`the input cannot be shown: ${(error as Error).message}`);
    }
  }
}

/** The arguments of a call; what only the engine in the machine knows fails the call. */
function decodeInput(text: string): unknown[] {
  try {
    return decode(text) as unknown[];
  } catch (error) {
    throw new CallError("unserializable", `the input cannot leave the program: ${(error as Error).message}`);
  }
}

function unknownTool(name: string, nearest: readonly string[]): CallError {
  const hint = nearest.length > 0 ? `; did you mean ${nearest.map((near) => `"${near}"`).join(" or ")}?` : "";
  return new CallError("unknown_tool", `there is no tool "${name}"${hint}`, { nearest });
}

function encodeOutput(value: unknown, maxBytes: number): string {
  try {
    return encode(value, maxBytes);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    if (error.code === "limit") throw new CallError("output_limit", `the tool's answer is ${error.message}`);
    const where = error.path ? ` at ${error.path}` : "";
    throw new CallError("unserializable", `the tool's answer${where} cannot cross: ${error.message}`, {
      path: error.path,
    });
  }
}

function withTimeout(
  result: Promise<unknown>,
  timeoutMs: number,
  call: Call,
  abort: AbortController,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new CallError("call_timeout", `${call.tool} did not answer within ${timeoutMs} ms`);
      abort.abort(error);
      reject(error);
    }, timeoutMs);
    result.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value !== null && typeof value === "object" && typeof (value as { then?: unknown }).then === "function";
}
