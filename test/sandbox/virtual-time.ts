import { setImmediate as nextTask } from "node:timers";
import { createSandbox, type Outcome } from "../../src/index.ts";

const START_MS = Date.UTC(2026, 0, 1);

type Suspended = Outcome & { status: "suspended" };

/** The clock and the timers of the platform, replaced by ones that move when they are told to. */
class VirtualTime {
  /** Fractions only say what comes first within a millisecond: no clock shows them. */
  nowMs = START_MS;
  stands = false;
  private readonly due: { at: number; callback: () => void }[] = [];
  private readonly real = { setTimeout, clearTimeout, dateNow: Date.now, performanceNow: performance.now };

  install(): void {
    Date.now = () => Math.floor(this.nowMs);
    performance.now = () => Math.floor(this.nowMs) - START_MS;
    globalThis.setTimeout = ((callback: () => void, delayMs = 0) => {
      const timer = { at: Math.floor(this.nowMs) + Math.max(0, delayMs), callback };
      this.due.push(timer);
      return timer;
    }) as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((timer: never) => {
      const at = this.due.indexOf(timer);
      if (at >= 0) this.due.splice(at, 1);
    }) as unknown as typeof clearTimeout;
  }

  uninstall(): void {
    const { clearTimeout, dateNow, performanceNow, setTimeout } = this.real;
    Date.now = dateNow;
    performance.now = performanceNow;
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }

  /** Runs the callback that is due next, if it is due by `untilMs`; time goes on to it. */
  step(untilMs: number): void {
    const [next] = this.due.toSorted((a, b) => a.at - b.at);
    if (!next || next.at > untilMs || this.stands) return;
    this.due.splice(this.due.indexOf(next), 1);
    this.nowMs = Math.max(this.nowMs, next.at);
    next.callback();
  }

  /** Sets the clock back: what earlier runs left behind is no timer of the next one. */
  restart(): void {
    for (const { callback } of this.due.splice(0)) callback();
    this.nowMs = START_MS;
  }

  /** Sets the clock forward: what was due by now comes first, as the host's own steps do. */
  jump(toMs: number): void {
    while (!this.stands && this.due.some(({ at }) => at <= this.nowMs)) this.step(this.nowMs);
    this.nowMs = Math.max(this.nowMs, toMs);
  }
}

let time: VirtualTime | undefined;

/** Runs `body` on a clock that moves only by the timers that are waited for. */
export async function inVirtualTime<T>(body: () => Promise<T>): Promise<T> {
  // All that is loaded or made at the first run is there before: it takes real time.
  await using sandbox = createSandbox({ isolation: "inline" });
  await Promise.all([sandbox.run("await sleep(1); return 1"), sandbox.run("const a: number = 1; return a")]);
  time = new VirtualTime();
  time.install();
  try {
    return await body();
  } finally {
    time.uninstall();
  }
}

/** The result of `work`, during which time stands: it takes real time. */
export async function inNoTime<T>(work: () => Promise<T>): Promise<T> {
  if (time) time.stands = true;
  try {
    return await work();
  } finally {
    if (time) time.stands = false;
  }
}

/** Sets the clock back to where it began. */
export function fromTheBeginning(): void {
  time?.restart();
}

/** The outcome of a run. Time goes on by what it waits for, in steps of `atMostMs`: what is sealed meanwhile takes none. */
export async function awaited(outcome: Promise<Outcome>, atMostMs = 3): Promise<Outcome> {
  let settled = false;
  void outcome.then(() => {
    settled = true;
  });
  for (;;) {
    await new Promise((resolve) => nextTask(resolve));
    if (settled) return await outcome;
    time?.step(time.nowMs + atMostMs);
  }
}

/**
 * Resumes a suspended run until it is not suspended any more, and tells how many times that was. Time passes to its next
 * wake-up, unless it was `asked` to suspend.
 */
export async function throughSuspensions(
  first: Outcome,
  goOn: (suspended: Suspended) => Promise<Outcome>,
  asked: () => boolean = () => false,
): Promise<{ outcome: Outcome; times: number }> {
  let outcome = first;
  let times = 0;
  for (; outcome.status === "suspended"; times++) {
    const { pending } = outcome;
    if (time && !asked()) time.jump(Math.min(...pending.map(({ wakeAt = 0 }) => wakeAt)));
    outcome = await goOn(outcome);
  }
  return { outcome, times };
}

/** What two runs of one program have in common however they were run. */
export function essence({ calls, logs, warnings, ...outcome }: Outcome): unknown {
  const end =
    outcome.status === "completed" ? outcome.value : outcome.status === "failed" ? outcome.error : "suspended";
  return { calls: calls.map(({ durationMs: _, ...call }) => call), logs, warnings, end };
}
