import type { Pointer } from "./exports.ts";

/** Names of the guest's entry points: what guest/index.js `boot` returns. */
export const ENTRIES = [
  "begin",
  "adjust",
  "run",
  "deliver",
  "wake",
  "fulfilled",
  "rejected",
  "position",
  "describe",
] as const;

/** Where things lie in a booted machine's memory. */
export interface ImageLayout {
  readonly pages: number;
  readonly stackPointer: Pointer;
  readonly runtime: Pointer;
  readonly context: Pointer;
  readonly entries: Readonly<Record<(typeof ENTRIES)[number], Pointer>>;
  /** The boxed undefined. */
  readonly undefined: Pointer;
  /** Room for a short text, for the arguments of a call, and for two numbers that come out. */
  readonly scratch: { readonly at: Pointer; readonly length: number };
  readonly argv: Pointer;
  readonly out: Pointer;
  /** The word in which the engine counts the bytes of the guest heap. */
  readonly heapSize: Pointer;
}

/** The memory of a machine after boot and prelude, before any guest code: the same bytes everywhere. */
export interface BootImage {
  /** Identity of engine and prelude: the hashes of the unpatched .wasm and of the prelude's text. */
  readonly engine: string;
  readonly layout: ImageLayout;
  readonly memory: Uint8Array<ArrayBuffer>;
}

/** An image as it is shipped. */
export interface PackedImage {
  readonly engine: string;
  readonly wasmHash: string;
  readonly layout: ImageLayout;
  /** The memory without trailing zeros, raw deflate, base64. */
  readonly memory: string;
}

/** Unpacks a shipped image. */
export async function unpackImage(packed: PackedImage, pageBytes: number): Promise<BootImage> {
  const deflated = Uint8Array.from(atob(packed.memory), (char) => char.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const used = new Uint8Array(await new Response(stream).arrayBuffer());
  const memory = new Uint8Array(packed.layout.pages * pageBytes);
  memory.set(used);
  return { engine: packed.engine, layout: packed.layout, memory };
}
