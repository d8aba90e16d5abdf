// Prints what a sandbox with ten tools costs: time and heap of each of a thousand, all alive.
import { createSandbox, defineTool } from "../../dist/index.js";

const COUNT = 1000;
const input = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };
const make = () => {
  const tools = {};
  for (let i = 0; i < 10; i++) {
    tools[`tool${i}`] = defineTool({ description: `Tool number ${i}`, input, run: ({ id }) => id });
  }
  return createSandbox({ tools });
};
for (let i = 0; i < 200; i++) make();
globalThis.gc();
const heap = process.memoryUsage().heapUsed;
const start = performance.now();
const sandboxes = Array.from({ length: COUNT }, make);
const each = (performance.now() - start) / COUNT;
globalThis.gc();
const kb = (process.memoryUsage().heapUsed - heap) / COUNT / 1000;
const outcome = await sandboxes.at(-1).run('return tools.tool3({ id: "x" })');
if (outcome.value !== "x") throw new Error(`wrong answer: ${JSON.stringify(outcome)}`);
console.log(JSON.stringify({ count: COUNT, each, kb }));
process.exit(0);
