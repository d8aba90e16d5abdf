// node approve.mjs FOLDER [no]: somebody else, later, elsewhere: answers what waits, and the program goes on at its line.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { inspectSnapshot } from "tardigrade";
import { shopSandbox } from "./sandbox.mjs";

const [folder = ".", verdict] = process.argv.slice(2);
const file = join(folder, "refunds.snapshot");
const snapshot = await readFile(file);

const { name, pending } = await inspectSnapshot(snapshot, await readFile(join(folder, "key")));
const answer = verdict === "no" ? { deny: "too much money", by: "Ada" } : { approve: true, by: "Ada" };
console.log(`${answer.by} says ${verdict === "no" ? "no" : "yes"} to ${pending.length} call of "${name}"`);

const sandbox = await shopSandbox(folder);
const answers = Object.fromEntries(pending.map(({ id }) => [id, answer]));
const outcome = await sandbox.resume(snapshot, { answers }).outcome;
if (outcome.status !== "completed") throw new Error(`expected it to complete: ${JSON.stringify(outcome)}`);

await rm(file);
for (const line of outcome.value) console.log(line);
