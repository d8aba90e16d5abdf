/** A JSON Schema document: an object, or `true` (anything) and `false` (nothing). */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/**
 * The part of the Standard Schema interface (standardschema.dev, version 1) that is used here.
 * `Input` is what goes into `validate`, `T` what comes out of it.
 */
export interface StandardSchema<T = unknown, Input = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
    readonly types?: { readonly input: Input; readonly output: T } | undefined;
    /** Standard JSON Schema, where the library has it: what the schema looks like, for showing to a model. */
    readonly jsonSchema?:
      | {
          readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
          readonly output: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
        }
      | undefined;
  };
}

/** What a Standard Schema's `validate` gives: the value, or the issues with their paths. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** Any Standard Schema (Zod, Valibot, ArkType, …) or a JSON Schema. */
export type Schema<T = unknown, Input = unknown> = StandardSchema<T, Input> | JsonSchema;

/** What a tool is told beside its input. `data` is RunOptions.context: host only, the place for secrets. */
export interface ToolContext {
  /** Aborts when the run ends, is cancelled, or the call times out. */
  readonly signal: AbortSignal;
  readonly runId: string;
  readonly callId: string;
  /** `runId:callId`: the same again if this call is ever issued again. */
  readonly idempotencyKey: string;
  /** 1 for the first attempt; more if the call was issued again. */
  readonly attempt: number;
  /** Milliseconds since the epoch at which the call or the run ends. */
  readonly deadline: number;
  readonly tenant?: string;
  readonly data: unknown;
  /** Sends a progress event to whoever listens to the run. */
  progress(value: unknown): void;
  /**
   * Leaves the answer to somebody else: the call stays pending, with `details` for whoever answers it when the run is
   * resumed. Ends the tool by throwing; what the tool does afterwards has no effect.
   */
  defer(details?: unknown): never;
}

/**
 * What happens to a call that was in flight when its run was suspended: only an `idempotent` one is issued again without
 * being asked.
 */
export type ToolEffect = "once" | "idempotent" | "verifiable";

/** Tells whether a call of this input needs an approval. */
export type ApprovalCheck<I> = { check(input: I, context: ToolContext): boolean | Promise<boolean> }["check"];

/**
 * How a tool is defined; only `run` is required. `I` is what `run` gets (the input schema's output),
 * `O` what it gives (the output schema's input).
 */
export interface ToolOptions<I = unknown, O = unknown> {
  description?: string;
  /** Checked before `run`; a mismatch rejects the call with `invalid_input`. */
  input?: Schema<I>;
  /** Checked after `run`, or for each part that it streams; a mismatch rejects the call with `invalid_output`. */
  output?: Schema<unknown, O>;
  /** An async generator, or whatever else gives an async iterable, streams its parts into the program. */
  run(input: I, context: ToolContext): O | Promise<O> | AsyncIterable<O> | Promise<AsyncIterable<O>>;
  /** Whether `run` streams, for showing. Default: whether it is an async generator function. */
  streams?: boolean;
  /** The longest one call, or one part of a stream, may take in milliseconds; then it rejects with `call_timeout`. Default: the run's own limits. */
  timeoutMs?: number;
  /** Whether a person must approve a call before it runs: always, or for some inputs. An error in it denies the call. */
  approval?: boolean | ApprovalCheck<I>;
  /** How long a call waits for its approval, in milliseconds; then it rejects with `approval_expired`. Default: for ever. */
  expiresMs?: number;
  /** Default "once". */
  effect?: ToolEffect;
  /** JSON Schemas to show to a model where `input` and `output` cannot give them themselves (a wrapper, a lenient validator). */
  shown?: { input?: JsonSchema; output?: JsonSchema };
}

const TOOL: unique symbol = Symbol.for("tardigrade.tool");

/** A defined tool; goes into the `tools` of a sandbox. */
export interface Tool<I = unknown, O = unknown> {
  readonly [TOOL]: ToolOptions<I, O>;
}

/** Any function of the host; the guest's arguments become its arguments. */
// biome-ignore lint/suspicious/noExplicitAny: a plain function may take anything
export type PlainFunction = (...args: any[]) => unknown;

const LIVE: unique symbol = Symbol.for("tardigrade.namespace");

/** A namespace whose tools may change while sandboxes use it, such as those of an MCP server. */
export interface LiveNamespace {
  readonly [LIVE]: {
    /** Grows with every change of `tools`. */
    version(): number;
    tools(): Record<string, Tool>;
    /** A tool to call under a name that `tools` does not have, while nobody knows all names. Never listed, never found by a search. */
    missing?(name: string): Tool | undefined;
  };
}

/** Tools by name: defined tools, plain functions, and namespaces of any depth. */
export interface ToolTree {
  // biome-ignore lint/suspicious/noExplicitAny: tools of different inputs stand side by side
  readonly [name: string]: Tool<any, any> | PlainFunction | LiveNamespace | ToolTree;
}

export { LIVE, TOOL };
