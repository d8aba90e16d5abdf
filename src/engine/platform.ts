import { Engine, type EngineSource } from "./engine.ts";
import { unpackImage } from "./image.ts";

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
  const image = await unpackImage(PACKED_IMAGE, inflate);
  const wasm = source ?? ((await loadEngine()) as Uint8Array<ArrayBuffer>);
  try {
    return await Engine.create(wasm, image, PACKED_IMAGE.wasmHash);
  } catch (error) {
    throw new Error(`the engine's .wasm is not that of quickjs-wasi 3.6.2: ${(error as Error).message}`);
  }
}

/** The id of the engine that ships. */
export async function platformEngineId(): Promise<string> {
  return (await import("./image.generated.ts")).PACKED_IMAGE.engine;
}
