import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { type Answer, createSandbox, inspectSnapshot, type Outcome } from "../../src/index.ts";
import { GOLDEN, GOLDEN_SESSION, goldenOptions } from "./golden.ts";

const folder = new URL("golden/", import.meta.url);
const versions = await readdir(folder);
const wasm = await readFile(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm"));

test("each released version has golden files", () => {
  expect(versions.length).toBeGreaterThan(0);
});

test.each(versions)("what version %s suspended goes on, suspends again and ends rightly", async (version) => {
  const [image, snapshot] = await Promise.all(
    ["engine.image", "run.snapshot"].map((name) => readFile(new URL(`${version}/${name}`, folder))),
  );
  const options = { ...goldenOptions(), engines: [{ wasm, image: image as Uint8Array }] };
  await using sandbox = createSandbox(options);
  expect(await inspectSnapshot(snapshot as Uint8Array, new Uint8Array(32).fill(1))).toMatchObject({
    name: "golden",
    generation: 0,
    pending: [{ tool: "pay", kind: "approval", input: { name: "ada", amount: 5 } }],
  });
  let outcome: Outcome = await approveAll(snapshot as Uint8Array);
  expect(outcome.status).toBe("suspended");
  if (outcome.status === "suspended") outcome = await approveAll(outcome.snapshot, "3");
  expect(outcome).toMatchObject({ status: "completed", value: GOLDEN.value });
  expect(outcome.calls.map(({ state, tool }) => `${tool} ${state}`)).toEqual([
    "pay completed",
    "add completed",
    "pay completed",
    "add completed",
  ]);

  async function approveAll(bytes: Uint8Array, id = "1"): Promise<Outcome> {
    const answers: Record<string, Answer> = { [id]: { approve: true } };
    return await sandbox.resume(bytes, { answers }).outcome;
  }
});

test.each(versions)("a session that version %s saved goes on", async (version) => {
  const [image, snapshot] = await Promise.all(
    ["engine.image", "session.snapshot"].map((name) => readFile(new URL(`${version}/${name}`, folder))),
  );
  await using sandbox = createSandbox({ ...goldenOptions(), engines: [{ wasm, image: image as Uint8Array }] });
  await using session = sandbox.session({ snapshot: snapshot as Uint8Array });
  expect(await session.run(GOLDEN_SESSION.second)).toMatchObject({ status: "completed", value: GOLDEN_SESSION.value });
});
