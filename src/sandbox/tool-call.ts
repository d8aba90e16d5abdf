import { CallError, type RunFailure } from "../errors.ts";
import { type ResolvedTool, type ToolContext, type ToolTable, unknownTool } from "../tools/index.ts";
import { decode, encode, Omitted, ValueError } from "../values/index.ts";
import type { EventBody } from "./events.ts";
import type { Limits } from "./limits.ts";
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
  /** Absent where nobody listens. */
  readonly notify: ((event: EventBody, valueBytes?: number) => void) | undefined;
  lineOf(stack: string): number | undefined;
}

/** One use of a tool: checks it, runs it, and keeps what its record will say. */
export class ToolCall {
  readonly id: string;
  readonly number: number;
  readonly tool: string;
  readonly inputText: string;
  state: CallRecord["state"] = "running";
  outputText: string | undefined;
  failure: RunFailure | undefined;
  /** Whether input and output were let go to hold the records within their limit. */
  omitted = false;
  /** Whether anything of it was done: a call of the last turn never is. */
  begun = false;
  private readonly host: CallHost;
  private readonly stack: string;
  private readonly startedAt: number = Date.now();
  private readonly started: number = performance.now();
  private durationMs: number | undefined;
  private readonly plain: boolean;
  private controller: AbortController | undefined;
  private abortReason: unknown;

  constructor(emission: { id: number; stack: string; tool: string }, inputText: string, host: CallHost) {
    this.id = String(emission.id);
    this.number = emission.id;
    this.tool = emission.tool;
    this.stack = emission.stack;
    this.inputText = inputText;
    this.host = host;
    this.plain = host.table.get(emission.tool)?.plain ?? true;
  }

  get open(): boolean {
    return this.state === "running" || this.state === "waiting";
  }

  /** About what its values take. */
  get valueBytes(): number {
    return this.inputText.length + (this.outputText?.length ?? 0);
  }

  get line(): number | undefined {
    return this.host.lineOf(this.stack);
  }

  /** Made when it is first asked for: most tools never look at it. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.abortReason !== undefined) this.controller.abort(this.abortReason);
    }
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.abortReason ??= reason;
    this.controller?.abort(reason);
  }

  /** The text of the tool's answer, at once if nothing on the way is asynchronous. Throws, or rejects with, what failed. */
  perform(): string | Promise<string> {
    const { limits, policy, table } = this.host;
    const tool = table.get(this.tool);
    if (!tool) throw unknownTool(this.tool, table.nearest(this.tool));
    const args = decodeInput(this.inputText);
    this.begun = true;
    const allowed = policy && this.ask(policy);
    const input = chain(allowed, () => tool.readInput(args));
    const answer = chain(input, (checked) => this.run(tool, checked));
    const output = chain(answer, (value) => tool.readOutput(value));
    return chain(output, (checked) => encodeOutput(checked, limits.toolOutputBytes));
  }

  /** The call is over. */
  end(state: CallRecord["state"]): void {
    this.state = state;
    this.durationMs = performance.now() - this.started;
  }

  record(): CallRecord {
    const { failure, id, line, outputText, startedAt, state, tool } = this;
    return {
      id,
      tool,
      input: this.omitted ? new Omitted("the input was not kept") : this.input(),
      ...(outputText !== undefined && {
        output: this.omitted ? new Omitted("the output was not kept") : decode(outputText),
      }),
      ...(failure && { error: failure }),
      ...(line !== undefined && { line }),
      startedAt,
      durationMs: this.durationMs ?? performance.now() - this.started,
      state,
    };
  }

  private input(): unknown {
    try {
      const args = decode(this.inputText) as unknown[];
      return this.plain ? args : args[0];
    } catch (error) {
      return new Omitted(`the input cannot be shown: ${(error as Error).message}`);
    }
  }

  private async ask(policy: Policy): Promise<void> {
    const { data, runId, tenant } = this.host;
    // Its own copy of the input: a policy decides about a call, and cannot change it.
    const call = { tool: this.tool, input: this.input(), runId, ...(tenant !== undefined && { tenant }), data };
    let verdict: unknown;
    try {
      verdict = await policy(call);
    } catch (error) {
      throw new CallError("denied", `${this.tool} is not allowed here: the policy failed`, undefined, error);
    }
    if (verdict !== "allow") throw new CallError("denied", `${this.tool} ${denial(verdict)}`);
  }

  private run(tool: ResolvedTool, input: unknown): unknown {
    // The run may have ended while a policy or a schema took its time.
    if (!this.open) throw new CallError("cancelled", "the run is over");
    const result = tool.run(input, new CallContext(this, this.host, tool.timeoutMs));
    return isPromise(result) && tool.timeoutMs !== undefined
      ? this.withTimeout(Promise.resolve(result), tool.timeoutMs)
      : result;
  }

  private withTimeout(result: Promise<unknown>, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = new CallError("call_timeout", `${this.tool} did not answer within ${timeoutMs} ms`);
        this.abort(error);
        reject(error);
      }, timeoutMs);
      result.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

function denial(verdict: unknown): string {
  if (verdict === "ask") return "needs an approval, and nobody here can give one";
  if (verdict === "deny") return "is not allowed here";
  const reason: unknown = verdict !== null && typeof verdict === "object" ? Reflect.get(verdict, "deny") : undefined;
  if (typeof reason === "string") return `is not allowed here: ${reason}`;
  return 'is not allowed here: the policy answered something else than "allow", "ask", "deny" or { deny: reason }';
}

class CallContext implements ToolContext {
  readonly runId: string;
  readonly callId: string;
  readonly idempotencyKey: string;
  readonly attempt: number = 1;
  readonly deadline: number;
  declare readonly tenant?: string;
  readonly data: unknown;
  readonly progress: (value: unknown) => void;
  readonly #call: ToolCall;

  constructor(call: ToolCall, host: CallHost, timeoutMs: number | undefined) {
    this.runId = host.runId;
    this.callId = call.id;
    this.idempotencyKey = `${host.runId}:${call.id}`;
    this.deadline = timeoutMs === undefined ? host.deadline : Math.min(host.deadline, Date.now() + timeoutMs);
    if (host.tenant !== undefined) this.tenant = host.tenant;
    this.data = host.data;
    this.progress = (progress) => {
      if (call.state === "running") host.notify?.({ type: "progress", callId: call.id, progress });
    };
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
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

function encodeOutput(value: unknown, maxBytes: number): string {
  try {
    return encode(value, maxBytes);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    if (error.code === "limit") throw new CallError("output_limit", `the tool's answer is ${error.message}`);
    const where = error.path ? ` at ${error.path}` : "";
    const message = `the tool's answer${where} cannot cross: ${error.message}`;
    throw new CallError("unserializable", message, { path: error.path });
  }
}

/**
 * `next` of a value, at once where the value is there at once: each promise in between would cost a turn. The `then` of
 * what only looks like a promise may return nothing; a promise itself passes through `resolve` unchanged.
 */
function chain<A, B>(value: A | Promise<A>, next: (value: A) => B | Promise<B>): B | Promise<B> {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value);
}

/** Whether a value is a promise, or something that says it is one. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value !== null && typeof value === "object" && typeof (value as { then?: unknown }).then === "function";
}
