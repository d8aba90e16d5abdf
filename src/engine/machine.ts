import { breakdownOf } from "./breakdown.ts";
import { Bridge } from "./bridge.ts";
import { applyDelta } from "./delta.ts";
import type { CompiledModule, EngineExports, Pointer } from "./exports.ts";
import { Guest } from "./guest.ts";
import type { BootImage } from "./image.ts";
import { instantiate } from "./instance.ts";
import { Memory, OutOfMemory } from "./memory.ts";
import { memoryDelta } from "./memory-delta.ts";
import type {
  Breakdown,
  Delivery,
  Delta,
  MachineSetup,
  MachineState,
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
/** Heap at which the engine first looks for cycles; after a rewind it would look at every few hundred objects. */
const GC_BYTES = 1 << 20;
const MAX_REJECTIONS = 10;
/** Time to read the variables of a tracked program, beside what the run may take. */
const READ_MS = 1000;
/** A state of `qjs_promise_state`. */
const PENDING = 0;

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
  private readonly guest: Guest;
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
    this.guest = new Guest(this.exports, this.memory, image, () => this.meter.reached !== undefined);
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
    const stackEnd = layout.stackPointer - this.stackBytes - STACK_MARGIN_BYTES;
    this.memory.clear(thoroughly ? 0 : stackEnd, layout.stackPointer);
    for (const { end, start, zero } of stretches) {
      if (zero) this.memory.clear(start, end);
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
      this.guest.begin(start.originMs, setup);
      this.guest.furnish(start);
      return this.evaluate(start);
    });
  }

  /** Settles a call, a yield or a pull, then runs until quiet. */
  deliver(delivery: Delivery, wallLeftMs: number): Turn {
    return this.turn(wallLeftMs, () => {
      if (!this.bridge.answered(delivery.id)) return undefined;
      this.guest.deliver(delivery);
      return undefined;
    });
  }

  /** Runs the callback of a timer that is due, then runs until quiet. */
  wake(timer: number, wallLeftMs: number): Turn {
    return this.turn(wallLeftMs, () => {
      if (!this.bridge.woken(timer)) return undefined;
      this.guest.wake(timer);
      return undefined;
    });
  }

  /**
   * Reads the variables of a session, up to that many bytes of their values; 0 reads none, and runs nothing of the
   * guest's. The machine is to be thrown away or rewound afterwards.
   */
  variables(wallLeftMs: number, maxBytes: number): VariablesRead {
    const { meter } = this;
    let text: string | undefined;
    const broken = this.guarded(() => {
      meter.enter(wallLeftMs);
      text = this.guest.text("sessionVariables", [maxBytes > 0 ? 1 : 0, maxBytes]);
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
    if (collect) this.exports.qjs_run_gc();
    const words = memoryDelta(this.image, this.imageWords, this.memory.words);
    return { ...this.state(), words };
  }

  /** What is known of the run beside its memory. Only between turns. */
  state(): MachineState {
    return {
      ...this.bridge.save(),
      pages: this.memory.size / PAGE,
      engine: this.image.engine,
      program: this.program,
      rejections: this.rejections.save(),
      spent: this.meter.spent(),
    };
  }

  /** The memory where other threads can read it; another object once it grew. */
  get sharedMemory(): SharedArrayBuffer | undefined {
    const { buffer } = this.memory;
    return typeof SharedArrayBuffer === "function" && buffer instanceof SharedArrayBuffer ? buffer : undefined;
  }

  /**
   * The delta of another machine of this build, from its memory: that one may be out of reach, but must stand still.
   * The memory is tidied.
   */
  deltaOf(state: MachineState, memory: SharedArrayBuffer): Delta {
    return { ...state, words: memoryDelta(this.image, this.imageWords, new Int32Array(memory)) };
  }

  /**
   * Takes up a run where `save` left it. The machine must be rewound. With `goesOn` nothing shows it: clock and
   * randomness go on too, else they are set anew. Throws RangeError if the delta doesn't fit.
   */
  load(delta: Delta, setup: MachineSetup, goesOn = false): void {
    const { exports, image, memory } = this;
    const pages = memory.size / PAGE;
    if (delta.pages > pages && exports.memory.grow(delta.pages - pages) < 0) throw new RangeError("no memory");
    applyDelta(delta.words, memory.words, image.layout.stackPointer >>> 2);
    this.settle(setup, delta);
    this.program = delta.program;
    this.rejections.load(delta.rejections);
    if (goesOn) this.bridge.goOnRandom(delta);
    else this.guest.begin(0, setup);
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
        if (!meter.reached) bridge.uncaught(() => this.guest.describe(error));
        exports.qjs_free_value(error);
      }
    }
  }

  private evaluate(start: ProgramStart): string | undefined {
    const evaluated = this.guest.evaluate(start);
    if ("refused" in evaluated) return evaluated.refused;
    this.program = evaluated.promise;
    return undefined;
  }

  /** Lets go of what an earlier program of the session left. */
  private renew(): void {
    if (this.program !== 0) this.exports.qjs_free_value(this.program);
    this.program = 0;
    this.rejections.release();
    this.guest.renew();
  }

  private settlement(settled: { fulfilled: boolean; text: string }): Settlement {
    const unhandled = this.rejections.reasons(MAX_REJECTIONS).map((reason) => this.guest.describe(reason));
    return { ...settled, unhandled, moreUnhandled: this.rejections.size - unhandled.length };
  }

  /** Quiet with nothing outstanding. A program that settled without saying so failed while its value was encoded. */
  private deadlock(): Turn["deadlock"] {
    if (this.exports.qjs_promise_state(this.program) !== PENDING) {
      throw new OutOfMemory("the program's value did not fit");
    }
    return { line: Number(this.guest.text("position")) };
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

  /** The text that an entry point answers with. Throws, and the machine is unsound, where it does not. */
  private ask(entry: "observe" | "observed", numbers: readonly number[]): string {
    let text: string | undefined;
    const broken = this.guarded(() => {
      text = this.guest.text(entry, numbers);
    });
    if (text === undefined) throw new Error(broken?.message ?? "no answer");
    return text;
  }
}
