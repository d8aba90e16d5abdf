import { closeEnvelope, type Envelope, newHead, readEnvelope } from "./envelope.ts";
import { checkSnapshotKey, platformKey, type SnapshotKey } from "./keys.ts";
import { decodeMeta, decodePayload, encodePayload } from "./payload.ts";
import { SnapshotError } from "./snapshot-error.ts";
import type { Snapshot, SnapshotInfo } from "./types.ts";

/** Packs and seals a snapshot. Throws UsageError for a wrong key, ValueError where its state holds what can't be written. */
export async function sealSnapshot(snapshot: Snapshot, key: SnapshotKey): Promise<Uint8Array<ArrayBuffer>> {
  const [first] = checkSnapshotKey(key);
  const payload = await encodePayload(snapshot);
  const { head, iv } = newHead({ engine: snapshot.engine, tools: snapshot.tools, runId: snapshot.meta.runId });
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: head },
    await platformKey(first as SnapshotKey),
    payload,
  );
  return closeEnvelope(head, new Uint8Array(sealed));
}

/**
 * Opens what `sealSnapshot` made, with any of the keys, for the tenant it was made for. Throws SnapshotError:
 * `snapshot_invalid` for bytes that are not whole, `snapshot_key` for another key or tenant. Throws UsageError for wrong keys.
 */
export async function openSnapshot(
  bytes: unknown,
  keys: SnapshotKey | readonly SnapshotKey[],
  tenant?: string,
): Promise<Snapshot> {
  const checked = checkSnapshotKey(keys);
  const envelope = await readEnvelope(bytes);
  const payload = await unseal(envelope, checked);
  const { delta, meta, state } = await decodePayload(payload, envelope.engine);
  if (meta.tenant !== tenant) {
    throw new SnapshotError(
      "snapshot_key",
      meta.tenant === undefined
        ? "the snapshot belongs to no tenant: resume it without one"
        : `the snapshot belongs to another tenant: resume it ${tenant === undefined ? "with the tenant" : "for the tenant"} it was suspended for`,
    );
  }
  return { meta, engine: envelope.engine, tools: envelope.tools, state, delta };
}

/** The engine build that a snapshot needs, without its key. Throws SnapshotError `snapshot_invalid`. */
export async function snapshotEngine(bytes: unknown): Promise<string> {
  return (await readEnvelope(bytes)).engine;
}

/**
 * What a snapshot holds, without resuming it: its pending calls, what it spent, its age. Takes the sandbox's
 * `snapshotKey`, and no tenant. Throws SnapshotError as `sandbox.resume` reports it, UsageError for wrong keys.
 */
export async function inspectSnapshot(
  bytes: Uint8Array,
  key: SnapshotKey | readonly SnapshotKey[],
): Promise<SnapshotInfo> {
  const keys = checkSnapshotKey(key);
  const envelope = await readEnvelope(bytes);
  const meta = await decodeMeta(await unseal(envelope, keys));
  const { engine } = envelope;
  return { ...meta, engine, ageMs: Math.max(0, Date.now() - meta.suspendedAt), bytes: bytes.byteLength };
}

async function unseal({ head, iv, sealed }: Envelope, keys: readonly SnapshotKey[]): Promise<Uint8Array<ArrayBuffer>> {
  for (const key of keys) {
    try {
      const algorithm = { name: "AES-GCM", iv, additionalData: head };
      return new Uint8Array(await crypto.subtle.decrypt(algorithm, await platformKey(key), sealed));
    } catch {
      // WebCrypto says no more than that it failed: the next key may be the right one.
    }
  }
  throw new SnapshotError(
    "snapshot_key",
    "the snapshot was sealed with another key: give the snapshotKey of the sandbox that suspended it (a list of keys opens with any of them); a sandbox without that option makes a key of its own, which ends with it",
  );
}
