// Measures Tardigrade beside its peers, all in this process, and writes RESULTS.md. `--quick` takes less than a minute.
import { spawnSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";
import { FULL, QUICK } from "./harness.mjs";
import { writeReport } from "./report.mjs";
import { machineStates } from "./scenarios/machine.mjs";
import { coldStart, longHaul, manySandboxes, parked, warmMachines } from "./scenarios/processes.mjs";
import { manyCalls, shortPrograms, tenCalls, unseenSources } from "./scenarios/programs.mjs";
import { suspending } from "./scenarios/suspending.mjs";
import { tenants } from "./scenarios/tenants.mjs";
import { threads } from "./scenarios/threads.mjs";
import { values } from "./scenarios/values.mjs";

const quick = process.argv.includes("--quick");
const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
const pace = quick
  ? { ...QUICK, soakRuns: 20_000, parkedRuns: 10_000 }
  : { ...FULL, soakRuns: 200_000, parkedRuns: 100_000 };
const PEERS = ["isolated-vm", "quickjs-emscripten", "run", "llmz", "sebastianwessel"];
const SCENARIOS = {
  shortPrograms,
  tenCalls,
  unseenSources,
  values,
  manyCalls,
  machineStates,
  suspending,
  threads,
  tenants,
  parked,
  coldStart,
  warmMachines,
  manySandboxes,
  longHaul,
};

/** Which sources were measured; `+` marks changes that were not committed. */
function revision() {
  const git = (...args) => spawnSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).stdout?.trim();
  const head = git("rev-parse", "--short", "HEAD");
  return head ? `${head}${git("status", "--porcelain", "--", "../src", "../guest") ? "+" : ""}` : "unknown";
}

const machine = {
  revision: process.env.BENCH_REVISION ?? revision(),
  date: new Date().toISOString().slice(0, 16).replace("T", " "),
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memoryGb: totalmem() / 2 ** 30,
  load: loadavg()[0],
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  command: `npm run bench${quick ? " -- --quick" : ""}`,
};

async function loadPeer(file) {
  const peer = await (await import(`./peers/${file}.mjs`)).load();
  if ((await peer.run("return 1")) !== 1) throw new Error("a wrong answer to `return 1`");
  return { ...peer, file };
}

const missing = [];
const peers = [];
for (const file of PEERS) {
  try {
    peers.push(await loadPeer(file));
  } catch (error) {
    missing.push({ file, reason: String(error?.message ?? error).split("\n")[0] });
    console.error(`NOT MEASURED: ${file}: ${missing.at(-1).reason}`);
  }
}
const world = { ours: await loadPeer("tardigrade"), bare: await loadPeer("quickjs-wasi"), peers };

const rows = [];
const failed = [];
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (only && name !== only) continue;
  const start = performance.now();
  try {
    rows.push(...(await scenario(world, pace)));
  } catch (error) {
    // One line that breaks must neither lose the others nor pass unseen.
    failed.push({ name, reason: String(error?.message ?? error).split("\n")[0] });
    console.error(`FAILED: ${name}:`, error);
  }
  console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

const text = writeReport({ failed, machine, missing, rows, world });
console.log(text);
if (!only) {
  const { writeFile } = await import("node:fs/promises");
  await writeFile(new URL("RESULTS.md", import.meta.url), text);
}
const unmet = rows.flatMap(({ goals, title }) => goals.filter(({ met }) => met === false).map((goal) => [title, goal]));
for (const [title, { measured, text }] of unmet) console.error(`NOT MET: ${title}: ${text}; ${measured}`);
process.exit(failed.length > 0 ? 1 : 0);
