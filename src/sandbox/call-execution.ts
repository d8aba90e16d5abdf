import { CallError } from "../errors.ts";
import { eventLoop } from "../event-loop.ts";
import { type ResolvedTool, unknownTool } from "../tools/index.ts";
import { CallContext } from "./call-context.ts";
import { CallStream, isStream } from "./call-stream.ts";
import { decodeInput, encodeOutput } from "./call-values.ts";
import { chain, isPromise } from "./chain.ts";
import { lazily } from "./lazy.ts";
import type { Pause, ToolCall } from "./tool-call.ts";
import type { Policy } from "./types.ts";

/** What performing a call brings: the text of its answer, a stream, a tool that is not done yet, or why the call waits. */
export type Performed = string | CallStream | Running | Paused;

/** A tool whose result is still to come. Not a promise of the answer: that would be one more for each call that waits. */
export class Running {
  readonly result: Promise<unknown>;
  private readonly execution: CallExecution;
  private readonly tool: ResolvedTool;

  constructor(result: Promise<unknown>, execution: CallExecution, tool: ResolvedTool) {
    this.result = result;
    this.execution = execution;
    this.tool = tool;
  }

  /** What the result means. Throws, or rejects with, what is wrong with it. */
  performed(value: unknown): Performed | Promise<Performed> {
    return this.execution.ran(this.tool, value);
  }
}

/** A call that waits. */
export class Paused {
  readonly stage: Pause;

  constructor(stage: Pause) {
    this.stage = stage;
  }
}

/** Carries a call out: asks the policy, checks the input, asks whether it needs an approval, runs the tool, checks its answer. */
export class CallExecution {
  private readonly call: ToolCall;

  constructor(call: ToolCall) {
    this.call = call;
  }

  /** The text of the tool's answer, or why there is none yet; at once if nothing on the way is asynchronous. Throws, or rejects with, what failed. */
  perform(): Performed | Promise<Performed> {
    const { policy, table } = this.call.host.settings;
    const tool = table.get(this.call.tool);
    if (!tool) throw unknownTool(this.call.tool, table.nearest(this.call.tool));
    const args = decodeInput(this.call.inputText);
    this.call.begun = true;
    const asks = policy ? this.ask(policy) : false;
    // Reading a large input and checking it is too much for one go.
    return chain(asks, (asked) =>
      chain(eventLoop.turn(), () => chain(tool.readInput(args), (input) => this.proceed(tool, asked, input))),
    );
  }

  /** Takes the answer of somebody else for that of the tool; it is checked as the tool's own is. */
  accept(value: unknown): string | Promise<string> {
    const tool = this.call.host.settings.table.get(this.call.tool);
    return tool ? this.output(tool, value) : encodeOutput(value, this.call.host.settings.limits.toolOutputBytes);
  }

  /** Whether the policy wants a person to approve. Throws CallError where it denies. */
  private async ask(policy: Policy): Promise<boolean> {
    const { options, runId } = this.call.host;
    const { context: data, tenant } = options;
    // Its own copy of the input: a policy decides about a call, and cannot change it.
    const own = { tool: this.call.tool, runId, ...(tenant !== undefined && { tenant }), data };
    const call = lazily({ ...own, input: undefined as unknown }, "input", () => this.call.input());
    let verdict: unknown;
    try {
      verdict = await policy(call);
    } catch (error) {
      throw new CallError("denied", `${this.call.tool} is not allowed here: the policy failed`, undefined, error);
    }
    if (verdict !== "allow" && verdict !== "ask") throw new CallError("denied", `${this.call.tool} ${denial(verdict)}`);
    return verdict === "ask";
  }

  private proceed(tool: ResolvedTool, asked: boolean, input: unknown): Performed | Promise<Performed> {
    if (this.call.approved || (!asked && !tool.needsApproval)) return this.run(tool, input);
    const needed = asked || this.needsApproval(tool, input);
    // Whatever isn't a plain no asks: an approval must not be skipped by a slip.
    return chain(needed, (need) => (need === false ? this.run(tool, input) : new Paused("approval")));
  }

  private async needsApproval(tool: ResolvedTool, input: unknown): Promise<boolean | undefined> {
    try {
      return await tool.needsApproval?.(input, new CallContext(this.call, tool.timeoutMs));
    } catch (error) {
      throw new CallError(
        "denied",
        `${this.call.tool} is not allowed here: its approval check failed`,
        undefined,
        error,
      );
    }
  }

  private run(tool: ResolvedTool, input: unknown): Performed | Promise<Performed> {
    // The run may have ended while a policy or a schema took its time.
    if (!this.call.open) throw new CallError("cancelled", "the run is over");
    if (this.call.host.isSuspending()) return new Paused("queued");
    this.call.toolRuns = true;
    const result = tool.run(input, new CallContext(this.call, tool.timeoutMs));
    if (!isPromise(result)) return this.ran(tool, result);
    const coming = Promise.resolve(result);
    const inTime = tool.timeoutMs === undefined ? coming : this.withTimeout(coming, tool.timeoutMs);
    return new Running(inTime, this, tool);
  }

  /** The tool gave this. */
  ran(tool: ResolvedTool, value: unknown): Performed | Promise<Performed> {
    if (this.call.wasDeferred) return new Paused("deferred");
    return isStream(value) ? this.opened(tool, value) : this.output(tool, value);
  }

  private opened(tool: ResolvedTool, iterable: AsyncIterable<unknown>): CallStream {
    const { timeoutMs } = tool;
    return new CallStream(iterable, {
      read: (part) => this.output(tool, part),
      inTime: (part) => (timeoutMs === undefined ? part : this.withTimeout(part, timeoutMs)),
    });
  }

  private output(tool: ResolvedTool, value: unknown): string | Promise<string> {
    return chain(tool.readOutput(value), (checked) =>
      encodeOutput(checked, this.call.host.settings.limits.toolOutputBytes),
    );
  }

  private withTimeout<T>(result: Promise<T>, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.call.after(timeoutMs, () => {
        const error = new CallError("call_timeout", `${this.call.tool} did not answer within ${timeoutMs} ms`);
        this.call.abort(error);
        reject(error);
      });
      result.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

function denial(verdict: unknown): string {
  if (verdict === "deny") return "is not allowed here";
  const reason: unknown = verdict !== null && typeof verdict === "object" ? Reflect.get(verdict, "deny") : undefined;
  if (typeof reason === "string") return `is not allowed here: ${reason}`;
  return 'is not allowed here: the policy answered something else than "allow", "ask", "deny" or { deny: reason }';
}
