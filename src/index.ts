// The engine's files
export { type EngineBuild, engineBuild } from "./engine/index.ts";
// Errors
export { type ErrorCode, RunError, RunExit, type RunFailure, UsageError } from "./errors.ts";
// The runtime that sandboxes share
export {
  createRuntime,
  type Runtime,
  type RuntimeOptions,
  type RuntimeStats,
  type TenantLimiter,
  type TenantLimits,
  type TenantStats,
} from "./isolation/index.ts";
// Programs as people read them
export { formatListing, type ListedFailure, type ListingOptions } from "./language/index.ts";
// Sandboxes, runs and their outcomes
export {
  type Answer,
  type CallBatch,
  type CallRecord,
  type Completed,
  createSandbox,
  DEFAULT_LIMITS,
  type Exit,
  type Failed,
  type HostOptions,
  type Limits,
  type LogEntry,
  type Mutation,
  type Outcome,
  type Policy,
  type PolicyCall,
  type PolicyVerdict,
  type RenderOptions,
  type Report,
  type ResumeOptions,
  type Run,
  type RunEvent,
  type RunOptions,
  renderOutcome,
  type Sandbox,
  type SandboxOptions,
  type Session,
  type SessionOptions,
  type SessionResumeOptions,
  type SessionRunOptions,
  type SessionVariable,
  type Suspended,
  type Usage,
  unwrap,
  type VariableDescription,
  type Warning,
} from "./sandbox/index.ts";
// Suspended runs as bytes
export {
  inspectSnapshot,
  newSnapshotKey,
  type PendingCall,
  SnapshotError,
  type SnapshotInfo,
  type SnapshotKey,
  type SnapshotMeta,
} from "./snapshots/index.ts";
// Tools
export {
  defineTool,
  type HostObject,
  type HostObjectOptions,
  type HostProperty,
  type HostWrite,
  hostObject,
  type JsonSchema,
  type LiveNamespace,
  lenientSchema,
  liveNamespace,
  type PlainFunction,
  type Schema,
  type StandardSchema,
  type Tool,
  type ToolContext,
  type ToolEffect,
  type ToolMatch,
  type ToolOptions,
  type ToolTree,
} from "./tools/index.ts";
// Values in their tagged form, for storing and printing
export { Omitted, type TaggedValue, tagged, untagged } from "./values/index.ts";
