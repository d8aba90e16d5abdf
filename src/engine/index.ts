export { bootImage } from "./boot.ts";
export { buildId, createBuildEngine, type EngineBuild, engineBuild } from "./builds.ts";
export { applyDelta, encodeDelta } from "./delta.ts";
export { Engine, type EngineSource } from "./engine.ts";
export type { CompiledModule } from "./exports.ts";
export { sha256 } from "./hash.ts";
export type { BootImage, PackedImage } from "./image.ts";
export { unpackImage } from "./image.ts";
export { Machine } from "./machine.ts";
export type {
  Breakdown,
  Delivery,
  Delta,
  Emission,
  GuestFailure,
  HostObjectShape,
  MachineLimits,
  MachineSetup,
  MachineState,
  ProgramStart,
  Settlement,
  Spent,
  Tracked,
  TrackedVariable,
  Turn,
  VariablesRead,
} from "./messages.ts";
export { type KeptDelta, keptBytes, keptDelta, unkeptDelta } from "./packed.ts";
export { createPlatformEngine, platformEngineId } from "./platform.ts";
export { isTimezone } from "./timezone.ts";
export { PAGE, tailorWasm } from "./wasm.ts";
export type { WriteCheck } from "./writes.ts";
