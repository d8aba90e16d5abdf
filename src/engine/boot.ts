import type { CompiledModule, EngineExports, Pointer } from "./exports.ts";
import { forgetIdle, type HeapLayout, heapLayout, orderArenas, smallestFree } from "./heap.ts";
import { type BootImage, ENTRIES, type ImageLayout } from "./image.ts";
import { instantiate } from "./instance.ts";
import { Memory } from "./memory.ts";
import { PAGE } from "./wasm.ts";

/** Time of boot in every image: the clock of a run is set by its host. */
const BOOT_MS = 1_700_000_000_000;
/** A limit that no run has, to find the engine's heap counter by. */
const MARKER_BYTES = 0x3abc_def0;
const STRIP_SOURCE_AND_DEBUG = 48;
const SCRATCH_BYTES = 16_384;
/** The most arguments that an entry point of the guest takes. */
const ARGUMENTS = 8;
/** Makes what takes one of the smallest blocks: a closure over one variable. */
const MAKER = "(x) => () => x";
/** How many of them a run should find free. */
const SMALLEST_BLOCKS = 64;
/** Heap that a run may use before its machine's memory grows, and is thrown away for it. */
const ROOM_BYTES = 832 << 10;
/** An image of no words: beyond its end an image is zero. */
const NOTHING = new Int32Array(0);

/**
 * Boots the engine with the prelude and takes its memory. A pure function of its arguments: clock, randomness and
 * settings are constants here, and the run's own are set after each rewind.
 */
export function bootImage(module: CompiledModule, prelude: string): Pick<BootImage, "layout" | "memory"> {
  // Compiled in an engine of its own: a parser leaves a heap full of scraps, which would be copied at every rewind.
  const compiler = new Boot(module);
  return new Boot(module).image(compiler.compile(prelude), compiler.compile(MAKER));
}

/** An engine that is starting up. */
class Boot {
  private readonly exports: EngineExports;
  private readonly memory: Memory;
  private readonly out: Pointer;

  constructor(module: CompiledModule) {
    this.exports = instantiate(module, {
      call: (argc, argv) => this.answer(argc, argv),
      interrupt: () => 0,
      rejection: () => undefined,
      nowMs: () => BOOT_MS,
      timezoneOffset: () => 0,
    });
    this.exports._initialize();
    if (this.exports.qjs_init() !== 0) throw new Error("the engine did not start");
    this.memory = new Memory(this.exports);
    this.out = this.memory.allocate(16);
  }

  /** The prelude as bytecode, without its source and its positions. */
  compile(prelude: string): Uint8Array {
    const { exports, memory } = this;
    const at = this.withName(prelude, (text, length) =>
      this.withName("tardigrade", (file) =>
        exports.qjs_compile(text, length, file, 0, STRIP_SOURCE_AND_DEBUG, this.out),
      ),
    );
    if (at === 0) throw this.failure("the prelude did not compile");
    return memory.bytes.slice(at, at + memory.readWord(this.out));
  }

  image(prelude: Uint8Array, maker: Uint8Array): Pick<BootImage, "layout" | "memory"> {
    const layout = this.layout(prelude, maker);
    // Below the base of the stack there is nothing left but what its calls left behind.
    const memory = this.memory.bytes.slice();
    memory.fill(0, 0, layout.stackPointer);
    return { layout, memory };
  }

  private layout(prelude: Uint8Array, maker: Uint8Array): ImageLayout {
    const { exports, memory } = this;
    exports.qjs_set_interrupt_handler(1);
    exports.qjs_set_promise_rejection_handler(1);
    const argv = memory.allocate(ARGUMENTS * 4);
    const scratch = { at: memory.allocate(SCRATCH_BYTES), length: SCRATCH_BYTES };
    const undefinedBox = exports.qjs_get_undefined();
    const world = this.world(prelude, argv);
    const entries = Object.fromEntries(ENTRIES.map((name) => [name, this.property(world, name)]));
    const heapSize = this.heapCounter();
    memory.free(memory.allocate(ROOM_BYTES));
    memory.bytes.fill(0, scratch.at, scratch.at + SCRATCH_BYTES);
    exports.qjs_run_gc();
    const heap = heapLayout(exports.qjs_get_runtime_ptr(), memory.words);
    this.makeRoom(heap, maker);
    for (const { from, to } of forgetIdle(NOTHING, memory.words, heap)) memory.words.fill(0, from, to);
    orderArenas(memory.words, heap);
    return {
      pages: memory.size / PAGE,
      stackPointer: exports.__stack_pointer.value,
      runtime: exports.qjs_get_runtime_ptr(),
      context: exports.qjs_get_context_ptr(),
      entries: entries as ImageLayout["entries"],
      undefined: undefinedBox,
      scratch,
      argv,
      out: this.out,
      heapSize,
      heap,
    };
  }

  /** Only the class of an object is asked for at boot (guest/classes.js). */
  private answer(argc: number, argv: Pointer): Pointer {
    const { exports, memory } = this;
    return argc > 3
      ? exports.qjs_new_number(exports.qjs_get_class_id(memory.readWord(argv + 12)))
      : exports.qjs_get_undefined();
  }

  private world(prelude: Uint8Array, argv: Pointer): Pointer {
    const { exports, memory } = this;
    const boot = this.evaluated(prelude);
    const bridge = this.withName("bridge", (name, length) => exports.qjs_new_host_function(name, length, 0));
    memory.writeWord(argv, bridge);
    return this.sound(exports.qjs_call(boot, exports.qjs_get_undefined(), 1, argv));
  }

  private evaluated(bytecode: Uint8Array): Pointer {
    const { exports, memory } = this;
    const at = memory.allocate(bytecode.length);
    memory.bytes.set(bytecode, at);
    const value = this.sound(exports.qjs_eval_bytecode(at, bytecode.length));
    memory.bytes.fill(0, at, at + bytecode.length);
    memory.free(at);
    return value;
  }

  /** Sees to it that small programs find room among the smallest blocks: a new arena would be in each of their deltas. */
  private makeRoom(heap: HeapLayout, maker: Uint8Array): void {
    const { exports, memory } = this;
    const make = this.evaluated(maker);
    const made: Pointer[] = [];
    while (smallestFree(memory.words, heap) < SMALLEST_BLOCKS) {
      made.push(this.sound(exports.qjs_call(make, exports.qjs_get_undefined(), 0, 0)));
    }
    // The last one keeps its arena.
    for (const value of made.slice(0, -1)) exports.qjs_free_value(value);
    exports.qjs_free_value(make);
  }

  private property(object: Pointer, name: string): Pointer {
    return this.sound(this.withName(name, (at) => this.exports.qjs_get_prop_string(object, at)));
  }

  private withName<T>(text: string, use: (at: Pointer, length: number) => T): T {
    return this.memory.withText(text, { at: 0, length: 0 }, use);
  }

  private sound(value: Pointer): Pointer {
    if (this.exports.qjs_is_exception(value)) throw this.failure("the prelude threw");
    return value;
  }

  private failure(what: string): Error {
    const error = this.exports.qjs_get_exception();
    const chars = this.exports.qjs_get_string_len(error, this.out);
    return new Error(`${what}: ${chars === 0 ? "?" : this.memory.readText(chars, this.memory.readWord(this.out))}`);
  }

  /** The engine's allocator keeps its limit and, two words on, the bytes in use; the limit is found by a marker. */
  private heapCounter(): Pointer {
    const { exports, memory } = this;
    exports.qjs_set_memory_limit(MARKER_BYTES);
    const at = memory.words.indexOf(MARKER_BYTES) * 4;
    exports.qjs_set_memory_limit(0);
    if (at < 0) throw new Error("the engine's heap counter was not found");
    return at + 8;
  }
}
