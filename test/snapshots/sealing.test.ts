import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkSnapshotKey,
  inspectSnapshot,
  newSnapshotKey,
  openSnapshot,
  SnapshotError,
  type SnapshotKey,
  sealSnapshot,
  snapshotEngine,
} from "../../src/snapshots/index.ts";
import { newMachine, setup } from "../engine/machines.ts";
import { KEY, OTHER_KEY, SMALL, snapshotOf, waiting } from "./samples.ts";

/** The code and the text of the SnapshotError that a promise rejects with. */
async function refusal(opening: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await opening.then(
    () => expect.unreachable("it was opened"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SnapshotError);
  const { code, message } = error as SnapshotError;
  return { code, message };
}

describe("a sealed snapshot", () => {
  test("opens to what was sealed, and the program goes on", async () => {
    const snapshot = await snapshotOf(SMALL, { name: "nightly", tenant: "a" }, { seen: new Map([[1n, undefined]]) });
    const opened = await openSnapshot(await sealSnapshot(snapshot, KEY), KEY, "a");
    expect(opened).toEqual(snapshot);
    const machine = await newMachine();
    machine.load(opened.delta, setup());
    const turn = machine.deliver({ id: 1, fulfilled: true, text: "5" }, 10_000);
    expect(turn.emissions).toMatchObject([{ type: "call", input: "[6,2]" }]);
  });

  test("keeps whatever text, number and tree it is given", async () => {
    const { delta } = await waiting(SMALL);
    const sample = await snapshotOf();
    const deep = Array.from({ length: 995 }).reduce<unknown>((inner) => [inner], 1);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "grapheme" }),
        fc.jsonValue(),
        fc.array(fc.tuple(fc.nat(), fc.array(fc.integer(), { maxLength: 300 })), { maxLength: 300 }),
        async (text, value, runs) => {
          const numbers = runs.flatMap(([skip, changed]) => [skip, changed.length, ...changed]);
          const words = new Uint8Array(Int32Array.from(numbers).buffer);
          const call = {
            id: text,
            tool: text,
            input: [value, deep],
            kind: "deferred",
            since: 1,
            details: text,
          } as const;
          const snapshot = {
            ...sample,
            meta: { ...sample.meta, name: text, tenant: text, pending: [call, call] },
            state: { value, text },
            delta: { ...delta, words },
          };
          expect(await openSnapshot(await sealSnapshot(snapshot, KEY), KEY, text)).toEqual(snapshot);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("is another one each time, and shows nothing but its engine, the hash of its tools and its run", async () => {
    const snapshot = await snapshotOf("const password = 'hunter2-hunter2'; await tools.add(password)", {
      tenant: "acme-tenant",
    });
    const [first, second] = [await sealSnapshot(snapshot, KEY), await sealSnapshot(snapshot, KEY)];
    expect(first).not.toEqual(second);
    const text = Buffer.from(first).toString("latin1");
    expect(text).toContain(snapshot.engine);
    expect(text).not.toMatch(/hunter2|acme-tenant|refund/);
    expect(await snapshotEngine(first)).toBe(snapshot.engine);
  });

  test("opens with any key of a list, so that keys can be rotated", async () => {
    const platform = await newSnapshotKey();
    const snapshot = await snapshotOf();
    const sealed = await sealSnapshot(snapshot, OTHER_KEY);
    expect(await openSnapshot(sealed, [platform, KEY, OTHER_KEY])).toEqual(snapshot);
    expect(await openSnapshot(await sealSnapshot(snapshot, platform), [KEY, platform])).toEqual(snapshot);
    expect((await refusal(openSnapshot(sealed, [platform, KEY]))).code).toBe("snapshot_key");
  });

  test("does not open with another key, and says what to do", async () => {
    const sealed = await sealSnapshot(await snapshotOf(), KEY);
    const { code, message } = await refusal(openSnapshot(sealed, OTHER_KEY));
    expect(code).toBe("snapshot_key");
    expect(message).toContain("give the snapshotKey of the sandbox that suspended it");
    expect((await refusal(inspectSnapshot(sealed, OTHER_KEY))).code).toBe("snapshot_key");
  });

  test.each([
    ["a", "b", "for the tenant it was suspended for"],
    ["a", undefined, "with the tenant it was suspended for"],
    [undefined, "a", "without one"],
    ["", undefined, "with the tenant"],
  ])("of tenant %j does not open for tenant %j", async (tenant, other, hint) => {
    const sealed = await sealSnapshot(await snapshotOf(SMALL, tenant === undefined ? {} : { tenant }), KEY);
    const { code, message } = await refusal(openSnapshot(sealed, KEY, other));
    expect(code).toBe("snapshot_key");
    expect(message).toContain(hint);
    expect((await openSnapshot(sealed, KEY, tenant)).meta.tenant).toBe(tenant);
  });

  test("is inspected without its tenant", async () => {
    const snapshot = await snapshotOf(SMALL, { tenant: "a", name: "nightly", generation: 2 });
    const sealed = await sealSnapshot(snapshot, KEY);
    const info = await inspectSnapshot(sealed, [OTHER_KEY, KEY]);
    expect(info).toEqual({ ...snapshot.meta, engine: snapshot.engine, bytes: sealed.length, ageMs: info.ageMs });
    expect(info.ageMs).toBeCloseTo(Date.now() - snapshot.meta.suspendedAt, -4);
  });

  test("of many megabytes is inspected and opened", async () => {
    const noise = Array.from({ length: 200_000 }, (_, at) => Math.imul(at, 2_654_435_761)).join(" ");
    const snapshot = await snapshotOf(SMALL, {}, noise);
    const sealed = await sealSnapshot(snapshot, KEY);
    expect((await inspectSnapshot(sealed, KEY)).runId).toBe(snapshot.meta.runId);
    expect(await openSnapshot(sealed, KEY)).toEqual(snapshot);
  });

  test("is refused where its state cannot be written", async () => {
    const snapshot = await snapshotOf(SMALL, {}, { calls: [() => 1] });
    await expect(sealSnapshot(snapshot, KEY)).rejects.toThrow("function");
  });
});

describe("a snapshot key", () => {
  const expected = "expected snapshotKey to be 32 bytes";

  test("is 32 bytes, a fitting CryptoKey, or a list of them", async () => {
    const openOnly = await crypto.subtle.importKey("raw", KEY, "AES-GCM", false, ["decrypt"]);
    const bytes = new Uint8Array(KEY);
    const [copy, second] = checkSnapshotKey([bytes, openOnly]);
    bytes.fill(0);
    expect(copy).toEqual(KEY);
    expect(second).toBe(openOnly);
  });

  test.each<[string, () => unknown, string]>([
    ["nothing", () => undefined, "undefined"],
    ["a text", () => "secret-secret-secret-secret-12345", "a string"],
    ["sixteen bytes", () => new Uint8Array(16), "16 bytes"],
    ["an empty list", () => [], "an empty list"],
    ["a list with a hole", () => [KEY, null], "null"],
    ["a buffer", () => KEY.buffer, "another object"],
    ["a key that only opens", () => crypto.subtle.importKey("raw", KEY, "AES-GCM", false, ["decrypt"]), "may decrypt"],
    [
      "a short key",
      () => crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["encrypt", "decrypt"]),
      "128 bits",
    ],
    [
      "another algorithm",
      () => crypto.subtle.generateKey({ name: "AES-CBC", length: 256 }, true, ["encrypt", "decrypt"]),
      "AES-CBC",
    ],
  ])("is refused where it is %s", async (_what, make, got) => {
    const key = (await make()) as SnapshotKey;
    expect(() => checkSnapshotKey(key)).toThrow(
      expect.objectContaining({ name: "UsageError", message: expect.stringContaining(got) }),
    );
    expect(() => checkSnapshotKey(key)).not.toThrow("secret-secret");
    await expect(openSnapshot(new Uint8Array(9), key)).rejects.toThrow(/expected snapshotKey/);
    expect(expected).toContain("snapshotKey");
  });
});

describe("bytes that are no whole snapshot", () => {
  test.each<[string, (sealed: Uint8Array) => unknown, string]>([
    ["nothing", () => undefined, "they are undefined"],
    ["a text", (sealed) => Buffer.from(sealed).toString("base64"), "they are string"],
    ["empty", () => new Uint8Array(), "do not begin like a snapshot"],
    ["of something else", () => new TextEncoder().encode("{}"), "do not begin like a snapshot"],
    ["of a later format", (sealed) => sealed.with(4, 2), "format 2, and this version reads format 1"],
    ["nearly empty", (sealed) => sealed.subarray(0, 6), "too short"],
    ["cut off", (sealed) => sealed.subarray(0, -1), "cut off or damaged"],
    ["damaged", (sealed) => sealed.with(300, (sealed[300] ?? 0) ^ 1), "cut off or damaged"],
  ])("are refused where they are %s", async (_what, change, why) => {
    const sealed = await sealSnapshot(await snapshotOf(), KEY);
    const { code, message } = await refusal(openSnapshot(change(sealed), KEY));
    expect(code).toBe("snapshot_invalid");
    expect(message).toContain(why);
  });
});
