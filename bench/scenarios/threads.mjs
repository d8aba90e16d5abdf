import { compare, expect, median } from "../harness.mjs";
import { load } from "../peers/tardigrade.mjs";
import { RETURN_ONE, TEN_PARALLEL, TEN_SEQUENTIAL } from "../programs.mjs";
import { faster, row } from "../rows.mjs";

const AT_ONCE = 64;
/** More than so many at once it refuses. */
const MOST = { run: 32 };

/** The same programs with machines in threads, beside the peer that has threads too. */
export async function threads({ peers }, pace) {
  const ours = { ...(await load("thread")), file: "tardigrade" };
  const others = peers.filter(({ key }) => key === "run");
  const rows = [];
  for (const [title, program, method, times] of [
    ["fresh run of `return 1`", RETURN_ONE, "run", 25],
    ["ten awaited calls", TEN_SEQUENTIAL, "calls", 8],
    ["ten parallel calls", TEN_PARALLEL, "calls", 15],
  ]) {
    const contenders = [ours, ...others].map((peer) => ({
      key: peer.key,
      once: async () => expect(await peer[method](program.source), program.answer, peer.key),
    }));
    const results = await compare(contenders, pace);
    rows.push(row(`${title}, thread`, ours, others, results, [faster(results, ours, "run", times)]));
  }
  rows.push(await throughput(ours, others, pace));
  await ours.close();
  return rows;
}

/** How many runs of `return 1` a second come out of 64 callers at once. */
async function throughput(ours, others, { rounds, batchMs }) {
  const rates = new Map([ours, ...others].map(({ key }) => [key, []]));
  for (let round = 0; round < Math.ceil(rounds / 2); round++) {
    for (const peer of [ours, ...others]) rates.get(peer.key).push(await rate(peer, batchMs * 8));
  }
  const own = median(rates.get(ours.key));
  const told = others.map(({ key }) => `${key} ${Math.round(median(rates.get(key))).toLocaleString("en")}`);
  const goals = others.map(({ key }) => {
    const times = median(rates.get(ours.key).map((mine, round) => mine / rates.get(key)[round]));
    return { text: `100 times ${key}`, measured: `${times.toFixed(0)} times`, met: times >= 100 };
  });
  return {
    title: `fresh runs of \`return 1\` a second, two threads, ${AT_ONCE} at once`,
    text: `${Math.round(own).toLocaleString("en")}; ${told.join("; ")}`,
    peers: [],
    goals,
  };
}

async function rate(peer, forMs) {
  let done = 0;
  const begin = performance.now();
  const one = async () => {
    while (performance.now() - begin < forMs) {
      expect(await peer.run(RETURN_ONE.source), RETURN_ONE.answer, peer.key);
      done++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, MOST[peer.key] ?? AT_ONCE) }, one));
  return (done / (performance.now() - begin)) * 1000;
}
