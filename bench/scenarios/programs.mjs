import { compare, expect, minus, ratio } from "../harness.mjs";
import { load } from "../peers/tardigrade.mjs";
import {
  README_SUM,
  RETURN_ONE,
  TEN_PARALLEL,
  TEN_SEQUENTIAL,
  THOUSAND_SEQUENTIAL,
  unseenProgram,
} from "../programs.mjs";
import { faster, row } from "../rows.mjs";

/** One contender per peer that offers what the line needs. */
function contenders(peers, run, { source, answer }) {
  return peers.flatMap((peer) => {
    const method = run(peer);
    if (!method) return [];
    return [{ key: peer.key, once: async () => expect(await method(source), answer, peer.key) }];
  });
}

/** `return 1` and the README's sum, together, so that one can be taken from the other. */
export async function shortPrograms({ ours, peers, bare }, pace) {
  const one = contenders([ours, ...peers], (peer) => peer.run, RETURN_ONE);
  const sum = contenders([ours, ...peers], (peer) => peer.run, README_SUM);
  const rename = (list, suffix) => list.map(({ key, once }) => ({ key: `${key}${suffix}`, once }));
  const engine = [
    { key: "bare one", once: () => expect(bare.run(RETURN_ONE.source), RETURN_ONE.answer, bare.key) },
    { key: "bare sum", once: () => expect(bare.run(README_SUM.source), README_SUM.answer, bare.key) },
  ];
  const tracked = rename(
    contenders([ours], (peer) => peer.tracked, README_SUM),
    " tracked",
  );
  const results = await compare([...one, ...rename(sum, " sum"), ...tracked, ...engine], pace);
  const sums = Object.fromEntries(
    [ours, ...peers].flatMap(({ key }) => (results[`${key} sum`] ? [[key, results[`${key} sum`]]] : [])),
  );
  const taken = minus(sums[ours.key], results[ours.key]);
  const bareTaken = minus(results["bare sum"], results["bare one"]);
  const share = ratio(taken, bareTaken);
  const trackedTaken = minus(results[`${ours.key} tracked`], results[ours.key]);
  const trackedShare = ratio(trackedTaken, bareTaken);
  return [
    row("fresh run of `return 1`, inline", ours, peers, results, [
      faster(results, ours, "isolated-vm", 18),
      faster(results, ours, "quickjs-emscripten", 2),
      faster(results, ours, "run", 60),
    ]),
    row("README sum, fresh run, inline", ours, peers, sums, []),
    {
      title: "README sum, run minus `return 1`, against the bare engine",
      ours: taken,
      peers: [{ key: bare.key, result: bareTaken, ratio: ratio(bareTaken, taken) }],
      goals: [{ text: "at most 1.3 times", measured: `${share.toFixed(2)} times`, met: share <= 1.3 }],
    },
    {
      title: "README sum tracked, run minus `return 1` untracked, against the bare engine",
      ours: trackedTaken,
      peers: [{ key: bare.key, result: bareTaken, ratio: ratio(bareTaken, trackedTaken) }],
      goals: [{ text: "at most 1.7 times", measured: `${trackedShare.toFixed(2)} times`, met: trackedShare <= 1.7 }],
    },
  ];
}

/** Ten awaited calls, one after the other and together. */
export async function tenCalls({ ours, peers }, pace) {
  const sequential = await compare(
    contenders([ours, ...peers], (peer) => peer.calls, TEN_SEQUENTIAL),
    pace,
  );
  const parallel = await compare(
    contenders([ours, ...peers], (peer) => peer.parallel ?? peer.calls, TEN_PARALLEL),
    pace,
  );
  return [
    row("ten awaited calls, inline", ours, peers, sequential, [
      faster(sequential, ours, "isolated-vm", 8),
      faster(sequential, ours, "run", 30),
    ]),
    row("ten parallel calls, inline", ours, peers, parallel, []),
  ];
}

/** A thousand awaited calls in one run: what a call costs by itself. */
export async function manyCalls({ ours, peers }, pace) {
  const able = peers.filter((peer) => peer.manyCalls);
  const results = await compare(
    contenders([ours, ...able], (peer) => peer.manyCalls, THOUSAND_SEQUENTIAL),
    pace,
  );
  return [row("1,000 awaited calls in one run, inline", ours, able, results, [])];
}

/** 40 lines that were never seen before, another program at every iteration. */
export async function unseenSources({ ours, peers }, pace) {
  let number = 0;
  const fresh = async (peers, run, text) => {
    const list = [];
    for (const peer of peers) {
      const method = run(peer);
      if (!method) continue;
      const ready = [];
      // Made ahead: the generator and V8's answer are not part of the time.
      const prepare = async () => {
        for (let i = 0; i < 400; i++) ready.push(await unseenProgram(number++));
      };
      await prepare();
      const once = async () => {
        const program = ready.pop();
        expect(await method(program[text]), program.answer, peer.key);
      };
      list.push({ key: peer.key, once, before: () => (ready.length < 200 ? prepare() : undefined) });
    }
    return compare(list, { ...pace, maxSamples: 100 });
  };
  const plain = await fresh([ours, ...peers], (peer) => peer.run, "source");
  const typed = await fresh([ours, ...peers], (peer) => peer.typescript, "typed");
  const thread = await load("thread");
  const others = peers.filter(({ key }) => key === "run");
  const inThread = await fresh([thread, ...others], (peer) => peer.run, "source");
  await thread.close();
  return [
    row("never-seen 40-line JavaScript, inline", ours, peers, plain, [faster(plain, ours, "run", 15)]),
    row("never-seen 40-line TypeScript, inline", ours, peers, typed, [faster(typed, ours, "run", 15)]),
    row("never-seen 40-line JavaScript, thread", thread, others, inThread, [faster(inThread, thread, "run", 8)]),
  ];
}
