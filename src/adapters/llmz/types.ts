import type { Limits, Runtime, SandboxOptions } from "../../index.ts";
import type { VMSignal } from "./errors.ts";

/** What the program finds as globals: data, functions, objects of both, and accessors. Written back when the run ends. */
// biome-ignore lint/suspicious/noExplicitAny: as in LLMz, a context may hold anything
export type LlmzContext = Record<string, any>;

/** What happened while the program ran, in order. */
export type LlmzTrace = { readonly started_at: number } & (
  | { readonly type: "comment"; readonly comment: string; readonly line: number }
  | { readonly type: "log"; readonly message: unknown; readonly args: readonly unknown[] }
  | { readonly type: "yield"; readonly value: unknown }
  | { readonly type: "invalid_code_exception"; readonly message: string; readonly code: string }
  | {
      readonly type: "code_execution_exception";
      readonly position: readonly [line: number, column: number];
      readonly message: string;
      readonly stackTrace: string;
    }
);

/** How the program ended. */
export interface LlmzResult {
  /** True also where a signal ended it. */
  readonly success: boolean;
  /** What the program declared at its top level, and on failure in the failing function. */
  readonly variables: Record<string, unknown>;
  readonly lines_executed: readonly (readonly [line: number, times: number])[];
  readonly return_value?: unknown;
  readonly error?: Error;
  readonly signal?: VMSignal;
  readonly traces: LlmzTrace[];
  /** Names in the context whose values could not be written back, as they are too large. */
  readonly not_written_back: readonly string[];
}

/** What LLMz has no counterpart for. */
export interface LlmzOptions {
  /** Beside the run's timeout. LLMz has none but 128 MiB of memory, which is the default here. */
  limits?: Partial<Limits>;
  runtime?: Runtime;
  /** Seals snapshots. Default: a key that lives as long as the process. */
  snapshotKey?: SandboxOptions["snapshotKey"];
  /** Tells which errors of tools are signals, beside those that extend VMSignal; they end the run as `signal`. */
  isSignal?: (error: unknown) => boolean;
}
