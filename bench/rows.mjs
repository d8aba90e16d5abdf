import { ratio } from "./harness.mjs";

/** A line of the table: our time beside that of each peer that took part. */
export function row(title, ours, peers, results, goals, note) {
  return {
    title,
    ours: results[ours.key],
    peers: peers.flatMap(({ key }) =>
      results[key] ? [{ key, result: results[key], ratio: ratio(results[key], results[ours.key]) }] : [],
    ),
    goals: goals.filter(Boolean),
    note,
  };
}

/** A goal: so many times faster than a peer. Not measured where that peer is not here. */
export function faster(results, ours, key, times) {
  const text = `${times} times faster than ${key}`;
  if (!results[key]) return { text, measured: `${key} is not installed`, met: undefined };
  const measured = ratio(results[key], results[ours.key]);
  return { text, measured: `${measured.toFixed(1)} times`, met: measured >= times };
}

/** A goal: at most so much of something. */
export function atMost(text, value, limit, unit) {
  return { text, measured: `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`, met: value <= limit };
}
