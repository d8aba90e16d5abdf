/**
 * Who may touch a machine: its thread, while it carries out a command, or the thread's host, which may take a machine
 * that stands still away. Two words for each slot, in memory that both share: its state, and how many commands are done.
 */

const QUIET = 0;
const RUNNING = 1;
const GONE = 2;
const WORDS = 2;

/** The claims of a thread's slots. */
export class Claims {
  readonly buffer: SharedArrayBuffer;
  private readonly words: Int32Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
  }

  /** New claims; undefined where threads can't share memory. */
  static make(slots: number): Claims | undefined {
    if (typeof SharedArrayBuffer !== "function") return undefined;
    return new Claims(new SharedArrayBuffer(slots * WORDS * 4));
  }

  /** On the host: another run is to have the slot. */
  give(slot: number): void {
    Atomics.store(this.words, slot * WORDS + 1, 0);
  }

  /** In the thread: it has. Not before: until then a run that was taken away may have commands there. */
  begin(slot: number): void {
    Atomics.store(this.words, slot * WORDS, QUIET);
  }

  /** In the thread: nobody has it. */
  end(slot: number): void {
    Atomics.store(this.words, slot * WORDS, GONE);
  }

  /** In the thread: takes the machine for a command; false if its host took the run away. */
  enter(slot: number): boolean {
    return Atomics.compareExchange(this.words, slot * WORDS, QUIET, RUNNING) === QUIET;
  }

  /** In the thread: the command is done. */
  leave(slot: number): void {
    Atomics.add(this.words, slot * WORDS + 1, 1);
    Atomics.store(this.words, slot * WORDS, QUIET);
  }

  /** On the host: takes the run away unless its machine is running; the thread will not touch it any more. */
  take(slot: number): boolean {
    return Atomics.compareExchange(this.words, slot * WORDS, QUIET, GONE) !== RUNNING;
  }

  isRunning(slot: number): boolean {
    return Atomics.load(this.words, slot * WORDS) === RUNNING;
  }

  /** How many commands of the run that has the slot are done. */
  done(slot: number): number {
    return Atomics.load(this.words, slot * WORDS + 1);
  }
}
