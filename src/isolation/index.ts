export type { Isolation, MachineCommand, MachineNeed, MachinePort, MachineReport, SourceFailure } from "./port.ts";
export { createRuntime, type Runtime, type RuntimeOptions, sharedRuntime } from "./runtime.ts";
