import { createSandbox, type Outcome, type Sandbox } from "../../../src/index.ts";
import { openSnapshot, type Snapshot, sealSnapshot } from "../../../src/snapshots/index.ts";
import { failureOf } from "../../support.ts";
import { type IsolationName, isolated } from "../isolations.ts";
import { Random } from "./random.ts";
import { fuzzTools } from "./settings.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at * 7);
const SOURCES: readonly string[] = [
  "let total = 0; for (const i of [1, 2, 3]) { await sleep(1e9); total += i } return total",
  "class A { #x = 1; get x() { return this.#x } } const a = new A(), m = new Map([[1, { a }]]); await sleep(1e9); return [a.x, [...m]]",
  "const f = async (n) => { await sleep(1e9 + n); return n }; return await Promise.all([f(1), f(2)])",
  "const g = (function* () { for (let i = 0; ; i++) yield i })(); g.next(); await sleep(1e9); return [g.next().value, 'x'.repeat(100), /a(b)/.exec('ab')]",
];
const SEALED_FLIPS = 30;
const OPENED_FLIPS = 6;
const LIMITS = { wallMs: 400, cpuMs: 400 };
const SLACK_MS = 1_000;

/**
 * Snapshots with flipped bits. Sealed, each is refused. Flipped before it is sealed, as by somebody who has the key, its
 * run may do whatever a program may, and the next run is right.
 */
export async function snapshotsRound(seed: string, isolation: IsolationName): Promise<string[]> {
  const random = new Random(seed);
  await using sandbox = createSandbox({ tools: fuzzTools(), snapshotKey: KEY, limits: LIMITS, ...isolated(isolation) });
  const outcome = await sandbox.run(random.pick(SOURCES));
  if (outcome.status !== "suspended") return [`nothing was suspended: ${failureOf(outcome).message}`];
  const found: string[] = [];
  for (let times = 0; times < SEALED_FLIPS; times++)
    found.push(...(await sealedFlip(sandbox, outcome.snapshot, random)));
  // What a broken memory computes may never look at the clock: inline nobody could end it.
  if (isolation === "thread") {
    const opened = await openSnapshot(outcome.snapshot, KEY);
    for (let times = 0; times < OPENED_FLIPS; times++) found.push(...(await openedFlip(sandbox, opened, random)));
  }
  return found;
}

async function sealedFlip(sandbox: Sandbox, bytes: Uint8Array, random: Random): Promise<string[]> {
  const flipped = flip(bytes, random, 1);
  const outcome = await sandbox.resume(flipped.slice(0, random.chance(0.2) ? random.below(bytes.length) : undefined))
    .outcome;
  const code = outcome.status === "failed" ? outcome.error.code : outcome.status;
  return code.startsWith("snapshot_") ? [] : [`a flipped snapshot gave ${code}`];
}

async function openedFlip(sandbox: Sandbox, opened: Snapshot, random: Random): Promise<string[]> {
  const { delta } = opened;
  const words = flipContents(delta.words, random, random.pick([1, 1, 10, 100]));
  const snapshot = await sealSnapshot({ ...opened, delta: { ...delta, words } }, KEY);
  const started = performance.now();
  const outcome: Outcome = await sandbox.resume(snapshot, { answers: answersFor(opened) }).outcome;
  const tookMs = performance.now() - started;
  const found = tookMs > LIMITS.wallMs + SLACK_MS ? [`a flipped delta took ${Math.round(tookMs)} ms`] : [];
  if (outcome.status === "failed" && outcome.error.code === "threw" && outcome.error.message.includes("/src/"))
    found.push(`it told of the host: ${outcome.error.message}`);
  const next = await sandbox.run("return 40 + 2", { limits: { wallMs: 10_000, cpuMs: 5_000 } });
  if (next.status !== "completed" || next.value !== 42) found.push(`the next run gave ${failureOf(next).message}`);
  return found;
}

function answersFor({ meta }: Snapshot): Record<string, { value: unknown }> {
  return Object.fromEntries(meta.pending.map(({ id }) => [id, { value: undefined }]));
}

function flip(bytes: Uint8Array, random: Random, times: number): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  for (let left = times; left > 0; left--) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  }
  return copy;
}

/** Flips bits of the changed words themselves, not of how many there are: see src/engine/delta.ts. */
function flipContents(bytes: Uint8Array, random: Random, times: number): Uint8Array<ArrayBuffer> {
  const words = new Int32Array(Uint8Array.from(bytes).buffer);
  const contents: number[] = [];
  for (let at = 0; at < words.length; ) {
    const end = at + 2 + (words[at + 1] ?? 0);
    for (at += 2; at < end; at++) contents.push(at);
  }
  for (let left = times; left > 0; left--) {
    const at = random.pick(contents);
    words[at] = (words[at] ?? 0) ^ (1 << random.below(32));
  }
  return new Uint8Array(words.buffer);
}
