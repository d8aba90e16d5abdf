// Prints whether many runs in one process stay as fast and as small as the first ones.
import { createSandbox } from "../../dist/index.js";

const runs = Number(process.argv[2]);
const PARTS = 10;
const sandbox = createSandbox({ isolation: "inline", tools: { add: async (a, b) => a + b } });

async function some(count) {
  for (let i = 0; i < count; i++) {
    // Every tenth run calls a tool and logs, each with a source of its own among a hundred.
    const outcome =
      i % 10 === 0
        ? await sandbox.run(`console.log(${i % 1000}); return tools.add(${i % 1000}, 1)`)
        : await sandbox.run("return 1");
    if (outcome.value !== (i % 10 === 0 ? (i % 1000) + 1 : 1)) throw new Error(JSON.stringify(outcome));
  }
}

await some(5000);
const parts = [];
for (let part = 0; part < PARTS; part++) {
  globalThis.gc();
  const start = performance.now();
  await some(runs / PARTS);
  const ms = (performance.now() - start) / (runs / PARTS);
  globalThis.gc();
  const { heapTotal, heapUsed, rss } = process.memoryUsage();
  // V8 gives free pages of its heap back when it likes: what counts is what is resident beyond them.
  parts.push({ ms, rss: rss / 1e6, held: (rss - heapTotal + heapUsed) / 1e6 });
}
const middle = (some, key) => some.map((part) => part[key]).sort((a, b) => a - b)[Math.floor(some.length / 2)];
// The first part still fills caches and the heap's young half: the three after it are compared with the last three.
const [early, late] = [parts.slice(1, 4), parts.slice(-3)];
const first = middle(early, "ms");
const last = middle(late, "ms");
const [heldFirst, heldLast] = [middle(early, "held"), middle(late, "held")];
console.log(JSON.stringify({ runs, first, last, heldFirst, heldLast, rssLast: parts.at(-1).rss }));
process.exit(0);
