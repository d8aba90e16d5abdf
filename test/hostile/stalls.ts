// A child process that runs the programs of blocking.ts one after the other, and says for each how long the host's
// event loop stood still and how far the process grew.
import { readFileSync } from "node:fs";
import { createSandbox, type Outcome } from "../../src/index.ts";
import { failureOf } from "../support.ts";
import { type BlockingCase, CASES, toolsOf } from "./blocking.ts";

/** What became of one program. */
export interface Stall {
  readonly name: string;
  /** The longest time of its own that the host's thread worked without a turn of its event loop. */
  readonly stalledMs: number;
  readonly grownBytes: number;
  readonly summary: string;
}

/** Time that this thread worked: on a loaded machine the clock on the wall tells more of its neighbours. */
function workedMs(): number {
  try {
    const [worked = "0"] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ");
    return Number(worked) / 1e6;
  } catch {
    return performance.now();
  }
}

function heartbeat(): { stop(): { stalledMs: number; peakBytes: number } } {
  let last = workedMs();
  let stalledMs = 0;
  let peakBytes = 0;
  const beat = () => {
    const now = workedMs();
    stalledMs = Math.max(stalledMs, now - last);
    last = now;
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  };
  const timer = setInterval(beat, 1);
  return {
    stop() {
      beat();
      clearInterval(timer);
      return { stalledMs, peakBytes };
    },
  };
}

async function measure(blocking: BlockingCase): Promise<Stall> {
  const sandbox = createSandbox({ tools: toolsOf(blocking), ...blocking.sandbox });
  await sandbox.run("return 1");
  for (let n = 0; n < 3; n++) globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const heart = heartbeat();
  const options = { onYield: () => undefined, ...blocking.run };
  let outcome: Outcome;
  if (blocking.listens) {
    const run = sandbox.start(blocking.code, options);
    for await (const _ of run) {
    }
    outcome = await run.outcome;
  } else outcome = await sandbox.run(blocking.code, options);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const { peakBytes, stalledMs } = heart.stop();
  await sandbox.close();
  const summary =
    outcome.status === "failed" ? `${failureOf(outcome).code}: ${failureOf(outcome).message}` : outcome.status;
  return { name: blocking.name, stalledMs, grownBytes: peakBytes - before, summary };
}

const wanted = process.argv.slice(2);
for (const blocking of CASES) {
  if (wanted.length > 0 && !wanted.some((name) => blocking.name.startsWith(name))) continue;
  const stall = await measure(blocking);
  if (process.send) process.send(stall);
  else {
    const { grownBytes, name, stalledMs, summary } = stall;
    console.log(
      `${name.padEnd(44)} ${stalledMs.toFixed(0).padStart(6)} ms ${(grownBytes / 2 ** 20).toFixed(0).padStart(5)} MiB  ${summary.slice(0, 90)}`,
    );
  }
}
process.exit();
