import { UsageError } from "../errors.ts";

/** `CryptoKey`, also for projects whose type libraries don't know it. */
type PlatformKey = typeof globalThis extends { CryptoKey: { prototype: infer K } } ? K : object;

/** What seals a snapshot: 32 bytes, or a CryptoKey for AES-GCM with 256 bits. */
export type SnapshotKey = Uint8Array | PlatformKey;

const KEY_BYTES = 32;
const ALGORITHM = "AES-GCM";
const USES: readonly KeyUsage[] = ["encrypt", "decrypt"];

/** Makes a key. It can't be exported: to keep one, make 32 random bytes yourself and give those. */
export async function newSnapshotKey(): Promise<PlatformKey> {
  return crypto.subtle.generateKey({ name: ALGORITHM, length: KEY_BYTES * 8 }, false, USES);
}

/**
 * Checks the option `snapshotKey`: one key, or a list of which the first seals and all open. Gives the list, with its
 * bytes copied. Throws UsageError, which never shows a key.
 */
export function checkSnapshotKey(option: unknown): readonly SnapshotKey[] {
  const keys: readonly unknown[] = Array.isArray(option) ? option : [option];
  if (keys.length === 0) {
    throw new UsageError("expected snapshotKey to hold at least one key, got an empty list");
  }
  return keys.map((key, at) => checkedKey(key, at === 0 ? USES : ["decrypt"]));
}

/** A key as WebCrypto takes it. */
export async function platformKey(key: SnapshotKey): Promise<PlatformKey> {
  if (!(key instanceof Uint8Array)) return key;
  return crypto.subtle.importKey("raw", key as Uint8Array<ArrayBuffer>, ALGORITHM, false, USES);
}

function checkedKey(key: unknown, uses: readonly KeyUsage[]): SnapshotKey {
  if (key instanceof Uint8Array && key.length === KEY_BYTES) return new Uint8Array(key);
  if (key instanceof CryptoKey && isFit(key, uses)) return key;
  throw new UsageError(
    `expected snapshotKey to be ${KEY_BYTES} bytes (a Uint8Array), a CryptoKey for AES-GCM with 256 bits that may ${USES.join(" and ")}, or a list of those, got ${described(key)}`,
  );
}

function isFit({ algorithm, type, usages }: CryptoKey, uses: readonly KeyUsage[]): boolean {
  const { length } = algorithm as AesKeyAlgorithm;
  return (
    type === "secret" &&
    algorithm.name === ALGORITHM &&
    length === KEY_BYTES * 8 &&
    uses.every((use) => usages.includes(use))
  );
}

function described(key: unknown): string {
  if (key instanceof Uint8Array) return `${key.length} bytes`;
  if (key instanceof CryptoKey) {
    const { length } = key.algorithm as AesKeyAlgorithm;
    return `a CryptoKey for ${key.algorithm.name}${length ? ` with ${length} bits` : ""} that may ${key.usages.join(" and ") || "nothing"}`;
  }
  if (key === null) return "null";
  return typeof key === "object" ? "another object" : typeof key === "undefined" ? "undefined" : `a ${typeof key}`;
}
