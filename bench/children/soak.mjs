// Whether a process stays small that runs mixed programs of many tenants for as long as asked:
// `node --expose-gc soak.mjs [--runs 20000 | --minutes 10] [--isolation thread|inline] [--width 16] [--seed 1]`.
// `--suspensions 20000` suspends and resumes one kind of program in place of that.
import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createSandbox, engineBuild } from "../../dist/index.js";
import { MIX, tools } from "./soak-programs.mjs";

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    minutes: { type: "string" },
    isolation: { type: "string", default: "thread" },
    width: { type: "string", default: "16" },
    seed: { type: "string", default: "1" },
    suspensions: { type: "string" },
  },
});
if (values.suspensions !== undefined) {
  process.argv[2] = values.suspensions;
  await import("./suspensions.mjs");
}

const MiB = 1024 * 1024;
const STEPS = 40;
const TENANTS = 20;
/** What the second half may be larger than the first: pages and caches move by that much either way. */
const MEMORY_SLACK_BYTES = 24 * MiB;
const RATE_SLACK = 0.7;
const { isolation } = values;
const runsAsked = values.runs === undefined ? (values.minutes === undefined ? 20_000 : Infinity) : Number(values.runs);
const msAsked = values.minutes === undefined ? Infinity : Number(values.minutes) * 60_000;
const kinds = MIX.filter(([kind]) => isolation === "thread" || kind.name !== "unpolled");
const total = kinds.reduce((sum, [, parts]) => sum + parts, 0);

let state = Number(values.seed) >>> 0;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const pick = (list) => list[Math.floor(random() * list.length)];
const drawKind = () => {
  let left = random() * total;
  return kinds.find(([, parts]) => (left -= parts) < 0)[0];
};

const strays = [];
for (const name of ["unhandledRejection", "uncaughtException", "warning"]) {
  process.on(name, (reason) => strays.push(`${name}: ${reason?.stack ?? reason}`));
}
await engineBuild();
const before = resources();
const failures = [];
const told = [];
const began = performance.now();
let done = 0;
let stopped = false;
await soak();
await settle();
tellStep();
const after = resources();
const problems = judge();
for (const problem of problems) console.log(`WRONG: ${problem}`);
console.log(
  JSON.stringify({ isolation, runs: done, minutes: round(minutes(), 1), before, after, ok: problems.length === 0 }),
);
process.exit(problems.length > 0 ? 1 : 0);

async function soak() {
  const sandboxes = Array.from({ length: TENANTS }, (_, n) => ({
    sandbox: createSandbox({ tools, isolation, sleepInlineMs: 20_000 }),
    tenant: `tenant ${n}`,
  }));
  let nextStep = 1 / STEPS;
  let stepping;
  const worker = async () => {
    while (!stopped && progress() < 1) {
      const kind = drawKind();
      try {
        await kind({ ...pick(sandboxes), isolation, pick });
      } catch (error) {
        failures.push(`${kind.name}: ${error.message}`);
        stopped = failures.length > 20;
      }
      done++;
      if (progress() >= nextStep && !stepping) {
        nextStep += 1 / STEPS;
        tellStep();
      }
    }
  };
  await Promise.all(Array.from({ length: Number(values.width) }, worker));
  await Promise.all(sandboxes.map(({ sandbox }) => sandbox.close()));
}

function progress() {
  return Math.max(done / runsAsked, (performance.now() - began) / msAsked);
}

/** Time for threads to end that were told to, and for what nothing refers to any more to go. */
async function settle() {
  for (let i = 0; i < 10; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function tellStep() {
  globalThis.gc?.();
  const { arrayBuffers, external, heapUsed, rss } = process.memoryUsage();
  const memory = { rss, heapUsed, external, arrayBuffers };
  const last = told.at(-1) ?? { done: 0, atMs: 0 };
  const atMs = performance.now() - began;
  const rate = ((done - last.done) / (atMs - last.atMs)) * 1000;
  told.push({ done, atMs, rate, ...memory });
  const mib = Object.fromEntries(Object.entries(memory).map(([name, bytes]) => [name, round(bytes / MiB, 1)]));
  console.log(
    JSON.stringify({ runs: done, perSecond: Math.round(rate), ...mib, ...resources(), failures: failures.length }),
  );
}

/** What a process can leak beside memory. */
function resources() {
  const active = {};
  for (const type of process.getActiveResourcesInfo()) active[type] = (active[type] ?? 0) + 1;
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { threads: threads(), files: files(), listeners, active };
}

function threads() {
  try {
    return Number(/Threads:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    return 0;
  }
}

function files() {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

function judge() {
  const found = [...failures.slice(0, 20), ...strays.slice(0, 20)];
  if (done === 0) found.push("nothing was run");
  const quarter = (n) => told.slice(Math.floor((told.length * n) / 4), Math.floor((told.length * (n + 1)) / 4));
  for (const name of ["rss", "heapUsed", "external", "arrayBuffers"]) {
    // The least that was seen of each: what is between collections says nothing.
    const [early, late] = [quarter(1), quarter(3)].map((steps) => Math.min(...steps.map((step) => step[name])));
    const grown = late - early;
    if (grown > MEMORY_SLACK_BYTES)
      found.push(`${name} grew by ${round(grown / MiB, 1)} MiB from the second quarter to the last`);
  }
  const rate = (n) => median(quarter(n).map((step) => step.rate));
  if (rate(3) < rate(1) * RATE_SLACK)
    found.push(`the rate fell from ${Math.round(rate(1))} to ${Math.round(rate(3))} runs a second`);
  const early = told[Math.floor(told.length / 4)];
  if (early && after.threads > Math.max(before.threads, poolThreads()) + 1)
    found.push(`${after.threads} threads are left`);
  if (after.files > before.files + 4 * poolThreads())
    found.push(`${after.files} files are open, ${before.files} were before`);
  if (after.listeners > before.listeners)
    found.push(`${after.listeners} listeners of the process, ${before.listeners} were before`);
  for (const type of ["Timeout", "Immediate", "MessagePort"]) {
    const [was, is] = [before.active[type] ?? 0, after.active[type] ?? 0];
    if (is > was + (type === "MessagePort" ? poolThreads() : 1))
      found.push(`${is} of ${type} are left, ${was} were before`);
  }
  return found;
}

/** Threads of the process with all of its own, and as many of the pool as the first quarter had. */
function poolThreads() {
  return 16;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function minutes() {
  return (performance.now() - began) / 60_000;
}

function round(number, digits) {
  return Number(number.toFixed(digits));
}
