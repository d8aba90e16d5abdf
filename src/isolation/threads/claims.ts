/**
 * Who may touch a machine: its thread, while it carries out a command, or the thread's host, which may take a machine
 * that stands still away. Two words for each slot, in memory that both share: the run that has it with its state, and how
 * many commands of that run are done. A thread may be far behind its host: what it still has to do for a run that has
 * left the slot finds another run's number there.
 */

const QUIET = 0;
const RUNNING = 1;
const GONE = 2;
const STATES = 4;
const WORDS = 2;
/** So many numbers of runs fit into a word. */
const NUMBERS = 2 ** 29;

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

  /** On the host: the run has the slot from now on. No command of the run before may be running. */
  give(slot: number, run: number): void {
    Atomics.store(this.words, slot * WORDS + 1, 0);
    Atomics.store(this.words, slot * WORDS, word(run, QUIET));
  }

  /** In the thread: takes the machine for a command; false if the run does not stand here any more. */
  enter(slot: number, run: number): boolean {
    return this.exchange(slot, run, RUNNING);
  }

  /** In the thread: the command is done. */
  leave(slot: number, run: number): void {
    Atomics.add(this.words, slot * WORDS + 1, 1);
    Atomics.store(this.words, slot * WORDS, word(run, QUIET));
  }

  /** On the host: takes the run away unless its machine is running; the thread will not touch it any more. */
  take(slot: number, run: number): boolean {
    return this.exchange(slot, run, GONE);
  }

  isRunning(slot: number, run: number): boolean {
    return Atomics.load(this.words, slot * WORDS) === word(run, RUNNING);
  }

  /** How many commands of the run that has the slot are done. */
  done(slot: number): number {
    return Atomics.load(this.words, slot * WORDS + 1);
  }

  private exchange(slot: number, run: number, state: number): boolean {
    const quiet = word(run, QUIET);
    return Atomics.compareExchange(this.words, slot * WORDS, quiet, word(run, state)) === quiet;
  }
}

function word(run: number, state: number): number {
  return (run % NUMBERS) * STATES + state;
}
