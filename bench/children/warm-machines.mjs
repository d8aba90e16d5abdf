// Prints the resident memory of each machine that stands ready: sixteen runs wait at once, end, and leave their machines.
import { setTimeout as sleep } from "node:timers/promises";
import { createSandbox } from "../../dist/index.js";

const MACHINES = 16;
let release;
let gate;
const arm = () => {
  gate = new Promise((resolve) => {
    release = resolve;
  });
};
const sandbox = createSandbox({ isolation: "inline", tools: { wait: () => gate } });
const SOURCE = "await tools.wait(); let sum = 0; for (let i = 0; i < 1000; i++) sum += i; return sum;";

async function together(count) {
  arm();
  const runs = Array.from({ length: count }, () => sandbox.run(SOURCE));
  await sleep(50);
  release(1);
  for (const outcome of await Promise.all(runs)) {
    if (outcome.value !== 499_500) throw new Error(`wrong answer: ${JSON.stringify(outcome)}`);
  }
}

async function residentMb() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await sleep(50);
  }
  return process.memoryUsage.rss() / 1e6;
}

for (let i = 0; i < 50; i++) await together(1);
const before = await residentMb();
for (let i = 0; i < 5; i++) await together(MACHINES);
const after = await residentMb();
console.log(JSON.stringify({ machines: MACHINES, mb: (after - before) / (MACHINES - 1) }));
process.exit(0);
