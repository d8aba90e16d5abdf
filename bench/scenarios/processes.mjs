import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { median, quantile } from "../harness.mjs";
import { atMost } from "../rows.mjs";

const run = promisify(execFile);

/** Runs a script in a process of its own; gives the JSON that it prints last. */
async function child(script, ...args) {
  const path = new URL(`../children/${script}`, import.meta.url).pathname;
  const { stdout } = await run(process.execPath, ["--expose-gc", path, ...args.map(String)]);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

const NOT_STARTED = ["bare engine"];

/** From the first import to the first result, each in a new process, in turns. */
export async function coldStart({ ours, peers }, { processes }) {
  const all = [...[ours, ...peers].filter(({ key }) => !NOT_STARTED.includes(key)).map(({ file, key }) => [key, file])];
  all.push(["in a thread", ours.file, "thread"]);
  const times = new Map(all.map(([key]) => [key, []]));
  for (let i = 0; i <= processes; i++) {
    for (const [key, ...args] of all) {
      const { ms } = await child("cold.mjs", ...args);
      // The first round only fills the file cache.
      if (i > 0) times.get(key).push(ms);
    }
  }
  const result = (key) => ({
    ms: median(times.get(key)),
    p90: quantile(times.get(key), 0.9),
    batches: times.get(key),
  });
  const line = (title, own) => ({
    title: `import to first result in a new process, ${title}`,
    ours: own,
    peers: peers.map(({ key }) => ({ key, result: result(key), ratio: result(key).ms / own.ms })),
    goals: [atMost("under 120 ms", own.ms, 120, "ms")],
  });
  return [line("inline", result(ours.key)), line("in a thread", result("in a thread"))];
}

/** What machines that stay warm hold of the process's memory. */
export async function warmMachines() {
  const { machines, mb } = await child("warm-machines.mjs");
  return [
    {
      title: "rewound machines kept warm",
      text: `${mb.toFixed(2)} MB resident each (${machines} machines)`,
      peers: [],
      goals: [atMost("at most 2 MB resident each", mb, 2, "MB")],
    },
  ];
}

/** A thousand sandboxes, each with ten tools. */
export async function manySandboxes() {
  const { count, each, kb } = await child("sandboxes.mjs");
  return [
    {
      title: `${count} sandboxes with ten tools each`,
      text: `${(each * 1000).toFixed(1)} µs and ${kb.toFixed(1)} KB each`,
      peers: [],
      goals: [],
    },
  ];
}

/** Whether the last of many runs costs what the first ones did. */
export async function longHaul(_world, { soakRuns }) {
  const { first, heldFirst, heldLast, last, rssLast, runs } = await child("long-haul.mjs", soakRuns);
  // Medians of three tenths each.
  const share = last / first;
  const grown = heldLast - heldFirst;
  return [
    {
      title: `${runs.toLocaleString("en")} runs in one process, second to fourth tenth against the last three`,
      text: `${first.toFixed(4)} ms and ${last.toFixed(4)} ms a run; ${heldFirst.toFixed(1)} MB and ${heldLast.toFixed(1)} MB resident without free pages of V8's heap (${rssLast.toFixed(0)} MB with them)`,
      peers: [],
      goals: [
        { text: "cost unchanged", measured: `${share.toFixed(2)} times`, met: share <= 1.1 },
        { text: "memory flat", measured: `${grown >= 0 ? "+" : ""}${grown.toFixed(1)} MB`, met: grown < 4 },
      ],
    },
  ];
}

/** A hundred thousand runs that wait on one tool, and how many of their peers' fit into the memory that they take. */
export async function parked(_world, { parkedRuns }) {
  const ours = await child("parked.mjs", parkedRuns);
  const mb = ours.addedBytes / 1e6;
  const told = [];
  for (const peer of ["isolated-vm", "run"]) {
    const { count, why } = await child("waiting-peers.mjs", peer, ours.addedBytes);
    told.push(`${peer} ${count.toLocaleString("en")} (${why})`);
  }
  return [
    {
      title: `${ours.count.toLocaleString("en")} runs wait on one tool at once, in one process with two threads`,
      text: `${mb.toFixed(0)} MB added; ${ours.beganPerSecond.toLocaleString("en")} begun and ${ours.answeredPerSecond.toLocaleString("en")} answered a second. In the same memory: ${told.join("; ")}`,
      peers: [],
      goals: [
        atMost("under 600 MB added", mb, 600, "MB"),
        {
          text: "over 15,000 answered a second",
          measured: ours.answeredPerSecond.toLocaleString("en"),
          met: ours.answeredPerSecond > 15_000,
        },
      ],
    },
  ];
}
