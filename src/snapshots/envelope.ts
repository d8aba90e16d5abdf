import { SnapshotError } from "./snapshot-error.ts";

/**
 * A snapshot's bytes, numbers little-endian:
 *
 * | bytes | what |
 * |---|---|
 * | 4 | `TDGS` |
 * | 1 | the version of this format: 1 |
 * | 1, E | the length of the engine id, and the engine id, in ASCII |
 * | 1, T | the length of the tool table's hash, and the hash, in ASCII |
 * | 1, R | the length of the run's id, and the id, in ASCII |
 * | 12 | the initialization vector, drawn for each snapshot |
 * | P + 16 | the payload by AES-256-GCM, with its tag; all that stands before is authenticated with it |
 * | 8 | the first bytes of the SHA-256 of all that stands before |
 *
 * The checksum is no seal: it tells damaged bytes from a wrong key.
 */
export interface Envelope {
  readonly engine: string;
  readonly tools: string;
  readonly runId: string;
  /** All before the payload; authenticated with it. */
  readonly head: Uint8Array<ArrayBuffer>;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

const MAGIC = [0x54, 0x44, 0x47, 0x53];
const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CHECKSUM_BYTES = 8;
/** The longest of the names in the head. */
const MAX_NAME = 255;

/** What stands before the payload, with a fresh initialization vector at its end. Throws RangeError for a name that doesn't fit. */
export function newHead(names: Pick<Envelope, "engine" | "tools" | "runId">): Pick<Envelope, "head" | "iv"> {
  const { engine, runId, tools } = names;
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const parts = [engine, tools, runId].flatMap(nameBytes);
  return { head: Uint8Array.from([...MAGIC, VERSION, ...parts, ...iv]), iv };
}

/** The whole, with its checksum. */
export async function closeEnvelope(head: Uint8Array, sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(head.length + sealed.length + CHECKSUM_BYTES);
  whole.set(head);
  whole.set(sealed, head.length);
  const end = whole.length - CHECKSUM_BYTES;
  whole.set(await checksum(whole.subarray(0, end)), end);
  return whole;
}

/** Takes bytes apart, without any key. Rejects with SnapshotError `snapshot_invalid`; allocates nothing but a copy. */
export async function readEnvelope(given: unknown): Promise<Envelope> {
  const bytes = bytesOf(given);
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) throw invalid("they do not begin like a snapshot");
  const version = bytes[MAGIC.length] ?? 0;
  if (version !== VERSION) throw invalid(`they are of format ${version}, and this version reads format ${VERSION}`);
  const engine = nameAt(bytes, MAGIC.length + 1);
  const tools = nameAt(bytes, engine.end);
  const runId = nameAt(bytes, tools.end);
  const start = runId.end + IV_BYTES;
  const end = bytes.length - CHECKSUM_BYTES;
  if (start + TAG_BYTES > end) throw invalid("they are too short");
  const expected = await checksum(bytes.subarray(0, end));
  if (expected.some((byte, at) => bytes[end + at] !== byte)) throw invalid("they are cut off or damaged");
  return {
    engine: engine.name,
    tools: tools.name,
    runId: runId.name,
    head: bytes.subarray(0, start),
    iv: bytes.subarray(runId.end, start),
    sealed: bytes.subarray(start, end),
  };
}

/** The id of the run that bytes claim to be of, at once and unchecked; undefined if they are no snapshot. */
export function claimedRunId(bytes: unknown): string | undefined {
  if (!(bytes instanceof Uint8Array) || MAGIC.some((byte, at) => bytes[at] !== byte)) return undefined;
  const tools = nameAt(bytes, nameAt(bytes, MAGIC.length + 1).end);
  return nameAt(bytes, tools.end).name || undefined;
}

/** A copy of bytes however they are given, as their caller may change or reuse them; anything else as it is. */
export function copiedBytes(given: unknown): unknown {
  if (given instanceof Uint8Array) return new Uint8Array(given);
  return given instanceof ArrayBuffer ? new Uint8Array(given.slice()) : given;
}

/** An error for bytes that are no whole snapshot. */
export function invalid(why: string): SnapshotError {
  return new SnapshotError(
    "snapshot_invalid",
    `the bytes are not a whole snapshot: ${why}; give those that a suspended outcome had, unchanged`,
  );
}

function bytesOf(given: unknown): Uint8Array<ArrayBuffer> {
  const bytes = copiedBytes(given);
  if (bytes instanceof Uint8Array) return bytes as Uint8Array<ArrayBuffer>;
  throw invalid(`they are ${given === null ? "null" : typeof given === "object" ? "another object" : typeof given}`);
}

function nameBytes(name: string): number[] {
  const codes = Array.from(name, (character) => character.charCodeAt(0));
  if (codes.length > MAX_NAME || codes.some((code) => code > 0x7f)) throw new RangeError(`not a short name: ${name}`);
  return [codes.length, ...codes];
}

function nameAt(bytes: Uint8Array, at: number): { name: string; end: number } {
  const end = at + 1 + (bytes[at] ?? 0);
  return { name: String.fromCharCode(...bytes.subarray(at + 1, end)), end };
}

async function checksum(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, CHECKSUM_BYTES);
}
