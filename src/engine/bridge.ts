import { Arguments } from "./arguments.ts";
import type { EngineExports, Pointer } from "./exports.ts";
import { BYTES_IN_FLIGHT, InFlight } from "./in-flight.ts";
import { LogWindow } from "./logs.ts";
import type { Memory } from "./memory.ts";
import type { BridgeState, Emission, MachineSetup, MachineState } from "./messages.ts";
import type { Meter } from "./meter.ts";
import { platformRandom, type RandomSource, SeededRandom } from "./random.ts";
import { TimerSet, timerKind } from "./timer-set.ts";
import { Writes } from "./writes.ts";

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
const COMMENT = 14;
const SET = 15;
const PULL = 16;
const STOP = 17;

const MAX_TIMERS = 10_000;
/** Callbacks that threw and are still told. */
const MAX_UNCAUGHT = 20;

/** The host half of the bridge: takes what the guest lets out, within the run's budgets, and answers at once. */
export class Bridge {
  emissions: Emission[] = [];
  settled: { fulfilled: boolean; text: string } | undefined;
  /** Ids of calls, yields, timers and parts of streams that the host still owes an answer. */
  readonly outstanding: Set<number> = new Set();
  readonly logs: LogWindow = new LogWindow();
  calls = 0;
  yields = 0;
  readonly writes: Writes = new Writes();
  private readonly timers: TimerSet = new TimerSet();
  private uncaughtErrors = 0;
  /** The first call beyond the limit stands in the record for all further ones. */
  private refusedId: number | undefined;
  private overLimit = 0;
  private readonly inFlight: InFlight = new InFlight();
  private setup: MachineSetup | undefined;
  private random: RandomSource = platformRandom;
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

  begin(setup: MachineSetup, delta?: MachineState): void {
    this.setup = setup;
    this.random = setup.seeded ? SeededRandom.begin(setup.seed) : platformRandom;
    this.emissions = [];
    this.settled = undefined;
    this.timers.begin(delta?.timers);
    this.uncaughtErrors = delta?.uncaughtErrors ?? 0;
    this.refusedId = delta?.refusedId;
    this.overLimit = delta?.overLimit ?? 0;
    this.calls = delta?.calls ?? 0;
    this.yields = delta?.yields ?? 0;
    this.writes.begin(delta?.writes);
    this.outstanding.clear();
    for (const id of delta?.outstanding ?? []) this.outstanding.add(id);
    this.inFlight.begin(delta?.inFlight);
    this.logs.begin(setup.limits, delta?.logs);
  }

  /** Takes a repeating sequence up where it was. */
  goOnRandom({ random }: BridgeState): void {
    if (random) this.random = SeededRandom.goOn(random);
  }

  /** What a run that goes on elsewhere needs of this half. Only between turns. */
  save(): BridgeState {
    return {
      outstanding: [...this.outstanding],
      timers: this.timers.save(),
      inFlight: this.inFlight.save(),
      calls: this.calls,
      yields: this.yields,
      writes: this.writes.count,
      ...(this.refusedId !== undefined && { refusedId: this.refusedId }),
      overLimit: this.overLimit,
      uncaughtErrors: this.uncaughtErrors,
      ...(this.random.words && { random: this.random.words }),
      logs: this.logs.save(),
    };
  }

  /** What came out since the last time. */
  drain(): Emission[] {
    const { emissions } = this;
    this.emissions = [];
    this.writes.taken();
    this.timers.drain(emissions);
    return emissions;
  }

  /** Forgets what came out since the last time. */
  drop(): void {
    this.drain();
    this.logs.flush();
  }

  /** What is told when the run is over: held-back logs, and how much was not told one by one. */
  close(): void {
    this.emissions.push(...this.logs.flush());
    const more = { calls: this.overLimit - 1, errors: this.uncaughtErrors - MAX_UNCAUGHT };
    if (more.calls > 0) this.emissions.push({ type: "dropped", what: "refused calls", count: more.calls });
    if (more.errors > 0) this.emissions.push({ type: "dropped", what: "uncaught errors", count: more.errors });
  }

  /** An answer arrived: false if nothing waits for it. */
  answered(id: number): boolean {
    this.inFlight.release(id);
    return this.outstanding.delete(id);
  }

  /** A callback threw and nobody could catch it; describes it only if it will be told. */
  uncaught(describe: () => string): void {
    if (this.uncaughtErrors++ < MAX_UNCAUGHT) this.emissions.push({ type: "uncaught", error: describe() });
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
        return this.timer(args.number(1), args);
      case CLEAR:
        return this.clear(args.number(1));
      case LOG:
        return this.log(args);
      case YIELD:
        return this.yielded(args.number(1), args);
      case COMMENT:
        return this.comment(args);
      case SET:
        return this.write(args);
      case PULL:
        this.outstanding.add(args.number(1));
        return this.emit({ type: "pull", id: args.number(1), call: args.number(3) });
      case STOP:
        return this.emit({ type: "stop", call: args.number(1) });
      case SETTLED:
        this.settled ??= { fulfilled: args.number(1) === 1, text: args.text(3) };
        return this.exports.qjs_get_undefined();
      case UNCAUGHT:
        this.uncaught(() => args.text(3));
        return this.exports.qjs_get_undefined();
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
    if (this.calls >= limits.toolCalls) return this.refuseOverLimit(id, args);
    const input = args.text(3);
    const bytes = args.lastBytes;
    this.calls++;
    if (!this.inFlight.fits(bytes, limits.toolInputBytes)) return this.refuseInput(id, args, bytes);
    this.hold(id, bytes);
    return this.emit({ type: "call", id, tool: args.name(2), input, stack: args.stack(4) });
  }

  private refusedCall(id: number, args: Arguments): Pointer {
    if (this.calls >= this.settings().limits.toolCalls) return this.refuseOverLimit(id, args);
    this.calls++;
    return this.emit({ type: "refused", id, tool: args.name(2), failure: args.text(3), stack: args.stack(4) });
  }

  private refuseInput(id: number, args: Arguments, bytes: number): Pointer {
    const { toolInputBytes } = this.settings().limits;
    const message =
      bytes > toolInputBytes
        ? `the input is larger than ${toolInputBytes} bytes`
        : `the inputs of the calls that wait for an answer are larger than ${BYTES_IN_FLIGHT} bytes together`;
    const failure = JSON.stringify({ name: "CallError", code: "input_limit", message });
    this.emissions.push({ type: "refused", id, tool: args.name(2), failure, stack: args.stack(4) });
    return args.newText(failure);
  }

  private refuseOverLimit(id: number, args: Arguments): Pointer {
    this.overLimit++;
    const first = this.refusedId === undefined;
    this.refusedId ??= id;
    const message = `the run made more than ${this.settings().limits.toolCalls} calls`;
    const failure = JSON.stringify({ name: "CallError", code: "call_limit", message, call: this.refusedId });
    if (first) this.emissions.push({ type: "refused", id, tool: args.name(2), failure, stack: args.stack(4) });
    return args.newText(failure);
  }

  private hold(id: number, bytes: number): void {
    this.outstanding.add(id);
    this.inFlight.hold(id, bytes);
  }

  private timer(id: number, args: Arguments): Pointer {
    if (!this.outstanding.has(id)) {
      if (this.timers.running >= MAX_TIMERS) return this.exports.qjs_get_false();
      this.outstanding.add(id);
    }
    const what = timerKind(args.name(2));
    this.timers.start({ type: "timer", id, what, delayMs: args.number(3), stack: args.stack(4) });
    return this.exports.qjs_get_true();
  }

  private clear(id: number): Pointer {
    if (this.outstanding.delete(id)) this.timers.stop(id);
    return this.exports.qjs_get_undefined();
  }

  /** Whether a timer that is due still runs. An interval asks for its next time at once. */
  woken(id: number): boolean {
    if (!this.outstanding.delete(id)) return false;
    this.timers.woken(id);
    return true;
  }

  private yielded(id: number, args: Arguments): Pointer {
    const { limits } = this.settings();
    if (this.yields >= limits.yields) {
      this.meter.reached = { code: "yield_limit", message: `the run yielded more than ${limits.yields} times` };
      this.meter.check();
    }
    const value = args.text(3);
    const bytes = args.lastBytes;
    if (!this.inFlight.fits(bytes, limits.resultBytes)) {
      const message = "the yielded values that wait for an answer are too large together";
      return args.newText(JSON.stringify({ name: "CallError", code: "result_limit", message }));
    }
    this.yields++;
    this.hold(id, bytes);
    return this.emit({ type: "yield", id, value, stack: args.stack(4) });
  }

  private log(args: Arguments): Pointer {
    const entry = this.logs.take({
      type: "log",
      level: args.name(2),
      values: args.text(3),
      stack: args.stack(4),
      at: Date.now(),
    });
    if (entry) this.emissions.push(entry);
    return this.exports.qjs_get_undefined();
  }

  private comment(args: Arguments): Pointer {
    // A program that finds the helper may call it with any numbers.
    const length = Math.max(0, Math.trunc(args.number(3)) || 0);
    const entry = this.logs.take({ type: "comment", index: Math.trunc(args.number(1)) || 0, length });
    if (entry) this.emissions.push(entry);
    return this.exports.qjs_get_undefined();
  }

  private write(args: Arguments): Pointer {
    const name = args.name(2);
    const dot = name.lastIndexOf(".");
    const object = name.slice(0, Math.max(dot, 0));
    const property = name.slice(dot + 1);
    const value = args.text(3);
    const problem = this.writes.take({ object, property, text: value }, args.lastBytes, this.settings().limits);
    if (problem !== undefined) return args.newText(problem);
    return this.emit({ type: "set", object, property, value, stack: args.stack(4) });
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
