/** How long work that never waits may keep the host's own from running. */
const MAX_STRETCH_MS = 20;

/** Lets the host's timers and messages in between steps that may follow each other without ever waiting for anything. */
export class EventLoop {
  private since: number | undefined;

  /** What to wait for before the next step, if something. */
  turn(): Promise<void> | undefined {
    if (this.since === undefined) {
      this.since = performance.now();
      setTimeout(() => {
        this.since = undefined;
      }, 0);
      return undefined;
    }
    if (performance.now() - this.since < MAX_STRETCH_MS) return undefined;
    return new Promise((resolve) => setTimeout(resolve, 0));
  }
}
