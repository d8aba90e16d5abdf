import type { EngineExports, Pointer } from "./exports.ts";
import { LogWindow } from "./logs.ts";
import { type Memory, OutOfMemory } from "./memory.ts";
import type { Delta, Emission, MachineSetup } from "./messages.ts";
import type { Meter } from "./meter.ts";
import { platformRandom, type RandomBytes, seededRandom } from "./random.ts";

// Kinds of messages from the guest, the same table as guest/bridge.js.
const CALL = 1;
const REFUSED = 2;
const TIMER = 3;
const CLEAR = 4;
const LOG = 5;
const YIELD = 6;
const SETTLED = 7;
const UNCAUGHT = 8;
const NAMES = 9;
const RANDOM = 10;
const ENCODE = 11;
const DECODE = 12;
const CLASS = 13;

const MAX_TIMERS = 10_000;
const PRIVATE_MEMBERS = 4;
const PRIVATE_FLAG = 65_536;
const MAX_NAME_LENGTH = 1024;

/** The host half of the bridge: takes what the guest lets out, within the run's budgets, and answers at once. */
export class Bridge {
  emissions: Emission[] = [];
  settled: { fulfilled: boolean; text: string } | undefined;
  /** Ids of calls, yields and timers that the host still owes an answer. */
  readonly outstanding: Set<number> = new Set();
  readonly logs: LogWindow = new LogWindow();
  calls = 0;
  yields = 0;
  private timers = 0;
  private setup: MachineSetup | undefined;
  private random: RandomBytes = platformRandom;
  private readonly exports: EngineExports;
  private readonly memory: Memory;
  private readonly meter: Meter;
  private readonly out: Pointer;

  constructor(exports: EngineExports, memory: Memory, meter: Meter, out: Pointer) {
    this.exports = exports;
    this.memory = memory;
    this.meter = meter;
    this.out = out;
  }

  begin(setup: MachineSetup, delta?: Delta): void {
    this.setup = setup;
    this.random = setup.seeded ? seededRandom(setup.seed) : platformRandom;
    this.emissions = [];
    this.settled = undefined;
    this.timers = 0;
    this.calls = delta?.calls ?? 0;
    this.yields = delta?.yields ?? 0;
    this.outstanding.clear();
    for (const id of delta?.outstanding ?? []) this.outstanding.add(id);
    this.logs.begin(setup.limits, delta?.logs);
  }

  /** What came out since the last time. */
  drain(): Emission[] {
    const { emissions } = this;
    this.emissions = [];
    return emissions;
  }

  /** Called by the guest: kind, id, name, then a text, number or object, then a stack. Returns a boxed value. */
  receive(argc: number, argv: Pointer): Pointer {
    this.meter.check();
    const args = new Arguments(this.exports, this.memory, this.out, argc, argv);
    switch (args.number(0)) {
      case CALL:
        return this.call(args.number(1), args);
      case REFUSED:
        return this.refusedCall(args.number(1), args);
      case TIMER:
        return this.timer(args.number(1), args.number(3));
      case CLEAR:
        return this.clear(args.number(1));
      case LOG:
        return this.log(args);
      case YIELD:
        return this.yielded(args.number(1), args);
      case SETTLED:
        this.settled ??= { fulfilled: args.number(1) === 1, text: args.text(3) };
        return this.exports.qjs_get_undefined();
      case UNCAUGHT:
        return this.emit({ type: "uncaught", error: args.text(3) });
      default:
        return this.answer(args);
    }
  }

  private answer(args: Arguments): Pointer {
    switch (args.number(0)) {
      case NAMES:
        return args.newText(this.names(args.text(2)));
      case RANDOM:
        return args.newBytes(args.number(1), this.random);
      case ENCODE:
        return args.utf8(3);
      case DECODE:
        return args.decoded(3, args.text(2), args.number(1) === 1);
      case CLASS:
        return this.exports.qjs_new_number(args.classNumber(3));
      default:
        return this.exports.qjs_get_undefined();
    }
  }

  private call(id: number, args: Arguments): Pointer {
    const { limits } = this.settings();
    if (this.calls >= limits.toolCalls) {
      const message = `the run made more than ${limits.toolCalls} calls`;
      const failure = JSON.stringify({ name: "CallError", code: "call_limit", message });
      this.emissions.push({ type: "refused", id, tool: args.name(2), failure, stack: args.text(4) });
      return args.newText(failure);
    }
    this.calls++;
    this.outstanding.add(id);
    return this.emit({ type: "call", id, tool: args.name(2), input: args.text(3), stack: args.text(4) });
  }

  private refusedCall(id: number, args: Arguments): Pointer {
    // A flood of refused calls must not fill the host's memory either.
    if (this.calls >= this.settings().limits.toolCalls) return this.exports.qjs_get_undefined();
    this.calls++;
    return this.emit({ type: "refused", id, tool: args.name(2), failure: args.text(3), stack: args.text(4) });
  }

  private timer(id: number, delayMs: number): Pointer {
    if (!this.outstanding.has(id)) {
      if (this.timers >= MAX_TIMERS) return this.exports.qjs_get_false();
      this.timers++;
      this.outstanding.add(id);
    }
    this.emissions.push({ type: "timer", id, delayMs });
    return this.exports.qjs_get_true();
  }

  private clear(id: number): Pointer {
    if (this.outstanding.delete(id)) this.timers--;
    return this.emit({ type: "clear", id });
  }

  /** A timer is due: an interval asks again at once, and stays outstanding then. */
  woken(id: number): boolean {
    if (!this.outstanding.delete(id)) return false;
    this.timers--;
    return true;
  }

  private yielded(id: number, args: Arguments): Pointer {
    const { limits } = this.settings();
    if (this.yields >= limits.yields) {
      this.meter.reached = { code: "yield_limit", message: `the run yielded more than ${limits.yields} times` };
      this.meter.check();
    }
    this.yields++;
    this.outstanding.add(id);
    return this.emit({ type: "yield", id, value: args.text(3), stack: args.text(4) });
  }

  private log(args: Arguments): Pointer {
    const entry = this.logs.take({
      type: "log",
      level: args.name(2),
      values: args.text(3),
      stack: args.text(4),
      at: Date.now(),
    });
    if (entry) this.emissions.push(entry);
    return this.exports.qjs_get_undefined();
  }

  private emit(emission: Emission): Pointer {
    this.emissions.push(emission);
    return this.exports.qjs_get_undefined();
  }

  private names(path: string): string {
    const prefix = path === "" ? "" : `${path}.`;
    const children = new Set<string>();
    for (const name of this.settings().toolNames) {
      if (name.startsWith(prefix)) children.add(name.slice(prefix.length).split(".", 1)[0] ?? "");
    }
    return JSON.stringify([...children]);
  }

  private settings(): MachineSetup {
    if (!this.setup) throw new Error("the machine has no run");
    return this.setup;
  }
}

/** The arguments of one message: each is checked for its type, as nothing inside a machine is trusted. */
class Arguments {
  private readonly exports: EngineExports;
  private readonly memory: Memory;
  private readonly out: Pointer;
  private readonly argc: number;
  private readonly argv: Pointer;

  constructor(exports: EngineExports, memory: Memory, out: Pointer, argc: number, argv: Pointer) {
    this.exports = exports;
    this.memory = memory;
    this.out = out;
    this.argc = argc;
    this.argv = argv;
  }

  number(index: number): number {
    const value = this.at(index);
    return value !== 0 && this.exports.qjs_is_number(value) ? this.exports.qjs_get_float64(value) : 0;
  }

  text(index: number): string {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_string(value)) return "";
    const chars = this.exports.qjs_get_string_len(value, this.out);
    if (chars === 0) throw new OutOfMemory("a string did not fit");
    const text = this.memory.readText(chars >>> 0, this.memory.readWord(this.out));
    this.exports.qjs_free_cstring(chars);
    return text;
  }

  name(index: number): string {
    return this.text(index).slice(0, MAX_NAME_LENGTH);
  }

  classNumber(index: number): number {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_object(value)) return 0;
    return this.exports.qjs_get_class_id(value) + (this.hasPrivateMembers(value) ? PRIVATE_FLAG : 0);
  }

  utf8(index: number): Pointer {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_string(value)) return this.exports.qjs_get_undefined();
    const chars = this.exports.qjs_get_string_len(value, this.out);
    if (chars === 0) throw new OutOfMemory("a string did not fit");
    const buffer = this.exports.qjs_new_array_buffer(chars, this.memory.readWord(this.out));
    this.exports.qjs_free_cstring(chars);
    return buffer;
  }

  decoded(index: number, encoding: string, fatal: boolean): Pointer {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_array_buffer(value)) return this.exports.qjs_get_undefined();
    const at = this.exports.qjs_get_array_buffer(value, this.out) >>> 0;
    const bytes = this.memory.bytes.slice(at, at + this.memory.readWord(this.out));
    try {
      return this.newText(new TextDecoder(encoding, { fatal, ignoreBOM: true }).decode(bytes));
    } catch {
      return this.exports.qjs_get_undefined();
    }
  }

  newText(text: string): Pointer {
    return this.memory.withText(text, { at: 0, length: 0 }, (at, length) => this.exports.qjs_new_string(at, length));
  }

  newBytes(length: number, fill: RandomBytes): Pointer {
    const bytes = new Uint8Array(Math.min(Math.max(length | 0, 0), 1 << 20));
    fill(bytes);
    const at = this.memory.allocate(bytes.length + 1);
    this.memory.bytes.set(bytes, at);
    const buffer = this.exports.qjs_new_array_buffer(at, bytes.length);
    this.memory.free(at);
    return buffer;
  }

  /** Private members are properties under private names: the engine lists them without running anything. */
  private hasPrivateMembers(value: Pointer): boolean {
    const context = this.exports.qjs_get_context_ptr();
    const boxed = new DataView(this.memory.bytes.buffer).getBigInt64(value, true);
    if (this.exports.JS_GetOwnPropertyNames(context, this.out, this.out + 4, boxed, PRIVATE_MEMBERS) !== 0)
      return false;
    const count = this.memory.readWord(this.out + 4);
    this.exports.JS_FreePropertyEnum(context, this.memory.readWord(this.out), count);
    return count > 0;
  }

  private at(index: number): Pointer {
    return index < this.argc ? this.memory.readWord(this.argv + index * 4) : 0;
  }
}
