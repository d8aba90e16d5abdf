export { formatValue } from "./format.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { escapeControls, failureText, pendingText, type RenderOptions, renderOutcome, unwrap } from "./render.ts";
export { snapshotSource } from "./run-snapshot.ts";
export { createSandbox } from "./sandbox.ts";
export type { Sandbox } from "./sandbox-types.ts";
export type {
  Session,
  SessionOptions,
  SessionResumeOptions,
  SessionRunOptions,
  SessionVariable,
} from "./session-types.ts";
export type { VariableDescription } from "./tracked.ts";
export type {
  Answer,
  CallBatch,
  CallRecord,
  Completed,
  Exit,
  Failed,
  HostOptions,
  LogEntry,
  Mutation,
  Outcome,
  Policy,
  PolicyCall,
  PolicyVerdict,
  Report,
  ResumeOptions,
  Run,
  RunEvent,
  RunOptions,
  SandboxOptions,
  Suspended,
  Usage,
  Warning,
} from "./types.ts";
