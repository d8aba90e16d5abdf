export { execute, InlineIsolation } from "./inline.ts";
export type { Isolation, MachineCommand, MachineNeed, MachinePort, MachineReport } from "./port.ts";
export { createRuntime, type Runtime, type RuntimeOptions, sharedRuntime } from "./runtime.ts";
