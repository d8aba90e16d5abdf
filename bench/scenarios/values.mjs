import { compare, expect, median, minus, ratio } from "../harness.mjs";
import { plainValue, RETURN_ONE } from "../programs.mjs";

/** 100 KB of plain JSON into a run and out of it again, beyond what `return 1` takes. */
export async function values({ ours, peers, bare }, pace) {
  const value = plainValue();
  const text = JSON.stringify(value);
  bare.prepareJson(text);
  const passing = (peer) => ({
    key: peer.key,
    once: async () => {
      const back = await peer.pass(value);
      // The whole answer was compared below, once; here what tells a wrong one at once.
      expect(back.rows.length, value.rows.length, peer.key);
      expect(back.rows[675].email, value.rows[675].email, peer.key);
    },
  });
  const able = peers.filter((peer) => peer.pass);
  for (const peer of [ours, ...able]) expect(JSON.stringify(await peer.pass(value)), text, peer.key);
  const results = await compare(
    [
      ...[ours, ...able].map(passing),
      ...[ours, ...able].map((peer) => ({
        key: `${peer.key} one`,
        once: async () => expect(await peer.run(RETURN_ONE.source), RETURN_ONE.answer, peer.key),
      })),
      { key: "bare", once: () => expect(bare.json(), text.length, bare.key) },
      { key: "host JSON", once: () => expect(JSON.stringify(JSON.parse(text)).length, text.length, "host") },
    ],
    pace,
  );
  const taken = (key) => minus(results[key], results[`${key} one`]);
  const passed = taken(ours.key);
  const crossing = minus(passed, results["host JSON"]);
  const share = ratio(crossing, results.bare);
  return [
    {
      title: `${(text.length / 1000).toFixed(0)} KB plain value in and out, beyond \`return 1\``,
      ours: passed,
      peers: [
        { key: bare.key, result: results.bare, ratio: ratio(results.bare, passed) },
        ...able.map(({ key }) => ({ key, result: taken(key), ratio: ratio(taken(key), passed) })),
      ],
      goals: [
        {
          text: "at most 1.5 times JSON inside the bare engine, the host's own JSON not counted",
          measured: `${share.toFixed(2)} times (${crossing.ms.toFixed(2)} ms without the host's JSON of ${median(results["host JSON"].batches).toFixed(2)} ms, against ${results.bare.ms.toFixed(2)} ms)`,
          met: share <= 1.5,
        },
      ],
    },
  ];
}
