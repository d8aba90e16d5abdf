// Carries a program on, as a durable task would: its state is a file that is replaced before any call starts, its tools
// write a ledger. Ends with 0 when the program is over, 3 when it waits. `KILL_AT=n` kills the process, for real, at the
// n-th place where that would hurt.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createSandbox, defineTool, inspectSnapshot } from "../../dist/index.js";

const [folder, sourceFile] = process.argv.slice(2);
const killAt = Number(process.env.KILL_AT ?? 0);
const snapshotKey = new Uint8Array(32).fill(5);
let places = 0;

function danger() {
  if (++places === killAt) process.kill(process.pid, "SIGKILL");
}

function write(name, bytes, flags) {
  const file = openSync(join(folder, name), flags);
  writeSync(file, bytes);
  fsyncSync(file);
  closeSync(file);
}

/** Replaces a file as a whole: a kill leaves the old one or the new one. */
function commit(name, bytes) {
  write(`${name}.new`, bytes, "w");
  danger();
  renameSync(join(folder, `${name}.new`), join(folder, name));
  const directory = openSync(folder, "r");
  fsyncSync(directory);
  closeSync(directory);
  danger();
}

function ledger() {
  const file = join(folder, "ledger");
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line)).map((entry) => [entry.key, entry]));
}

const pay = defineTool({
  run: async ({ to, amount }, { attempt, idempotencyKey }) => {
    danger();
    const answer = { to, paid: amount };
    write("ledger", `${JSON.stringify({ key: idempotencyKey, answer, attempt })}\n`, "a");
    danger();
    await new Promise((resolve) => setTimeout(resolve, amount));
    danger();
    return answer;
  },
});

/** What each call that was in flight needs: its answer, if it ran, else to be made. */
async function answersFor(snapshot) {
  const done = ledger();
  const { pending, runId } = await inspectSnapshot(snapshot, snapshotKey);
  const calls = pending.filter(({ kind }) => kind === "in_flight");
  return Object.fromEntries(
    calls.map(({ id }) => {
      const entry = done.get(`${runId}:${id}`);
      return [id, entry ? { value: entry.answer, by: "the ledger" } : { reissue: true }];
    }),
  );
}

const sandbox = createSandbox({ tools: { pay }, snapshotKey, sleepInlineMs: 5 });
const options = { beforeCalls: async ({ snapshot }) => commit("snapshot", await snapshot()) };
const file = join(folder, "snapshot");
console.log("ready");
const snapshot = existsSync(file) ? readFileSync(file) : undefined;
const run = snapshot
  ? sandbox.resume(snapshot, { ...options, answers: await answersFor(snapshot) })
  : sandbox.start(readFileSync(sourceFile, "utf8"), options);
const outcome = await run.outcome;
if (outcome.status === "suspended") {
  commit("snapshot", outcome.snapshot);
  process.exitCode = 3;
} else {
  const { calls, logs, runId, usage, warnings, ...end } = outcome;
  commit(
    "outcome.json",
    JSON.stringify({ ...end, runId, warnings, toolCalls: usage.toolCalls, calls, logs: logs.map(({ text }) => text) }),
  );
}
