// node demo.mjs: both processes, one after the other; then looks into the ledger whether each refund was made once.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "tardigrade-approval-"));
try {
  console.log("The first process runs the program and ends:");
  run("start.mjs");
  const before = ledger();
  assert.deepEqual(orders(before), ["O-1001", "O-1003"], "what needs nobody is refunded at once");

  console.log("\nThe second process approves:");
  run("approve.mjs");
  const after = ledger();
  assert.deepEqual(orders(after), ["O-1001", "O-1002", "O-1003"], "each order is refunded once");
  assert.equal(new Set(after.map(({ pid }) => pid)).size, 2, "by two processes");
  assert.equal(existsSync(join(folder, "refunds.snapshot")), false);
  console.log(`\nThe ledger has ${after.length} refunds, each order once.`);
} finally {
  rmSync(folder, { recursive: true });
}

function run(script) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const output = execFileSync(process.execPath, [path, folder], { encoding: "utf8" });
  process.stdout.write(output.replaceAll(/^(?=.)/gm, "  "));
}

function ledger() {
  const lines = readFileSync(join(folder, "ledger.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

function orders(entries) {
  return entries.map(({ order }) => order).sort();
}
