import { compare, expect } from "../harness.mjs";
import { atMost, faster, row } from "../rows.mjs";

const PROGRAM = `const names = ["a", "b", "c"]; const seen = new Map(); let sum = 0;
for (const name of names) { seen.set(name, await tools.add(sum, 1)); sum = seen.get(name) }
const approved = await tools.pay(sum);
return approved + sum;`;
const WITH_OBJECTS = `const rows = Array.from({ length: 1000 }, (_, id) => ({ id, name: "row " + id, tags: ["a", "b"] }));
const answer = await tools.wait(rows.length);
return rows.filter((row) => row.id >= 0).length + answer;`;
const WITH_TEXT = `const text = "lorem ipsum dolor sit amet ".repeat(38_837); const answer = await tools.wait(1); return text.length + answer;`;
const WAITING = `const f = (x) => x + 1; let total = 0;
for (const i of [1, 2, 3]) { total = f(total + await tools.wait(i)) }
return total;`;

/** A run that needs a person: until it stands as bytes, and from the bytes to its end; \`run\` replays instead. */
async function approvals({ ours, peers }, pace) {
  const { createSandbox, defineTool } = await import("../../dist/index.js");
  const pay = defineTool({ approval: true, run: (amount) => amount });
  const sandbox = createSandbox({ isolation: "inline", tools: { add: async (a, b) => a + b, pay } });
  const interrupted = await sandbox.run(PROGRAM);
  const [{ id }] = interrupted.pending;
  const runPeer = peers.find(({ key }) => key === "run");
  const theirs = runPeer && (await runContender());
  const suspend = await compare(
    [
      { key: ours.key, once: async () => expect((await sandbox.run(PROGRAM)).status, "suspended", "suspending") },
      ...(theirs
        ? [{ key: "run", once: async () => expect((await theirs.start()).status, "interrupted", "run") }]
        : []),
    ],
    pace,
  );
  const approve = { answers: { [id]: { approve: true } } };
  const goOn = await compare(
    [
      {
        key: ours.key,
        once: async () => expect((await sandbox.resume(interrupted.snapshot, approve).outcome).value, 6, "resuming"),
      },
      ...(theirs ? [{ key: "run", once: async () => expect((await theirs.goOn()).value, 6, "run") }] : []),
    ],
    pace,
  );
  await sandbox.close();
  return [
    row("three calls, then one that needs a person: to sealed bytes", ours, peers, suspend, [
      faster(suspend, ours, "run", 1),
    ]),
    row("from those bytes, approved, to its end", ours, peers, goOn, [faster(goOn, ours, "run", 1)]),
  ];
}

async function runContender() {
  const { createRunner, getHostFunctionContext } = await import("run");
  const runner = createRunner({ continuationSecret: "a secret of thirty-two bytes or more" });
  const pay = async (amount) => {
    const { interrupt, resume } = getHostFunctionContext();
    if (resume === undefined) interrupt({ kind: "approval" });
    return amount;
  };
  const hostFunctions = { tools: { add: async (a, b) => a + b, pay } };
  const start = () => runner.run({ source: PROGRAM, hostFunctions });
  const first = await start();
  const resolutions = first.interruptions.map(({ id }) => ({ interruptionId: id, value: true }));
  const goOn = () => runner.run({ source: PROGRAM, hostFunctions, continuation: first.continuation, resolutions });
  return { start, goOn };
}

/** Only the suspending and the resuming of a program that waits for a tool. */
async function cycles(name, source) {
  const { createSandbox } = await import("../../dist/index.js");
  let called;
  const wait = () => {
    called?.();
    return new Promise(() => {});
  };
  const sandbox = createSandbox({ isolation: "inline", tools: { wait }, settleMs: 0 });
  const started = () => new Promise((resolve) => (called = resolve));
  const waiting = async () => {
    const isCalled = started();
    const run = sandbox.start(source);
    await isCalled;
    return run;
  };
  const suspending = [];
  const resuming = [];
  let bytes = 0;
  for (let round = 0; round < 220; round++) {
    const run = await waiting();
    const suspendStart = performance.now();
    await run.suspend();
    suspending.push(performance.now() - suspendStart);
    const { pending, snapshot } = await run.outcome;
    bytes = snapshot.length;
    const isCalled = started();
    const resumeStart = performance.now();
    const resumed = sandbox.resume(snapshot, { answers: { [pending[0].id]: { reissue: true } } });
    await isCalled;
    resuming.push(performance.now() - resumeStart);
    resumed.cancel();
  }
  await sandbox.close();
  const result = (samples) => {
    const sorted = samples.slice(20).sort((a, b) => a - b);
    return { ms: sorted[sorted.length >> 1], p90: sorted[Math.floor(sorted.length * 0.9)], batches: sorted };
  };
  return { name, bytes, suspend: result(suspending), resume: result(resuming) };
}

/** Suspending and resuming: beside \`run\`'s continuation, and by itself. */
export async function suspending(world, pace) {
  const rows = await approvals(world, pace);
  for (const [name, source] of [
    ["a small program", WAITING],
    ["1,000 objects", WITH_OBJECTS],
    ["a text of 1 MB", WITH_TEXT],
  ]) {
    const { bytes, resume, suspend } = await cycles(name, source);
    const small = name === "a small program";
    const note = `${(bytes / 1000).toFixed(1)} KB sealed`;
    rows.push(
      {
        title: `suspend ${name} to sealed bytes`,
        ours: suspend,
        peers: [],
        goals: small ? [atMost("under 3 ms", suspend.ms, 3, "ms"), atMost("at most 6 KB", bytes / 1000, 6, "KB")] : [],
        note,
      },
      {
        title: `resume ${name} to its next call`,
        ours: resume,
        peers: [],
        goals: small ? [atMost("under 2 ms", resume.ms, 2, "ms")] : [],
      },
    );
  }
  return rows;
}
