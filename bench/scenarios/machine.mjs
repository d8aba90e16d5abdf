import { compare, expect } from "../harness.mjs";

const WAITING = `const names = ["a", "b", "c"]; const seen = new Map(); let n = 0;
for (const name of names) { seen.set(name, ++n); const answer = await tools.ask({ name, n }); n += answer; }
return n;`;
const MEMORY = 64 << 20;
const LIMITS = {
  cpuMs: 5000,
  steps: Number.POSITIVE_INFINITY,
  memoryBytes: MEMORY,
  resultBytes: 1 << 20,
  logEntries: 1000,
  logBytes: 65_536,
  toolCalls: 256,
  toolInputBytes: 1 << 20,
  yields: 10_000,
};

/** The engine's own machine: a waiting program saved as a delta, and taken up again. Internal: a preview of suspending. */
export async function machineStates(_world, pace) {
  const { createPlatformEngine } = await import("../../dist/engine/index.js");
  const { prepare } = await import("../../dist/language/index.js");
  const engine = await createPlatformEngine();
  const [one, other] = [await engine.createMachine(MEMORY, 192 << 10), await engine.createMachine(MEMORY, 192 << 10)];
  const { form, text } = await prepare(WAITING);
  const start = { text, form, fileName: "program.js", originMs: 0, allowEval: false, functions: [] };
  const setup = { seed: [1, 2, 3, 4], seeded: false, toolNames: ["ask"], limits: LIMITS };
  one.rewind();
  one.start(start, setup, 1000);
  const delta = one.save();

  const takeUp = () => {
    other.rewind();
    other.load(delta, setup);
  };
  takeUp();
  let turn;
  for (let id = 1; id <= 3; id++) turn = other.deliver({ id, fulfilled: true, text: "1" }, 1000);
  expect(turn.settled?.text, "6", "a machine that was loaded");

  const results = await compare(
    [
      { key: "rewind", once: () => one.reusable && other.rewind() },
      { key: "save", once: () => expect(one.save().words.length, delta.words.length, "save") },
      { key: "load", once: takeUp },
    ],
    pace,
  );
  const line = (title, key, note) => ({ title, ours: results[key], peers: [], goals: [], note });
  return [
    line("internal: rewind a machine", "rewind"),
    line(
      "internal: save a waiting program",
      "save",
      `a delta of ${(delta.words.length / 1000).toFixed(1)} KB, not sealed`,
    ),
    line("internal: rewind and load it elsewhere", "load"),
  ];
}
