// A session that is explored step by step, goes to a file, and goes on in another process. Checks itself.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSandbox, renderOutcome, unwrap } from "tardigrade";

const READINGS = [
  { station: "north", celsius: 4 },
  { station: "south", celsius: 11 },
  { station: "south", celsius: 13 },
];

/** Both processes have the same tools and the same key. */
function newSandbox(key) {
  return createSandbox({ snapshotKey: key, tools: { weather: { readings: async () => READINGS } } });
}

/** Runs a program and shows it with what came out. */
async function step(session, code) {
  const outcome = await session.run(code);
  console.log(`> ${code.replaceAll("\n", "\n  ")}\n${renderOutcome(outcome)}\n`);
  return outcome;
}

async function begin(file) {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const sandbox = newSandbox(key);
  const session = sandbox.session();
  await step(session, "const readings = await tools.weather.readings()\nreadings.length");
  await step(session, "const mean = (list) => list.reduce((sum, n) => sum + n) / list.length");
  const failed = await step(session, "let attempts = 1\nmean(undefined)");
  assert.equal(failed.status, "failed");
  assert.equal(failed.error.line, 2);
  const south = await step(
    session,
    "attempts++\nmean(readings.filter((r) => r.station === 'south').map((r) => r.celsius))",
  );
  assert.equal(unwrap(south), 12);

  console.log("It holds:");
  for (const { name, preview } of await session.variables()) console.log(`  ${name}: ${preview}`);

  // A fork tries something that would spoil the rest.
  const fork = await session.fork();
  await fork.run("readings.length = 0");
  assert.equal(unwrap(await session.run("readings.length")), 3);

  writeFileSync(file, await session.snapshot(), { mode: 0o600 });
  await sandbox.close();
  return key;
}

async function goOn(file, key) {
  const sandbox = newSandbox(key);
  const session = sandbox.session({ snapshot: readFileSync(file) });
  const all = await step(session, "attempts++\n[mean(readings.map((r) => r.celsius)), attempts]");
  assert.deepEqual(unwrap(all), [28 / 3, 3]);

  // A run that breaks its machine ends the session; the state before it is still there.
  const broken = await session.run("readings.length = 0; for (;;);", { limits: { cpuMs: 100 } });
  assert.equal(broken.status === "failed" && broken.error.code, "cpu_limit");
  const again = sandbox.session({ snapshot: await session.snapshot() });
  assert.equal(unwrap(await again.run("readings.length")), 3);
  await sandbox.close();
}

const [, , file] = process.argv;
if (file) {
  await goOn(file, Buffer.from(process.env.SESSION_KEY ?? "", "hex"));
} else {
  const folder = mkdtempSync(join(tmpdir(), "session-"));
  try {
    const path = join(folder, "session.bin");
    const key = await begin(path);
    console.log("\nIn another process:");
    const env = { ...process.env, SESSION_KEY: Buffer.from(key).toString("hex") };
    process.stdout.write(execFileSync(process.execPath, [fileURLToPath(import.meta.url), path], { env }));
    console.log("The session went on where it was.");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
