import type { ToolContext } from "../tools/index.ts";
import type { CallHost } from "./call-host.ts";

/** Thrown out of a tool by `context.defer`. */
export class Deferral extends Error {
  override readonly name: string = "Deferral";

  constructor() {
    super("the call was deferred: its answer comes later, from somebody else");
  }
}

/** What a context tells of its call. */
export interface ContextCall {
  readonly id: string;
  readonly host: CallHost;
  readonly attempt: number;
  readonly state: string;
  readonly signal: AbortSignal;
  /** Throws ValueError where `details` can't be kept. */
  defer(details: unknown): void;
}

/** What a tool is told beside its input. Many tools keep it as long as they run, and use little of it: that is made when it is asked for. */
export class CallContext implements ToolContext {
  readonly runId: string;
  readonly callId: string;
  readonly attempt: number;
  readonly deadline: number;
  declare readonly tenant?: string;
  readonly data: unknown;
  readonly #call: ContextCall;

  constructor(call: ContextCall, timeoutMs: number | undefined) {
    const { host } = call;
    this.runId = host.runId;
    this.callId = call.id;
    this.attempt = call.attempt;
    const leftMs = host.wallLeftMs();
    this.deadline = Date.now() + (timeoutMs === undefined ? leftMs : Math.min(leftMs, timeoutMs));
    const { context, tenant } = host.options;
    if (tenant !== undefined) this.tenant = tenant;
    this.data = context;
    this.#call = call;
  }

  get idempotencyKey(): string {
    return `${this.runId}:${this.callId}`;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  // Functions of their own: tools take them out of their context.
  get progress(): (value: unknown) => void {
    const call = this.#call;
    return (progress) => {
      if (call.state === "running") call.host.events?.add({ type: "progress", callId: call.id, progress });
    };
  }

  get defer(): (details?: unknown) => never {
    const call = this.#call;
    return (details) => {
      call.defer(details);
      throw new Deferral();
    };
  }
}
