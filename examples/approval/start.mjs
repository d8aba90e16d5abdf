// node start.mjs FOLDER: runs the program until it waits for a person, and leaves it in FOLDER/refunds.snapshot.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { shopSandbox } from "./sandbox.mjs";

const [folder = "."] = process.argv.slice(2);
const sandbox = await shopSandbox(folder);
const source = await readFile(new URL("program.js", import.meta.url), "utf8");

const outcome = await sandbox.run(source, { name: "refunds" });
if (outcome.status !== "suspended") throw new Error(`expected it to wait for a person: ${JSON.stringify(outcome)}`);

await writeFile(join(folder, "refunds.snapshot"), outcome.snapshot, { mode: 0o600 });
for (const { id, input, line, tool } of outcome.pending) {
  console.log(`waits for an approval: call ${id}, ${tool}(${JSON.stringify(input)}), line ${line}`);
}
console.log(`kept in ${outcome.snapshot.length} bytes`);
