import { breakdownOf } from "./breakdown.ts";
import { Bridge } from "./bridge.ts";
import { applyDelta, encodeDelta } from "./delta.ts";
import type { CompiledModule, EngineExports, Pointer } from "./exports.ts";
import { forgetIdle, restore } from "./heap.ts";
import type { BootImage, ENTRIES } from "./image.ts";
import { instantiate } from "./instance.ts";
import { Memory, OutOfMemory } from "./memory.ts";
import type {
  Breakdown,
  Delivery,
  Delta,
  MachineSetup,
  ProgramStart,
  Settlement,
  Tracked,
  Turn,
  VariablesRead,
} from "./messages.ts";
import { Meter } from "./meter.ts";
import { Rejections } from "./rejections.ts";
import { zoneOffsetSeconds } from "./timezone.ts";
import { readTracked } from "./tracked.ts";
import { PAGE } from "./wasm.ts";
import type { WriteCheck } from "./writes.ts";

/** How far a call can overshoot the stack limit before the engine looks at it. */
const STACK_MARGIN_BYTES = 64 * 1024;
/** Room for a file's name at the start of the scratch area. */
const NAME_BYTES = 256;
/** Heap at which the engine first looks for cycles; after a rewind it would look at every few hundred objects. */
const GC_BYTES = 1 << 20;
const MAX_REJECTIONS = 10;
/** Time to read the variables of a tracked program, beside what the run may take. */
const READ_MS = 1000;
/** A state of `qjs_promise_state`. */
const PENDING = 0;

type Entry = (typeof ENTRIES)[number];

/** One QuickJS in one WebAssembly instance: runs one program at a time, and can be rewound, saved and loaded. */
export class Machine {
  /** False once anything but an ordinary exception happened: the machine must be thrown away. */
  sound = true;
  /** The clock of the run if it is fixed; its host moves it. */
  clockMs: number | undefined;
  private clockSkewMs = 0;
  /** Whether guest code was left by an exception of the host. */
  private torn = false;
  private timezone: string | undefined;
  private program: Pointer = 0;
  private setup: MachineSetup | undefined;
  private readonly image: BootImage;
  private readonly imageWords: Int32Array;
  private readonly exports: EngineExports;
  private readonly memory: Memory;
  private readonly meter: Meter;
  private readonly bridge: Bridge;
  private readonly stackBytes: number;
  private readonly rejections: Rejections;

  constructor(module: CompiledModule, image: BootImage, stackBytes: number) {
    this.image = image;
    this.imageWords = new Int32Array(image.memory.buffer);
    this.stackBytes = stackBytes;
    this.exports = instantiate(module, {
      call: (argc, argv) => this.bridge.receive(argc, argv >>> 0),
      interrupt: () => this.meter.poll(),
      rejection: (promise, reason, handled) => this.rejections.track(promise, reason, handled),
      nowMs: () => this.clockMs ?? Date.now() + this.clockSkewMs,
      timezoneOffset: (seconds) => (this.timezone ? zoneOffsetSeconds(this.timezone, seconds) : 0),
    });
    const { layout } = image;
    const initial = this.exports.memory.buffer.byteLength;
    if (initial / PAGE < layout.pages) this.exports.memory.grow(layout.pages - initial / PAGE);
    this.memory = new Memory(this.exports);
    this.rejections = new Rejections(this.exports);
    this.meter = new Meter(() => this.memory.readWord(layout.heapSize));
    this.bridge = new Bridge(this.exports, this.memory, this.meter, layout.out);
    this.fillFresh(initial);
    this.exports.qjs_set_runtime_and_context(layout.runtime, layout.context);
    this.exports.__stack_pointer.value = layout.stackPointer;
  }

  /** Whether the machine can serve another run: sound, and not grown past its image. */
  get reusable(): boolean {
    return this.sound && this.memory.size === this.image.memory.length;
  }

  /** Brings the machine back to the boot image. `thoroughly` clears the part of the stack that no run reaches, too. */
  rewind(thoroughly = false): void {
    const { layout, memory, stretches } = this.image;
    const { bytes } = this.memory;
    bytes.fill(0, thoroughly ? 0 : layout.stackPointer - this.stackBytes - STACK_MARGIN_BYTES, layout.stackPointer);
    for (const { end, start, zero } of stretches) {
      if (zero) bytes.fill(0, start, end);
      else bytes.set(memory.subarray(start, end), start);
    }
    this.exports.__stack_pointer.value = layout.stackPointer;
    this.rejections.clear();
    this.program = 0;
  }

  /** Writes the image over a memory that is all zeros but for its first bytes: what is not written takes no room. */
  private fillFresh(initialBytes: number): void {
    const { memory, stretches } = this.image;
    for (const { end, start, zero } of stretches) {
      if (!zero) this.memory.bytes.set(memory.subarray(start, end), start);
      else if (start < initialBytes) this.memory.bytes.fill(0, start, Math.min(end, initialBytes));
    }
  }

  /** What decides about writes to host objects; set for each run. */
  set checkWrite(check: WriteCheck) {
    this.bridge.writes.check = check;
  }

  /** Starts a program and runs it until it is quiet. The machine is rewound, or holds the earlier programs of its session. */
  start(start: ProgramStart, setup: MachineSetup, wallLeftMs: number): Turn {
    this.settle(setup);
    return this.turn(wallLeftMs, () => {
      if (start.session) this.renew();
      this.begin(start.originMs, setup);
      this.furnish(start);
      return this.evaluate(start);
    });
  }

  /** Settles a call, a yield or a pull, then runs until quiet. */
  deliver(delivery: Delivery, wallLeftMs: number): Turn {
    return this.turn(wallLeftMs, () => {
      if (!this.bridge.answered(delivery.id)) return undefined;
      const text = this.newText(delivery.text);
      const { exports } = this;
      this.callAndFree("deliver", [exports.qjs_new_number(delivery.id), exports.qjs_new_number(howOf(delivery)), text]);
      return undefined;
    });
  }

  /** Runs the callback of a timer that is due, then runs until quiet. */
  wake(timer: number, wallLeftMs: number): Turn {
    return this.turn(wallLeftMs, () => {
      if (!this.bridge.woken(timer)) return undefined;
      this.callAndFree("wake", [this.exports.qjs_new_number(timer)]);
      return undefined;
    });
  }

  /**
   * Reads the variables of a session, up to that many bytes of their values; 0 reads none, and runs nothing of the
   * guest's. The machine is to be thrown away or rewound afterwards.
   */
  variables(wallLeftMs: number, maxBytes: number): VariablesRead {
    const { exports, meter } = this;
    let text: string | undefined;
    const broken = this.guarded(() => {
      meter.enter(wallLeftMs);
      const args = [maxBytes > 0 ? 1 : 0, maxBytes].map((value) => exports.qjs_new_number(value));
      text = this.takeText(this.call("sessionVariables", args));
    });
    meter.leave();
    const breakdown = broken ?? meter.reached;
    if (breakdown) this.sound = false;
    return breakdown ? { breakdown } : { ...(text !== undefined && { text }) };
  }

  /**
   * The run's state as a delta; the machine may be rewound afterwards. Only between turns. With `collect`, cycles that
   * nothing refers to any more are let go first: a millisecond or more that makes it smaller.
   */
  save(collect = false): Delta {
    const { bridge, image, memory } = this;
    if (collect) this.exports.qjs_run_gc();
    this.tidy();
    return {
      ...bridge.save(),
      words: encodeDelta(this.imageWords, memory.words, image.layout.stackPointer >>> 2),
      pages: memory.size / PAGE,
      engine: image.engine,
      program: this.program,
      rejections: this.rejections.save(),
      spent: this.meter.spent(),
    };
  }

  /** Clears what no longer matters out of the memory: what was let go, and the room for texts on their way in. */
  private tidy(): void {
    const { heap, scratch } = this.image.layout;
    forgetIdle(this.imageWords, this.memory.words, heap);
    restore(this.imageWords, this.memory.words, scratch.at >>> 2, (scratch.at + scratch.length) >>> 2);
  }

  /** Takes up a run where `save` left it. The machine must be rewound. Throws RangeError if the delta doesn't fit. */
  load(delta: Delta, setup: MachineSetup): void {
    const { exports, image, memory } = this;
    const pages = memory.size / PAGE;
    if (delta.pages > pages && exports.memory.grow(delta.pages - pages) < 0) throw new RangeError("no memory");
    applyDelta(delta.words, memory.words, image.layout.stackPointer >>> 2);
    this.settle(setup, delta);
    this.program = delta.program;
    this.rejections.load(delta.rejections);
    this.begin(0, setup);
  }

  /**
   * What a tracked program holds and which lines it ran; undefined if the machine can't tell any more. Reading runs
   * getters and proxies of the guest, so nothing may go on in this machine afterwards: save before.
   */
  observe(): Tracked | undefined {
    // A limit leaves the engine whole where it stopped the guest, and not where it was torn out of the guest's code.
    if (this.torn) return undefined;
    const { bridge, meter, setup } = this;
    let tracked: Tracked | undefined;
    const call = {
      observe: () => this.ask("observe", []),
      observed: (...numbers: number[]) => this.ask("observed", numbers),
    };
    const inTime = meter.aside(READ_MS, () => {
      tracked = readTracked(call, setup?.limits.resultBytes ?? 0);
    });
    if (!inTime) this.sound = false;
    bridge.drop();
    return tracked;
  }

  private settle(setup: MachineSetup, delta?: Delta): void {
    this.setup = setup;
    this.exports.qjs_set_memory_limit(setup.limits.memoryBytes);
    this.exports.qjs_set_max_stack_size(this.stackBytes);
    this.exports.qjs_set_gc_threshold(Math.min(GC_BYTES, setup.limits.memoryBytes / 4));
    this.clockMs = setup.nowMs;
    // The engine's clock counts in whole milliseconds.
    this.clockSkewMs = Math.round(setup.clockSkewMs ?? 0);
    this.timezone = setup.timezone;
    this.bridge.begin(setup, delta);
    this.meter.begin(setup.limits, delta?.spent);
  }

  /** One visit: `enter` runs guest code, then jobs run until none is left, the program settles, or a limit is reached. */
  private turn(wallLeftMs: number, enter: () => string | undefined): Turn {
    const { bridge, meter } = this;
    let refused: string | undefined;
    let settlement: Settlement | undefined;
    let deadlock: Turn["deadlock"];
    const broken = this.guarded(() => {
      meter.enter(wallLeftMs);
      refused = enter();
      if (refused === undefined) this.pump();
      if (bridge.settled) settlement = this.settlement(bridge.settled);
      else if (refused === undefined && bridge.outstanding.size === 0) deadlock = this.deadlock();
    });
    meter.leave();
    const breakdown = broken ?? meter.reached;
    if (breakdown) this.sound = false;
    const over = breakdown ?? refused ?? settlement ?? deadlock;
    if (over !== undefined) bridge.close();
    const emissions = bridge.drain();
    const ran = breakdown !== undefined || (over !== undefined && refused === undefined);
    const tracked = this.setup?.track && ran ? this.observe() : undefined;
    return {
      emissions,
      spent: meter.spent(),
      ...(tracked && { tracked }),
      ...(breakdown && { breakdown }),
      ...(!breakdown && refused !== undefined && { refused }),
      ...(!breakdown && settlement && { settled: settlement }),
      ...(!breakdown && deadlock && { deadlock }),
    };
  }

  /** Runs jobs one by one under the clock, until the program settles or nothing is left to run. */
  private pump(): void {
    const { bridge, exports, meter } = this;
    while (!bridge.settled && exports.qjs_is_job_pending()) {
      if (meter.overdue()) return;
      if (exports.qjs_execute_pending_job() < 0) {
        const error = exports.qjs_get_exception();
        if (!meter.reached) bridge.uncaught(() => this.describe(error));
        exports.qjs_free_value(error);
      }
    }
  }

  private evaluate(start: ProgramStart): string | undefined {
    const { exports, image, memory } = this;
    const { at, length } = image.layout.scratch;
    const name = { at, length: NAME_BYTES };
    const rest = { at: at + NAME_BYTES, length: length - NAME_BYTES };
    const outer = memory.withText(start.fileName, name, (file) =>
      memory.withText(start.text, rest, (text, bytes) => exports.qjs_eval(text, bytes, file, 0)),
    );
    if (exports.qjs_is_exception(outer)) return this.exception();
    // Called from here, not from the prelude: no frame of ours stands below the program's.
    const program = this.apply(outer, [this.entry("watch"), this.entry("aid")]);
    const begun = this.apply(program, []);
    const promise = start.form === "generator" ? this.call("drive", [begun]) : begun;
    for (const box of [outer, program, ...(promise === begun ? [] : [begun])]) exports.qjs_free_value(box);
    if (exports.qjs_is_exception(promise)) return this.exception();
    this.program = promise;
    this.follow(promise, start.session === true);
    return undefined;
  }

  private follow(promise: Pointer, session: boolean): void {
    const { exports } = this;
    const settlers = session ? [this.settler(1), this.settler(0)] : [];
    const [onFulfilled = this.entry("fulfilled"), onRejected = this.entry("rejected")] = settlers;
    exports.qjs_free_value(exports.qjs_promise_then(promise, onFulfilled, onRejected));
    for (const box of settlers) exports.qjs_free_value(box);
  }

  private settler(kind: 0 | 1): Pointer {
    const { exports } = this;
    const box = exports.qjs_new_number(kind);
    const settler = this.call("settler", [box]);
    exports.qjs_free_value(box);
    if (exports.qjs_is_exception(settler)) throw new OutOfMemory("the guest's heap is full");
    return settler;
  }

  /** Lets go of what an earlier program of the session left. */
  private renew(): void {
    if (this.program !== 0) this.exports.qjs_free_value(this.program);
    this.program = 0;
    this.rejections.release();
    this.callAndFree("renew", []);
  }

  private settlement(settled: { fulfilled: boolean; text: string }): Settlement {
    const unhandled = this.rejections.reasons(MAX_REJECTIONS).map((reason) => this.describe(reason));
    return { ...settled, unhandled, moreUnhandled: this.rejections.size - unhandled.length };
  }

  /** Quiet with nothing outstanding. A program that settled without saying so failed while its value was encoded. */
  private deadlock(): Turn["deadlock"] {
    if (this.exports.qjs_promise_state(this.program) !== PENDING) {
      throw new OutOfMemory("the program's value did not fit");
    }
    return { line: Number(this.takeText(this.call("position", []))) };
  }

  /** Runs `use`; what is not an ordinary guest exception ends the machine and says why. */
  private guarded(use: () => void): Breakdown | undefined {
    try {
      use();
      return undefined;
    } catch (error) {
      this.sound = false;
      this.torn = true;
      return breakdownOf(error, this.meter.reached);
    }
  }

  private describe(value: Pointer): string {
    return this.takeText(this.call("describe", [value]));
  }

  /** The text that an entry point answers with. Throws, and the machine is unsound, where it does not. */
  private ask(entry: Entry, numbers: readonly number[]): string {
    const { exports } = this;
    let text: string | undefined;
    const broken = this.guarded(() => {
      const args = numbers.map((value) => exports.qjs_new_number(value));
      text = this.takeText(this.call(entry, args));
      for (const box of args) exports.qjs_free_value(box);
    });
    if (text === undefined) throw new Error(broken?.message ?? "no answer");
    return text;
  }

  private exception(): string {
    const error = this.exports.qjs_get_exception();
    const text = this.describe(error);
    this.exports.qjs_free_value(error);
    return text;
  }

  private begin(originMs: number, { limits, seed }: MachineSetup): void {
    const [a = 0, b = 0, c = 0, d = 0] = seed;
    const numbers = [originMs, a, b, c, d, limits.toolInputBytes, limits.resultBytes, limits.logBytes];
    this.callAndFree(
      "begin",
      numbers.map((value) => this.exports.qjs_new_number(value)),
    );
  }

  private furnish({ allowEval, functions, globals = "", input = "", objects = "" }: ProgramStart): void {
    if (!allowEval && globals === "" && input === "" && objects === "") return;
    const texts = [input, globals, JSON.stringify(functions), objects].map((text) => this.newText(text));
    this.callAndFree("furnish", [this.exports.qjs_new_number(allowEval ? 1 : 0), ...texts]);
  }

  private callAndFree(entry: Entry, args: readonly Pointer[]): void {
    this.finish(this.call(entry, args));
    for (const box of args) this.exports.qjs_free_value(box);
  }

  private call(entry: Entry, args: readonly Pointer[]): Pointer {
    return this.apply(this.entry(entry), args);
  }

  /** An older build's prelude may lack what a newer host knows. */
  private entry(name: Entry): Pointer {
    const entry: Pointer | undefined = this.image.layout.entries[name];
    if (!entry) throw new Error(`this build of the engine is too old to "${name}"`);
    return entry;
  }

  private apply(fn: Pointer, args: readonly Pointer[]): Pointer {
    const { argv, undefined: self } = this.image.layout;
    for (let i = 0; i < args.length; i++) this.memory.writeWord(argv + i * 4, args[i] ?? 0);
    return this.exports.qjs_call(fn, self, args.length, argv);
  }

  /** Frees what an entry point returned. Our own guest code throws only where memory or stack gave out. */
  private finish(result: Pointer): void {
    const failed = this.exports.qjs_is_exception(result);
    this.exports.qjs_free_value(result);
    if (failed && !this.meter.reached) throw new OutOfMemory("the guest's heap is full");
  }

  private takeText(value: Pointer): string {
    const { exports, image, memory } = this;
    const chars = exports.qjs_is_string(value) ? exports.qjs_get_string_len(value, image.layout.out) : 0;
    exports.qjs_free_value(value);
    if (chars === 0) throw new OutOfMemory("the guest's heap is full");
    const text = memory.readText(chars >>> 0, memory.readWord(image.layout.out));
    exports.qjs_free_cstring(chars);
    return text;
  }

  private newText(text: string): Pointer {
    return this.memory.withText(text, this.image.layout.scratch, (at, length) =>
      this.exports.qjs_new_string(at, length),
    );
  }
}

/** How an answer is delivered, as guest/calls.js and guest/streams.js number it. */
function howOf({ as, fulfilled }: Delivery): number {
  if (!fulfilled) return 0;
  return as === "stream" ? 2 : as === "end" ? 3 : 1;
}
