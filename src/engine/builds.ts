import { UsageError } from "../errors.ts";
import { Engine, type EngineSource } from "./engine.ts";
import { type BootImage, engineId, newImage, type PackedImage, unpackImage } from "./image.ts";

/** Another build of the engine than the one that ships: its unpatched `quickjs.wasm`, and its image from `engineBuild`. */
export interface EngineBuild {
  readonly wasm: EngineSource;
  readonly image: Uint8Array;
}

/** The first line of an image's bytes: JSON without the memory, which is the second. */
type Head = Omit<PackedImage, "memory"> & { readonly format: typeof FORMAT };

const FORMAT = "tardigrade-image-1";
const LINE_END = 10;
/** As much memory as WebAssembly can have. */
const MAX_PAGES = 65_536;

/**
 * The files of the engine that this version ships, to be kept at each deploy: given to a later version as one of its
 * `engines`, they let it resume what this one suspended. Rejects with Error where this runtime can't find the engine.
 */
export async function engineBuild(): Promise<{ id: string; wasm: Uint8Array; image: Uint8Array }> {
  const [{ PACKED_IMAGE }, { loadEngine }] = await Promise.all([
    import("./image.generated.ts"),
    import("#load-engine"),
  ]);
  const { memory, ...rest } = PACKED_IMAGE;
  const head: Head = { format: FORMAT, ...rest };
  const image = new TextEncoder().encode(`${JSON.stringify(head)}\n${memory}`);
  return { id: head.engine, wasm: await loadEngine(), image };
}

/** Which engine build an image belongs to. Throws UsageError for what is no image. */
export function buildId(image: Uint8Array): string {
  return headOf(image).engine;
}

/** Takes another build into use. Rejects with UsageError where its files are damaged or don't belong together. */
export async function createBuildEngine({ image, wasm }: EngineBuild): Promise<Engine> {
  const head = headOf(image);
  const unpacked = await unpackedImage(head, image);
  try {
    return await Engine.create(wasm, unpacked, head.wasmHash);
  } catch (error) {
    throw new UsageError(`the wasm of the engine build ${head.engine} does not fit: ${(error as Error).message}`);
  }
}

/** An id is the hash of what it names, so that it shows whether an image is whole. */
async function unpackedImage(head: Head, bytes: Uint8Array): Promise<BootImage> {
  try {
    const memory = new TextDecoder().decode(bytes.subarray(bytes.indexOf(LINE_END) + 1));
    const image = await unpackImage({ ...head, memory });
    if ((await engineId(head.wasmHash, image)) === head.engine) {
      return newImage(head.engine, head.layout, image.memory);
    }
  } catch {
    // Told below: no deflate, or more than the memory holds.
  }
  throw new UsageError(`the image of the engine build ${head.engine} is damaged: give the bytes that engineBuild gave`);
}

function headOf(image: unknown): Head {
  try {
    if (image instanceof Uint8Array) {
      const line = image.subarray(0, Math.max(0, image.indexOf(LINE_END)));
      const head: unknown = JSON.parse(new TextDecoder().decode(line));
      if (isHead(head)) return head;
    }
  } catch {
    // Told below: not JSON.
  }
  throw new UsageError("expected the image of an engine build to be the bytes that engineBuild gave");
}

function isHead(value: unknown): value is Head {
  const head = value as Head | null;
  return (
    head?.format === FORMAT &&
    typeof head.engine === "string" &&
    typeof head.wasmHash === "string" &&
    Number.isInteger(head.layout?.pages) &&
    head.layout.pages > 0 &&
    head.layout.pages <= MAX_PAGES
  );
}
