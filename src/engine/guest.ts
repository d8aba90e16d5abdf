import type { EngineExports, Pointer } from "./exports.ts";
import type { BootImage, ENTRIES } from "./image.ts";
import { type Memory, OutOfMemory } from "./memory.ts";
import type { Delivery, MachineSetup, ProgramStart } from "./messages.ts";

/** Room for a file's name at the start of the scratch area. */
const NAME_BYTES = 256;

type Entry = (typeof ENTRIES)[number];

/** The guest's entry points: what the prelude gave the host to call at boot (guest/index.js). */
export class Guest {
  private readonly exports: EngineExports;
  private readonly memory: Memory;
  private readonly image: BootImage;
  private readonly isStopped: () => boolean;

  /** `isStopped` tells whether a limit was reached, after which entry points may come to nothing. */
  constructor(exports: EngineExports, memory: Memory, image: BootImage, isStopped: () => boolean) {
    this.exports = exports;
    this.memory = memory;
    this.image = image;
    this.isStopped = isStopped;
  }

  /** Sets what is new whenever a machine takes up a run; `originMs` is 0 for one that goes on. */
  begin(originMs: number, { limits, seed }: MachineSetup): void {
    const [a = 0, b = 0, c = 0, d = 0] = seed;
    const numbers = [originMs, a, b, c, d, limits.toolInputBytes, limits.resultBytes, limits.logBytes];
    this.callAndFree(
      "begin",
      numbers.map((value) => this.exports.qjs_new_number(value)),
    );
  }

  /** Gives the program what only some programs have. */
  furnish({ allowEval, functions, globals = "", input = "", objects = "" }: ProgramStart): void {
    if (!allowEval && globals === "" && input === "" && objects === "") return;
    const texts = [input, globals, JSON.stringify(functions), objects].map((text) => this.newText(text));
    this.callAndFree("furnish", [this.exports.qjs_new_number(allowEval ? 1 : 0), ...texts]);
  }

  /** Evaluates a program's text and calls it: gives its promise, or why the engine did not take it. */
  evaluate(start: ProgramStart): { readonly promise: Pointer } | { readonly refused: string } {
    const { exports, image, memory } = this;
    const { at, length } = image.layout.scratch;
    const name = { at, length: NAME_BYTES };
    const rest = { at: at + NAME_BYTES, length: length - NAME_BYTES };
    const outer = memory.withText(start.fileName, name, (file) =>
      memory.withText(start.text, rest, (text, bytes) => exports.qjs_eval(text, bytes, file, 0)),
    );
    if (exports.qjs_is_exception(outer)) return { refused: this.exception() };
    // Called from here, not from the prelude: no frame of ours stands below the program's.
    const program = this.apply(outer, [this.entry("watch"), this.entry("aid")]);
    const begun = this.apply(program, []);
    const promise = start.form === "generator" ? this.call("drive", [begun]) : begun;
    for (const box of [outer, program, ...(promise === begun ? [] : [begun])]) exports.qjs_free_value(box);
    if (exports.qjs_is_exception(promise)) return { refused: this.exception() };
    this.follow(promise, start.session === true);
    return { promise };
  }

  /** Settles a call, a yield or a pull. */
  deliver(delivery: Delivery): void {
    const text = this.newText(delivery.text);
    const { exports } = this;
    this.callAndFree("deliver", [exports.qjs_new_number(delivery.id), exports.qjs_new_number(howOf(delivery)), text]);
  }

  /** Runs the callback of a timer that is due. */
  wake(timer: number): void {
    this.callAndFree("wake", [this.exports.qjs_new_number(timer)]);
  }

  /** Forgets the calls and timers of an earlier program of the session. */
  renew(): void {
    this.callAndFree("renew", []);
  }

  /** What was thrown, as JSON. */
  describe(value: Pointer): string {
    return this.takeText(this.call("describe", [value]));
  }

  /** The text that an entry point answers with. Throws OutOfMemory where there is none. */
  text(entry: Entry, numbers: readonly number[] = []): string {
    const args = numbers.map((value) => this.exports.qjs_new_number(value));
    const text = this.takeText(this.call(entry, args));
    for (const box of args) this.exports.qjs_free_value(box);
    return text;
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

  private exception(): string {
    const error = this.exports.qjs_get_exception();
    const text = this.describe(error);
    this.exports.qjs_free_value(error);
    return text;
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
    if (failed && !this.isStopped()) throw new OutOfMemory("the guest's heap is full");
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
