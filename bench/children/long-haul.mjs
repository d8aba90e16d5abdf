// Prints whether many runs in one process stay as fast and as small as the first ones.
import { createSandbox } from "../../dist/index.js";

const runs = Number(process.argv[2]);
const PARTS = 10;
const sandbox = createSandbox({ tools: { add: async (a, b) => a + b } });

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
  parts.push({ ms, rss: process.memoryUsage.rss() / 1e6 });
}
const [first, last] = [parts[0], parts.at(-1)];
console.log(JSON.stringify({ runs, first: first.ms, last: last.ms, rssFirst: first.rss, rssLast: last.rss, parts }));
process.exit(0);
