export type { Admission } from "./admission.ts";
export type {
  Isolation,
  IsolationStats,
  MachineCommand,
  MachineNeed,
  MachinePort,
  MachineReport,
  SourceFailure,
} from "./port.ts";
export type { PlaceOwner, RunPlace } from "./run-place.ts";
export { createRuntime, type Runtime, sharedRuntime } from "./runtime.ts";
export type { RuntimeOptions } from "./runtime-options.ts";
export type { RuntimeStats, TenantStats } from "./stats.ts";
export type { CallWaiter, TenantLimiter, TenantLimits } from "./tenants.ts";
