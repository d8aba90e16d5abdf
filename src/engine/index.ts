export { bootImage } from "./boot.ts";
export { applyDelta, encodeDelta } from "./delta.ts";
export { Engine, type EngineSource, sha256 } from "./engine.ts";
export type { BootImage, PackedImage } from "./image.ts";
export { unpackImage } from "./image.ts";
export { Machine } from "./machine.ts";
export type {
  Breakdown,
  Delivery,
  Delta,
  Emission,
  GuestFailure,
  MachineLimits,
  MachineSetup,
  ProgramStart,
  Settlement,
  Spent,
  Turn,
} from "./messages.ts";
export { createPlatformEngine } from "./platform.ts";
export { isTimezone } from "./timezone.ts";
export { PAGE, tailorWasm } from "./wasm.ts";
