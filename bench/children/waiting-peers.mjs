// Prints how many runs of a peer wait on one tool at once until so many bytes were added: `waiting-peers.mjs run 600000000`.
import { setTimeout as sleep } from "node:timers/promises";

const [, , peer, budget] = process.argv;
const MOST = 20_000;
let asked = 0;
const never = () => {
  asked++;
  return new Promise(() => {});
};

async function starter() {
  if (peer === "run") {
    const { createRunner } = await import("run");
    const runner = createRunner({ limits: { timeoutMs: 600_000 } });
    const hostFunctions = { tools: { ask: never } };
    return () => runner.run({ source: "return await tools.ask(1)", hostFunctions });
  }
  const { default: ivm } = await import("isolated-vm");
  return async () => {
    const isolate = new ivm.Isolate({ memoryLimit: 64 });
    const context = isolate.createContextSync();
    const options = { result: { promise: true, copy: true } };
    const source = "return (async () => await $0.apply(undefined, [1], { result: { promise: true, copy: true } }))()";
    return context.evalClosure(source, [new ivm.Reference(never)], options);
  };
}

const start = await starter();
let why = "as many as were tried";
let failed;
globalThis.gc?.();
const before = process.memoryUsage().rss;
let count = 0;
while (count < MOST && why === "as many as were tried") {
  start().catch((error) => {
    failed ??= error;
  });
  for (let waited = 0; asked === count && !failed && waited < 3000; waited++) await sleep(1);
  if (failed) why = String(failed.message ?? failed).split("\n")[0];
  else if (asked === count) why = "no more begin";
  else if (process.memoryUsage().rss - before > Number(budget)) why = "the memory is full";
  if (why === "as many as were tried") count = asked;
}
console.log(JSON.stringify({ count, why, addedBytes: process.memoryUsage().rss - before }));
process.exit(0);
