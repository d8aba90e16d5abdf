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

/** What a tool is told beside its input. */
export class CallContext implements ToolContext {
  readonly runId: string;
  readonly callId: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly deadline: number;
  declare readonly tenant?: string;
  readonly data: unknown;
  readonly progress: (value: unknown) => void;
  readonly defer: (details?: unknown) => never;
  readonly #call: ContextCall;

  constructor(call: ContextCall, timeoutMs: number | undefined) {
    const { host } = call;
    this.runId = host.runId;
    this.callId = call.id;
    this.idempotencyKey = `${host.runId}:${call.id}`;
    this.attempt = call.attempt;
    const leftMs = host.wallLeftMs();
    this.deadline = Date.now() + (timeoutMs === undefined ? leftMs : Math.min(leftMs, timeoutMs));
    const { context, tenant } = host.options;
    if (tenant !== undefined) this.tenant = tenant;
    this.data = context;
    this.progress = (progress) => {
      if (call.state === "running") host.events?.add({ type: "progress", callId: call.id, progress });
    };
    this.defer = (details) => {
      call.defer(details);
      throw new Deferral();
    };
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}
