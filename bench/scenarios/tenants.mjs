import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { expect, median, quantile } from "../harness.mjs";

const QUIET = { tenants: 9, everyMs: 20, source: "const sum = await tools.add(20, 22); return sum" };
/** About 5 ms of computing around a call. */
const FLOOD = {
  atOnce: 64,
  source: `const burn = (ms) => { const end = performance.now() + ms; let n = 0; while (performance.now() < end) n++; return n };
burn(2.5); const one = await tools.add(0, 1); burn(2.5); return one`,
};

/** Answers in another turn of the event loop, as what asks somebody else does. */
async function add(a, b) {
  await turn();
  return a + b;
}

/** Runs of one tenant, one after the other at a fixed pace; gives what each took from when it was due. */
async function quietTenant({ sandbox, tenant, forMs, offsetMs }) {
  const samples = [];
  const begin = performance.now() + offsetMs;
  const runs = [];
  for (let at = 0; at * QUIET.everyMs < forMs; at++) {
    const dueMs = begin + at * QUIET.everyMs;
    if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    // A run that is late delays none: whoever waits in line for an answer still sends the next request.
    runs.push(
      sandbox.run(QUIET.source, { tenant }).then((outcome) => {
        expect(outcome.value, 42, `a quiet run (${outcome.error?.code})`);
        samples.push(performance.now() - dueMs);
      }),
    );
  }
  await Promise.all(runs);
  return samples;
}

async function quietTenants(sandbox, forMs) {
  const all = Array.from({ length: QUIET.tenants }, (_, at) =>
    quietTenant({ sandbox, tenant: `quiet ${at}`, forMs, offsetMs: (at * QUIET.everyMs) / QUIET.tenants }),
  );
  return (await Promise.all(all)).flat();
}

/** Keeps so many runs of one tenant going until it is stopped; gives how many there were. */
function flood(sandbox) {
  let ended = false;
  let count = 0;
  const one = async () => {
    while (!ended) {
      const outcome = await sandbox.run(FLOOD.source, { tenant: "flood" });
      expect(outcome.value, 1, `a run of the flood (${outcome.error?.code})`);
      count++;
    }
  };
  const all = Promise.all(Array.from({ length: FLOOD.atOnce }, one));
  return async () => {
    ended = true;
    await all;
    return count;
  };
}

/** What one tenant that floods the runtime costs nine quiet ones: their 99th percentile beside that without it. */
export async function tenants(_world, { rounds, batchMs }) {
  const { createRuntime, createSandbox } = await import("../../dist/index.js");
  const forMs = batchMs * 30;
  const measured = [];
  for (const [name, options] of [
    ["", {}],
    [
      ", which may have two runs at a time",
      { tenantLimits: (tenant) => (tenant === "flood" ? { runs: 2 } : undefined) },
    ],
  ]) {
    const runtime = createRuntime(options);
    const sandbox = createSandbox({ runtime, tools: { add } });
    // Both at once, until the engine's code is compiled well and machines stand ready.
    const warm = flood(sandbox);
    await quietTenants(sandbox, forMs);
    await warm();
    await quietTenants(sandbox, forMs);
    const [alone, beside, floods] = [[], [], []];
    for (let round = 0; round < Math.ceil(rounds / 5); round++) {
      alone.push(quantile(await quietTenants(sandbox, forMs), 0.99));
      const stop = flood(sandbox);
      await sleep(200);
      const samples = await quietTenants(sandbox, forMs);
      beside.push(quantile(samples, 0.99));
      floods.push(await stop());
    }
    await sandbox.close();
    runtime.close();
    measured.push(rowOf(name, { alone, beside, floods }));
  }
  return measured;
}

function rowOf(name, { alone, beside, floods }) {
  const [aloneMs, besideMs] = [median(alone), median(beside)];
  const times = median(beside.map((ms, round) => ms / alone[round]));
  return {
    title: `99th percentile of ${QUIET.tenants} quiet tenants beside one that floods${name}`,
    text: `${aloneMs.toFixed(2)} ms alone, ${besideMs.toFixed(2)} ms beside the flood (${median(floods).toFixed(0)} runs of it)`,
    peers: [],
    goals: [{ text: "within twice of it alone", measured: `${times.toFixed(2)} times`, met: times <= 2 }],
  };
}
