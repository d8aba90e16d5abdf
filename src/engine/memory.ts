import type { EngineExports, LinearMemory, Pointer } from "./exports.ts";
import { sharedFill } from "./fill.ts";

const encoder = new TextEncoder();
// The default would swallow a byte-order mark at the start of a string.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Thrown where the engine's own allocator gave up. */
export class OutOfMemory extends Error {
  override readonly name: string = "OutOfMemory";
}

/** A machine's memory: bytes, words and texts. Views are made anew after the memory grew. */
export class Memory {
  private readonly exports: EngineExports;
  private readonly memory: LinearMemory;
  private currentBytes: Uint8Array<ArrayBuffer>;
  private currentWords: Int32Array<ArrayBuffer>;
  private readonly fill: ReturnType<typeof sharedFill> | undefined;

  constructor(exports: EngineExports) {
    this.exports = exports;
    this.memory = exports.memory;
    this.currentBytes = new Uint8Array(this.memory.buffer);
    this.currentWords = new Int32Array(this.memory.buffer);
    // By its name: in the realms that test frameworks make, ArrayBuffer is not that of WebAssembly.
    const isShared = (this.memory.buffer[Symbol.toStringTag] as string) === "SharedArrayBuffer";
    this.fill = isShared ? sharedFill(this.memory) : undefined;
  }

  /** The memory itself: another object once it grew. */
  get buffer(): ArrayBuffer {
    return this.memory.buffer;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    this.renew();
    return this.currentBytes;
  }

  get words(): Int32Array<ArrayBuffer> {
    this.renew();
    return this.currentWords;
  }

  get size(): number {
    return this.bytes.length;
  }

  /** Fills with zeros. */
  clear(start: number, end: number): void {
    if (this.fill) this.fill(start, 0, end - start);
    else this.bytes.fill(0, start, end);
  }

  readWord(at: Pointer): number {
    return (this.words[at >>> 2] ?? 0) >>> 0;
  }

  writeWord(at: Pointer, value: number): void {
    this.words[at >>> 2] = value;
  }

  allocate(length: number): Pointer {
    const at = this.exports.wasm_malloc(length);
    if (at === 0) throw new OutOfMemory(`no room for ${length} bytes`);
    return at >>> 0;
  }

  free(at: Pointer): void {
    this.exports.wasm_free(at);
  }

  /** Runs `use` with the text in memory, zero-terminated; in the scratch area if it fits. */
  withText<T>(text: string, scratch: { at: Pointer; length: number }, use: (at: Pointer, length: number) => T): T {
    if (text.length * 3 < scratch.length) return use(scratch.at, this.writeText(text, scratch.at, scratch.length));
    const capacity = text.length * 3 + 1;
    const at = this.allocate(capacity);
    try {
      return use(at, this.writeText(text, at, capacity));
    } finally {
      this.free(at);
    }
  }

  readText(at: Pointer, length: number): string {
    return decoder.decode(this.bytes.subarray(at, at + length));
  }

  private renew(): void {
    const { buffer } = this.memory;
    if (this.currentBytes.buffer === buffer) return;
    this.currentBytes = new Uint8Array(buffer);
    this.currentWords = new Int32Array(buffer);
  }

  private writeText(text: string, at: Pointer, capacity: number): number {
    const { written } = encoder.encodeInto(text, this.bytes.subarray(at, at + capacity - 1));
    this.bytes[at + written] = 0;
    return written;
  }
}
