// Prints what it takes that runs wait on one tool at once: `node --expose-gc parked.mjs 100000`.
import { createRuntime, createSandbox } from "../../dist/index.js";

const count = Number(process.argv[2] ?? 100_000);
const threads = Number(process.argv[3] ?? 2);
const runtime = createRuntime({ threads, maxConcurrentRuns: count + 64, maxQueuedRuns: count });
let answer;
const gates = [];
const ask = (n) => {
  const gate = new Promise((resolve) => gates.push(() => resolve(n * 2)));
  if (gates.length === count) answer();
  return gate;
};
const sandbox = createSandbox({ runtime, tools: { ask }, limits: { wallMs: 2 ** 31 - 1 } });
const source = "const held = new Map([[input, 'kept']]); const n = await tools.ask(input); return n + held.size";
await Promise.all(Array.from({ length: 64 }, () => sandbox.run("return 1")));
globalThis.gc?.();
const before = process.memoryUsage().rss;

const asked = new Promise((resolve) => {
  answer = resolve;
});
const beganAt = performance.now();
const runs = [];
while (runs.length < count) {
  // They come a thousand at a time: all at once, what waits to begin would be what is measured.
  const wanted = Math.min(count, runs.length + 1000);
  while (runs.length < wanted) runs.push(sandbox.run(source, { input: runs.length }));
  while (gates.length < wanted) await new Promise((resolve) => setTimeout(resolve, 1));
}
await asked;
// Until the last ones are at rest.
await new Promise((resolve) => setTimeout(resolve, 200));
const parkedMs = performance.now() - beganAt;
globalThis.gc?.();
const addedBytes = process.memoryUsage().rss - before;

const answeredAt = performance.now();
for (const open of gates) open();
let wrong = 0;
for (const [input, run] of runs.entries()) {
  const outcome = await run;
  if (outcome.status !== "completed" || outcome.value !== input * 2 + 1) wrong++;
}
const answeredMs = performance.now() - answeredAt;
const perSecond = (ms) => Math.round((count / ms) * 1000);
console.log(
  JSON.stringify({
    count,
    addedBytes,
    beganPerSecond: perSecond(parkedMs),
    answeredPerSecond: perSecond(answeredMs),
    wrong,
  }),
);
process.exit(0);
