// Running code
export { formatListing } from "../../index.ts";
export type { LlmzComponent } from "./components.ts";
// Errors and signals
export { CodeExecutionError, InvalidCodeError, SnapshotSignal, ThinkSignal, VMSignal } from "./errors.ts";
export { resumeAsyncFunction, runAsyncFunction } from "./run.ts";
export type { LlmzContext, LlmzOptions, LlmzResult, LlmzTrace } from "./types.ts";
