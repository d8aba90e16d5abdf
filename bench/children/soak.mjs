// Whether a process stays small that runs mixed programs of many tenants for as long as asked:
// `node --expose-gc soak.mjs [--runs 20000 | --minutes 10] [--isolation thread|inline] [--width 16] [--seed 1]`.
// `--suspensions 20000` suspends and resumes one kind of program in place of that.
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { createSandbox, engineBuild } from "../../dist/index.js";
import { MIX, runtime, tools } from "./soak-programs.mjs";

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
/** What the last quarter may be larger than the second: pages, caches and the memories of ended threads come and go. */
const MEMORY_SLACK_BYTES = { rss: 96 * MiB, heapUsed: 16 * MiB, external: 24 * MiB, arrayBuffers: 24 * MiB };
const RATE_SLACK = 0.6;
const FILES_OF_THREAD = 6;
/** In less time caches still fill, and other work of the computer says more about the rate than the soak does. */
const MIN_MINUTES = 2;
/** A pool keeps as many threads as there are cores, at most eight, and a spare one. */
const MAX_THREADS = Math.min(availableParallelism(), 8) + 1;
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
  for (const [kind, parts] of kinds) {
    left -= parts;
    if (left < 0) return kind;
  }
  return kinds[0][0];
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
    sandbox: createSandbox({ runtime, tools, isolation, sleepInlineMs: 20_000 }),
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
    JSON.stringify({
      done,
      perSecond: Math.round(rate),
      ...mib,
      ...going(),
      ...resources(),
      failures: failures.length,
    }),
  );
}

/** What a process can leak beside memory. */
function resources() {
  const active = {};
  for (const type of process.getActiveResourcesInfo()) active[type] = (active[type] ?? 0) + 1;
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { osThreads: osThreads(), files: files(), listeners, active };
}

/** What the runtime says it has. */
function going() {
  const { machines, memoryBytes, runs, threads } = runtime.stats();
  return {
    runs,
    threads,
    machines,
    heldMiB: round((memoryBytes.machines + memoryBytes.parked) / MiB, 1),
  };
}

function osThreads() {
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
  const found = [...failures.slice(0, 20), ...strays.slice(0, 20), ...memoryProblems(), ...leftProblems()];
  if (done === 0) found.push("nothing was run");
  const [early, late] = [quarter(1), quarter(3)].map((steps) => median(steps.map(({ rate }) => rate)));
  if (minutes() > MIN_MINUTES && late < early * RATE_SLACK)
    found.push(`the rate fell from ${Math.round(early)} to ${Math.round(late)} a second`);
  return found;
}

function quarter(n) {
  return told.slice(Math.floor((told.length * n) / 4), Math.floor((told.length * (n + 1)) / 4));
}

/** The least that was seen in the last quarter against that of the second: what is between collections says nothing. */
function memoryProblems() {
  if (minutes() < MIN_MINUTES) return [];
  return Object.entries(MEMORY_SLACK_BYTES).flatMap(([name, slack]) => {
    const [early, late] = [quarter(1), quarter(3)].map((steps) => Math.min(...steps.map((step) => step[name])));
    const grown = late - early;
    return grown > slack ? [`${name} grew by ${round(grown / MiB, 1)} MiB`] : [];
  });
}

function leftProblems() {
  const allowed = {
    files: after.files - before.files <= FILES_OF_THREAD * MAX_THREADS,
    listeners: after.listeners <= before.listeners,
  };
  const found = Object.entries(allowed).flatMap(([name, isSo]) =>
    isSo ? [] : [`${name}: ${before[name]}, then ${after[name]}`],
  );
  if (after.osThreads > before.osThreads + MAX_THREADS)
    found.push(`threads: ${before.osThreads}, then ${after.osThreads}`);
  const { machines, memoryBytes, runs, threads } = runtime.stats();
  const busy = { ...runs, machines: machines.busy, threads: threads.busy, toolBytes: memoryBytes.tools };
  for (const [name, count] of Object.entries(busy)) if (count > 0) found.push(`${name}: ${count} are left`);
  for (const [type, most] of Object.entries({ Timeout: 1, Immediate: 1, MessagePort: MAX_THREADS })) {
    const [was, is] = [before.active[type] ?? 0, after.active[type] ?? 0];
    if (is > was + most) found.push(`${type}: ${was}, then ${is}`);
  }
  return found;
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
