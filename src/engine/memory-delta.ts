import { encodeDelta } from "./delta.ts";
import { forgetIdle } from "./heap.ts";
import type { BootImage } from "./image.ts";

/**
 * What differs in a memory from the image, as a delta's words. Clears out of the memory what was let go before; where that
 * is much, and in the room for texts on their way in, what is left does not matter and is not looked at.
 */
export function memoryDelta({ layout }: BootImage, image: Int32Array, memory: Int32Array): Uint8Array<ArrayBuffer> {
  const { heap, scratch, stackPointer } = layout;
  const idle = forgetIdle(image, memory, heap);
  idle.push({ from: scratch.at >>> 2, to: (scratch.at + scratch.length) >>> 2 });
  idle.sort((a, b) => a.from - b.from);
  return encodeDelta(image, memory, stackPointer >>> 2, idle);
}
