export { formatValue } from "./format.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { escapeControls, failureText, type RenderOptions, renderOutcome, unwrap } from "./render.ts";
export { createSandbox } from "./sandbox.ts";
export type {
  CallRecord,
  Completed,
  Failed,
  LogEntry,
  Outcome,
  Policy,
  PolicyCall,
  PolicyVerdict,
  Report,
  Run,
  RunEvent,
  RunOptions,
  Sandbox,
  SandboxOptions,
  Usage,
  Warning,
} from "./types.ts";
