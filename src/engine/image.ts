import type { Pointer } from "./exports.ts";
import { sha256 } from "./hash.ts";
import type { HeapLayout } from "./heap.ts";
import { type Inflate, inflateByStream } from "./inflate.ts";
import { PAGE } from "./wasm.ts";

/** Names of the guest's entry points: what guest/index.js `boot` returns. */
export const ENTRIES = [
  "begin",
  "furnish",
  "watch",
  "aid",
  "drive",
  "deliver",
  "wake",
  "fulfilled",
  "rejected",
  "position",
  "describe",
  "renew",
  "settler",
  "sessionVariables",
  "observe",
  "observed",
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
  /** The books of its allocators. */
  readonly heap: HeapLayout;
}

/** A stretch of an image, from its start to the next one's: either all zeros, or bytes to copy. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly zero: boolean;
}

/** The memory of a machine after boot and prelude, before any guest code: the same bytes everywhere. */
export interface BootImage {
  /** Identity of engine and prelude: see `engineId`. */
  readonly engine: string;
  readonly layout: ImageLayout;
  readonly memory: Uint8Array<ArrayBuffer>;
  /** The memory from the base of the stack on, for rewinding. */
  readonly stretches: readonly Stretch[];
}

/** An image as it is shipped. */
export interface PackedImage {
  readonly engine: string;
  readonly wasmHash: string;
  readonly layout: ImageLayout;
  readonly stretches: readonly Stretch[];
  /** The memory without trailing zeros, raw deflate, base64. */
  readonly memory: string;
}

/** Unpacks a shipped image. */
export async function unpackImage(packed: PackedImage, inflate: Inflate = inflateByStream): Promise<BootImage> {
  const memory = new Uint8Array(packed.layout.pages * PAGE);
  memory.set(await inflate(packed.memory));
  return { engine: packed.engine, layout: packed.layout, memory, stretches: packed.stretches };
}

/** An image as it ships; `deflate` gives base64 of raw deflate. */
export function packImage(image: BootImage, wasmHash: string, deflate: (bytes: Uint8Array) => string): PackedImage {
  const { engine, layout, memory, stretches } = image;
  const used = memory.findLastIndex((byte) => byte !== 0) + 1;
  return { engine, wasmHash, layout, stretches, memory: deflate(memory.subarray(0, used)) };
}

/**
 * What tells builds apart: the hash of the unpatched .wasm, and that of the booted memory and where things lie in it, which
 * is the prelude and all else that was done before the image was taken.
 */
export async function engineId(
  wasmHash: string,
  { layout, memory }: Pick<BootImage, "layout" | "memory">,
): Promise<string> {
  const layoutHash = await sha256(new TextEncoder().encode(JSON.stringify(layout)));
  const imageHash = await sha256(new TextEncoder().encode(layoutHash + (await sha256(memory))));
  return `${wasmHash.slice(0, 32)}-${imageHash.slice(0, 32)}`;
}

/** An image of these bytes. */
export function newImage(engine: string, layout: ImageLayout, memory: Uint8Array<ArrayBuffer>): BootImage {
  return { engine, layout, memory, stretches: stretchesOf(memory, layout.stackPointer) };
}

/** Zeros are written twice as fast as copied; a shorter run of them is not worth a call. */
const MIN_ZEROS = 8192;

function stretchesOf(memory: Uint8Array, start: number): Stretch[] {
  const stretches: Stretch[] = [];
  let copied = start;
  for (let at = start; at < memory.length; ) {
    let end = at;
    while (end < memory.length && memory[end] === 0) end++;
    if (end - at >= MIN_ZEROS) {
      if (at > copied) stretches.push({ start: copied, end: at, zero: false });
      stretches.push({ start: at, end, zero: true });
      copied = end;
    }
    at = end + 1;
  }
  if (copied < memory.length) stretches.push({ start: copied, end: memory.length, zero: false });
  return stretches;
}
