import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { SeededRandom } from "../../src/engine/random.ts";
import { inspectSnapshot, openSnapshot, SnapshotError, sealSnapshot } from "../../src/snapshots/index.ts";
import { decodeMeta, decodePayload, encodePayload } from "../../src/snapshots/payload.ts";
import { KEY, SMALL, snapshotOf } from "./samples.ts";

const MUTATIONS = 10_000;
const CHECKSUM_BYTES = 8;

const random = SeededRandom.begin([2026, 1, 2, 3]);
/** A whole number from 0 up to but not including `end`. */
function below(end: number): number {
  const bytes = new Uint8Array(4);
  random.fill(bytes);
  return new DataView(bytes.buffer).getUint32(0) % end;
}

type Mutation = (bytes: Uint8Array, other: Uint8Array) => Uint8Array;

const MUTATIONS_BY_NAME: Record<string, Mutation> = {
  flip(bytes) {
    const copy = bytes.slice();
    for (let times = 1 + below(4); times > 0; times--) {
      // Half of them in the head, where the lengths are.
      const at = below(below(2) ? bytes.length : 130);
      copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
    }
    return copy;
  },
  set: (bytes) => bytes.with(below(below(2) ? bytes.length : 130), below(256)),
  truncate: (bytes) => bytes.slice(0, below(bytes.length)),
  extend: (bytes) => Uint8Array.from([...bytes, ...new Uint8Array(1 + below(40)).fill(below(256))]),
  remove(bytes) {
    const at = below(bytes.length);
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + below(20))]);
  },
  splice(bytes, other) {
    const at = below(Math.min(bytes.length, other.length));
    return Uint8Array.from([...bytes.subarray(0, at), ...other.subarray(at)]);
  },
};

function withChecksum(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES));
  const sum = createHash("sha256").update(body).digest().subarray(0, CHECKSUM_BYTES);
  return Uint8Array.from([...body, ...sum]);
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

test(`${MUTATIONS} mutations of snapshots: none is accepted, none crashes`, async () => {
  const first = await sealSnapshot(await snapshotOf(), KEY);
  const second = await sealSnapshot(await snapshotOf(`const rest = 1; ${SMALL}`, { generation: 1 }), KEY);
  const names = Object.keys(MUTATIONS_BY_NAME);
  const codes: Record<string, number> = {};
  for (let i = 0; i < MUTATIONS; i++) {
    const name = names[i % names.length] ?? "";
    const [bytes, other] = below(2) ? [first, second] : [second, first];
    const mutated = MUTATIONS_BY_NAME[name]?.(bytes, other) ?? bytes;
    const given = below(2) ? withChecksum(mutated) : mutated;
    if (same(given, first) || same(given, second)) continue;
    const error = await (below(2) ? openSnapshot(given, KEY) : inspectSnapshot(given, KEY)).then(
      () => `${name} was accepted`,
      (reason: unknown) => reason,
    );
    if (!(error instanceof SnapshotError)) expect.unreachable(`${name}: ${error}`);
    codes[error.code] = (codes[error.code] ?? 0) + 1;
  }
  // Both ways to be refused were met, and no third one.
  expect(Object.keys(codes).sort()).toEqual(["snapshot_invalid", "snapshot_key"]);
  expect(Math.min(...Object.values(codes))).toBeGreaterThan(1_000);
}, 60_000);

test("mutations of what is sealed, by somebody who has the key: each is a snapshot or refused", async () => {
  const { delta, meta, state } = await snapshotOf();
  const payload = await encodePayload({ delta, meta, state, engine: delta.engine, tools: "" });
  const names = Object.keys(MUTATIONS_BY_NAME);
  let refused = 0;
  for (let i = 0; i < 2_000; i++) {
    const mutated = MUTATIONS_BY_NAME[names[i % names.length] ?? ""]?.(payload, payload.toReversed()) ?? payload;
    const error = await (below(2) ? decodePayload(mutated.slice(), "engine") : decodeMeta(mutated.slice())).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) continue;
    expect(error).toBeInstanceOf(SnapshotError);
    refused++;
  }
  expect(refused).toBeGreaterThan(500);
}, 60_000);
