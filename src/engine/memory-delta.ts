import { encodeDelta } from "./delta.ts";
import { forgetIdle, restore } from "./heap.ts";
import type { BootImage } from "./image.ts";

/**
 * What differs in a memory from the image, as a delta's words. Clears what no longer matters out of the memory before:
 * what was let go, and the room for texts on their way in.
 */
export function memoryDelta({ layout }: BootImage, image: Int32Array, memory: Int32Array): Uint8Array<ArrayBuffer> {
  const { heap, scratch, stackPointer } = layout;
  forgetIdle(image, memory, heap);
  restore(image, memory, scratch.at >>> 2, (scratch.at + scratch.length) >>> 2);
  return encodeDelta(image, memory, stackPointer >>> 2);
}
