const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const BACKGROUND_PAUSE_MS = 5_000;

/**
 * When a server that failed may be tried again. The first try after a failure is free; from then on the pauses grow,
 * so that guest code in a loop does not start a process at each turn.
 */
export class Backoff {
  #failures = 0;
  #failedAt = 0;

  failed(): void {
    this.#failures += 1;
    this.#failedAt = Date.now();
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Whether a call may try again now. */
  get mayTry(): boolean {
    const pause = this.#failures < 2 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 2), LONGEST_PAUSE_MS);
    return Date.now() - this.#failedAt >= pause;
  }

  /** Whether to try again though nobody called. */
  get mayTryUnasked(): boolean {
    return this.mayTry && Date.now() - this.#failedAt >= BACKGROUND_PAUSE_MS;
  }
}
