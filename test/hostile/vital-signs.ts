import { readFileSync, writeFileSync } from "node:fs";

const KiB = 1024;
const BEAT_MS = 5;

/** What a process felt while something of a guest went on in it. */
export interface Vitals {
  /** The longest time that its event loop stood still. */
  readonly stillMs: number;
  /** How far its resident memory rose at its highest. */
  readonly grownBytes: number;
  /** What was thrown or rejected, and handled by nobody. */
  readonly strays: readonly string[];
}

const strays: string[] = [];

/** From now on, what nobody handles is kept for `watchVitals` and does not end the process. */
export function keepStrays(): void {
  const keep = (reason: unknown) => strays.push(String((reason as Error)?.stack ?? reason));
  process.on("unhandledRejection", keep);
  process.on("uncaughtException", keep);
}

/** Begins to watch this process; gives what ends the watch and tells what was seen. */
export function watchVitals(): () => Promise<Vitals> {
  globalThis.gc?.();
  strays.length = 0;
  resetPeak();
  const before = process.memoryUsage.rss();
  const beat = heartbeat();
  return async () => {
    // What a settled promise let loose is thrown by now.
    await new Promise((resolve) => setTimeout(resolve, 1));
    const stillMs = beat();
    return { stillMs, grownBytes: Math.max(peakBytes(), process.memoryUsage.rss()) - before, strays: [...strays] };
  };
}

function heartbeat(): () => number {
  let last = performance.now();
  let longest = 0;
  const beat = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last - BEAT_MS);
    last = now;
  };
  const timer = setInterval(beat, BEAT_MS);
  return () => {
    beat();
    clearInterval(timer);
    return longest;
  };
}

/** Linux keeps the largest resident size since it was last asked to forget it. */
function resetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Elsewhere only what is left afterwards can be told.
  }
}

function peakBytes(): number {
  try {
    const [, text] = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return Number(text ?? 0) * KiB;
  } catch {
    return 0;
  }
}
