import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createSandbox, engineBuild } from "../src/index.ts";
import { GOLDEN, GOLDEN_SESSION, goldenOptions } from "../test/snapshots/golden.ts";

/**
 * Writes the golden files of the version in package.json: its engine's image, a run that its engine suspended, and a
 * session. To be run once at each release; older files are never written again.
 */
async function main(): Promise<void> {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  const folder = new URL(`../test/snapshots/golden/${version}/`, import.meta.url);
  await using sandbox = createSandbox(goldenOptions());
  const outcome = await sandbox.run(GOLDEN.source, { input: GOLDEN.input, name: "golden" });
  if (outcome.status !== "suspended") throw new Error(`the golden program is ${outcome.status}`);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL("engine.image", folder), (await engineBuild()).image);
  await writeFile(new URL("run.snapshot", folder), outcome.snapshot);
  await using session = sandbox.session({ name: "golden" });
  await session.run(GOLDEN_SESSION.first);
  await writeFile(new URL("session.snapshot", folder), await session.snapshot());
}

await main();
