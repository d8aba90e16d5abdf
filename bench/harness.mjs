import { setImmediate as turn } from "node:timers/promises";

/** How long a benchmark measures: rounds, and the time each contender gets in one round. */
export const FULL = { rounds: 15, batchMs: 60, warmMs: 150, processes: 7 };
export const QUICK = { rounds: 5, batchMs: 25, warmMs: 60, processes: 3 };

/** The value at a share of the sorted samples. */
export function quantile(samples, share) {
  const sorted = Float64Array.from(samples).sort();
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
}

export const median = (samples) => quantile(samples, 0.5);

/**
 * Times contenders against each other: in every round each runs one batch, in turns, so that a noisy second hurts all.
 * A contender is `{ key, once, before? }`; `once()` does one iteration, checks its answer, and throws if it is wrong;
 * `before()` gets ready for a batch. Gives per
 * contender the median over rounds of the batch medians, the 90th percentile of all samples, and the batch medians.
 */
export async function compare(contenders, { rounds, batchMs, warmMs, maxSamples }) {
  const entries = contenders.map((contender) => ({ ...contender, batches: [], samples: [] }));
  for (const entry of entries) {
    await entry.before?.();
    await batch(entry.once, warmMs, maxSamples);
  }
  for (let round = 0; round < rounds; round++) {
    // Another order in each round: nobody always follows the same neighbour.
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[(i + round) % entries.length];
      await entry.before?.();
      await settle();
      await batch(entry.once, batchMs / 10, maxSamples);
      const samples = await batch(entry.once, batchMs, maxSamples);
      entry.batches.push(median(samples));
      entry.samples.push(...samples);
    }
  }
  return Object.fromEntries(
    entries.map(({ batches, key, samples }) => [
      key,
      { ms: median(batches), p90: quantile(samples, 0.9), best: Math.min(...batches), batches, count: samples.length },
    ]),
  );
}

/** Runs for a while, three times if that takes not much longer; gives the milliseconds of each iteration. */
async function batch(once, forMs, maxSamples = Number.POSITIVE_INFINITY) {
  const samples = [];
  const end = performance.now() + forMs;
  const latest = end + 4 * forMs;
  do {
    const start = performance.now();
    await once();
    samples.push(performance.now() - start);
  } while (performance.now() < end ? samples.length < maxSamples : samples.length < 3 && performance.now() < latest);
  return samples;
}

/** Lets the neighbour's leftovers go: its young garbage, its queued work. A full collection would flush compiled code. */
async function settle() {
  await turn();
  globalThis.gc?.({ type: "minor" });
  await turn();
}

/** How many times slower `other` is than `ours`: the median of the ratios within each round. */
export function ratio(other, ours) {
  return median(other.batches.map((ms, round) => ms / ours.batches[round]));
}

/** What a measurement takes beyond another one of the same comparison, round by round. */
export function minus(measured, base) {
  const batches = measured.batches.map((ms, round) => ms - base.batches[round]);
  return { ms: median(batches), p90: Number.NaN, batches };
}

/** Throws unless the answer is what it must be. */
export function expect(actual, expected, what) {
  if (!Object.is(actual, expected)) throw new Error(`${what}: got ${String(actual)}, expected ${String(expected)}`);
}
