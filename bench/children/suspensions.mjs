// Prints whether a process stays small that suspends and resumes again and again: `node --expose-gc suspensions.mjs 20000`.
import { createSandbox, defineTool } from "../../dist/index.js";

const cycles = Number(process.argv[2] ?? 20_000);
const told = new Set([1_000, 5_000, 10_000, 20_000, cycles]);
const later = defineTool({ run: (_, { defer }) => defer() });
const tools = { later, ask: defineTool({ approval: true, run: (n) => n }), add: async (a, b) => a + b };
const sandbox = createSandbox({ tools, sleepInlineMs: 0 });
const source = `
  const seen = new Map(); let n = 0;
  const every = setInterval(() => n++, 86_400_000);
  for (let i = 0; i < 10; i++) {
    const [a] = await Promise.all([tools.later(i), tools.add(i, 1)]);
    console.log("round", i); seen.set(i, a); n += a;
  }
  clearInterval(every); return n + await tools.ask(seen.size)`;

let done = 0;
const start = performance.now();
while (done < cycles) {
  let outcome = await sandbox.run(source);
  while (outcome.status === "suspended") {
    const calls = outcome.pending.filter(({ kind }) => kind !== "sleep");
    const answers = calls.map(({ id, kind }) => [id, kind === "approval" ? { approve: true } : { value: 1 }]);
    outcome = await sandbox.resume(outcome.snapshot, { answers: Object.fromEntries(answers) }).outcome;
    if (told.has(++done)) tell();
  }
  if (outcome.value !== 20) throw new Error(JSON.stringify(outcome));
}
process.exit(0);

function tell() {
  globalThis.gc?.();
  const { arrayBuffers, external, heapUsed, rss } = process.memoryUsage();
  const mb = (bytes) => Number((bytes / 1e6).toFixed(1));
  const ms = Number(((performance.now() - start) / done).toFixed(3));
  console.log(
    JSON.stringify({
      cycles: done,
      rss: mb(rss),
      heapUsed: mb(heapUsed),
      external: mb(external),
      arrayBuffers: mb(arrayBuffers),
      ms,
    }),
  );
}
