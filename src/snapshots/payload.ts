import type { Delta } from "../engine/index.ts";
import { decode, encode } from "../values/index.ts";
import { deflate, inflate, joined } from "./deflate.ts";
import { invalid } from "./envelope.ts";
import { isDelta, isMeta } from "./shapes.ts";
import type { PendingCall, Snapshot, SnapshotMeta } from "./types.ts";
import { packWords, unpackWords } from "./words.ts";

/**
 * What is sealed, numbers little-endian:
 *
 * | bytes | what |
 * |---|---|
 * | 4 | M, bytes of the metadata's text |
 * | 4 | S, bytes of the state's text |
 * | 4 | D, bytes of the text of what the machine's host side knew |
 * | 4 | W, bytes of the delta's words as words.ts packs them |
 * | the rest | those four in this order, M + S + D + W bytes by raw deflate |
 *
 * Texts are those of values (src/values); in the metadata, the input and the details of a pending call are such texts
 * themselves, so that each may nest as deep as any value.
 */
const LENGTHS = 4;
const HEAD_BYTES = LENGTHS * 4;
/** No snapshot is larger unpacked: the largest guest heap is 1 GiB. */
const MAX_BYTES = 2 ** 31 - 1;

const encoder = new TextEncoder();

/** The payload of a snapshot. Throws ValueError where its state holds what can't be written, RangeError where it is too large. */
export async function encodePayload({ delta, meta, state }: Snapshot): Promise<Uint8Array<ArrayBuffer>> {
  const { engine: _engine, words, ...rest } = delta;
  const pending = meta.pending.map(packedCall);
  const texts = [encode({ ...meta, pending }), encode(state), encode(rest)].map((text) => encoder.encode(text));
  const parts = [...texts, await packWords(words)];
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  if (total > MAX_BYTES) throw new RangeError(`the snapshot has ${total} bytes; ${MAX_BYTES} are the most`);
  const deflated = await deflate(parts);
  const lengths = new DataView(new ArrayBuffer(HEAD_BYTES));
  for (const [at, { length }] of parts.entries()) lengths.setUint32(at * 4, length, true);
  return joined([new Uint8Array(lengths.buffer), deflated], HEAD_BYTES + deflated.length);
}

/** What a payload holds. Rejects with SnapshotError `snapshot_invalid`. */
export function decodePayload(
  payload: Uint8Array<ArrayBuffer>,
  engine: string,
): Promise<Pick<Snapshot, "meta" | "state" | "delta">> {
  return guarded(async () => {
    const [metaLength = 0, stateLength = 0, restLength = 0, wordsLength = 0] = lengthsOf(payload);
    const total = metaLength + stateLength + restLength + wordsLength;
    const bytes = await inflate(payload.subarray(HEAD_BYTES), total + 1);
    if (bytes.length !== total) throw invalid("they hold another length than they say");
    const stateEnd = metaLength + stateLength;
    const restEnd = stateEnd + restLength;
    const rest = decode(textOf(bytes, stateEnd, restEnd));
    const delta = { ...(rest as object), engine, words: await unpackWords(bytes.subarray(restEnd)) } as Delta;
    if (!isDelta(delta)) throw invalid("their machine is not described as this version expects");
    return { meta: metaOf(bytes, metaLength), state: decode(textOf(bytes, metaLength, stateEnd), true), delta };
  });
}

/** Only the metadata of a payload; the rest is not unpacked. Rejects as `decodePayload`. */
export function decodeMeta(payload: Uint8Array<ArrayBuffer>): Promise<SnapshotMeta> {
  return guarded(async () => {
    const [length = 0] = lengthsOf(payload);
    return metaOf(await inflate(payload.subarray(HEAD_BYTES), length), length);
  });
}

async function guarded<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function lengthsOf(payload: Uint8Array): number[] {
  if (payload.length < HEAD_BYTES) throw new Error("their payload is too short");
  const view = new DataView(payload.buffer, payload.byteOffset);
  const lengths = Array.from({ length: LENGTHS }, (_, at) => view.getUint32(at * 4, true));
  if (lengths.reduce((sum, length) => sum + length) > MAX_BYTES) throw new Error("their payload is too large");
  return lengths;
}

function metaOf(bytes: Uint8Array, length: number): SnapshotMeta {
  const meta = decode(textOf(bytes, 0, length));
  if (!isMeta(meta)) throw new Error("their metadata are not as this version expects");
  return { ...meta, pending: meta.pending.map(unpackedCall) };
}

function packedCall({ details, input, ...rest }: PendingCall): PendingCall {
  return { ...rest, input: encode(input), ...(details !== undefined && { details: encode(details) }) };
}

/** Lenient: a regular expression that this runtime doesn't know is marked, and no reason to lose the run. */
function unpackedCall({ details, input, ...rest }: PendingCall): PendingCall {
  return {
    ...rest,
    input: decode(String(input), true),
    ...(details !== undefined && { details: decode(String(details), true) }),
  };
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(from, to));
}
