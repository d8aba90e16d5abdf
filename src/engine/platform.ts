import { Engine, type EngineSource } from "./engine.ts";

/**
 * The engine with the shipped image: from the given source, else from where this platform keeps packages.
 * Rejects with Error where the engine can't be found or is another build.
 */
export async function createPlatformEngine(source?: EngineSource): Promise<Engine> {
  // The image weighs a third of a megabyte: it is read when the first machine is made.
  const [{ PACKED_IMAGE }, { inflate, loadEngine }] = await Promise.all([
    import("./image.generated.ts"),
    import("#load-engine"),
  ]);
  return Engine.create(source ?? ((await loadEngine()) as Uint8Array<ArrayBuffer>), PACKED_IMAGE, inflate);
}
