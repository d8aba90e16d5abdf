import { type CompiledModule, ENGINE_EXPORTS } from "./exports.ts";
import { sha256 } from "./hash.ts";
import type { BootImage } from "./image.ts";
import { Machine } from "./machine.ts";
import { PAGE, tailorWasm } from "./wasm.ts";

/** The engine as its host gives it: the bytes of `quickjs.wasm`, or a module compiled from them. */
export type EngineSource = ArrayBuffer | ArrayBufferView<ArrayBuffer> | CompiledModule;

/** Linear memory that a machine may use beyond its guest heap: shadow stack, data, and the allocator's own slack. */
const SLACK_BYTES = 8 << 20;
/** Modules kept, one for each memory limit in use. */
const MAX_MODULES = 16;
const EXPORTS: ReadonlySet<string> = new Set(Object.keys(ENGINE_EXPORTS));

/** The compiled engine and its boot image; makes machines. */
export class Engine {
  /** Identity of engine and prelude: what snapshots name. */
  readonly id: string;
  readonly image: BootImage;
  private readonly wasm: Uint8Array<ArrayBuffer> | undefined;
  private readonly given: WebAssembly.Module | undefined;
  private readonly modules = new Map<string, Promise<WebAssembly.Module>>();

  private constructor(
    image: BootImage,
    wasm: Uint8Array<ArrayBuffer> | undefined,
    given: WebAssembly.Module | undefined,
  ) {
    this.image = image;
    this.id = image.engine;
    this.wasm = wasm;
    this.given = given;
  }

  /**
   * Takes the engine into use. Bytes are checked by their hash against the image; a module that was compiled elsewhere
   * can't be, and can't be given a memory maximum. Throws Error if the engine is another one than the image's.
   */
  static async create(source: EngineSource, image: BootImage, wasmHash: string): Promise<Engine> {
    if (source instanceof WebAssembly.Module) return new Engine(image, undefined, source);
    const wasm = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source as ArrayBuffer);
    const hash = await sha256(wasm);
    if (hash !== wasmHash) throw new Error(`it has the hash ${hash}, but ${wasmHash} is needed`);
    return new Engine(image, wasm, undefined);
  }

  /** A machine for runs with this memory limit, at the boot image. Instantiating takes about 1.5 ms. */
  async createMachine(memoryBytes: number, stackBytes: number): Promise<Machine> {
    return new Machine(await this.module(memoryBytes), this.image, stackBytes);
  }

  /** Whether it can be tailored: only its bytes can, not a module that was compiled elsewhere. */
  get isTailored(): boolean {
    return this.wasm !== undefined;
  }

  /** The engine for machines with this memory limit, compiled once for it. `shared`: other threads can read their memory. */
  module(memoryBytes: number, shared = false): Promise<CompiledModule> {
    const { modules, wasm } = this;
    if (!wasm) return Promise.resolve(this.given as CompiledModule);
    const key = `${memoryBytes} ${shared}`;
    const known = modules.get(key);
    if (known) return known;
    const maximumPages = Math.max(Math.ceil((memoryBytes + SLACK_BYTES) / PAGE), this.image.layout.pages);
    const module = WebAssembly.compile(tailorWasm(wasm, { maximumPages, shared, exports: EXPORTS }));
    const [oldest] = modules.keys();
    if (modules.size >= MAX_MODULES && oldest !== undefined) modules.delete(oldest);
    modules.set(key, module);
    return module;
  }
}
