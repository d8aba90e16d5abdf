import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newPath, ROOT, shell } from "./harness.ts";

const EXAMPLE = join(ROOT, "examples", "approval");

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
}

function ledgerOf(path: string): { order: string; pid: number }[] {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as { order: string; pid: number });
}

test("the demo refunds each order once, by two processes", () => {
  const output = node(join(EXAMPLE, "demo.mjs"));
  expect(output.replaceAll(/\d+(?= bytes)/g, "N")).toBe(`The first process runs the program and ends:
  waits for an approval: call 3, shop.refund({"order":"O-1002","amount":950}), line 6
  kept in N bytes

The second process approves:
  Ada says yes to 1 call of "refunds"
  O-1001: refunded 25, R-1001
  O-1002: refunded 950, R-1002
  O-1003: refunded 40, R-1003

The ledger has 3 refunds, each order once.
`);
});

test("step by step, a person may say no", () => {
  const folder = mkdtempSync(join(tmpdir(), "tardigrade-approval-"));
  node(join(EXAMPLE, "start.mjs"), folder);
  const output = node(join(EXAMPLE, "approve.mjs"), folder, "no");
  expect(output).toContain("O-1002: not refunded, shop.refund was denied: too much money\n");
  expect(ledgerOf(join(folder, "ledger.jsonl")).map(({ order }) => order)).toEqual(["O-1001", "O-1003"]);
});

test("the commands of its README do what it says", async () => {
  const readme = readFileSync(join(EXAMPLE, "README.md"), "utf8");
  const [, commands = ""] = /```sh\nexport LEDGER=\S+\n(.*?)```/s.exec(readme) ?? [];
  const [run = "", resume = ""] = commands
    .trim()
    .replaceAll("refunds.snapshot", newPath("refunds.snapshot"))
    .split("\n");
  const ledger = newPath("ledger.jsonl");
  const first = await shell(`export LEDGER=${ledger}; ${run}`);
  expect(first.code).toBe(3);
  expect(first.stderr.match(/^- an approval: shop\.refund/gm)).toHaveLength(3);
  const second = await shell(`export LEDGER=${ledger}; ${resume}`);
  expect(second.code).toBe(0);
  expect(JSON.parse(second.stdout)).toEqual([
    "O-1001: refunded 25, R-1001",
    "O-1002: refunded 950, R-1002",
    "O-1003: not refunded, shop.refund was denied: ask Ada",
  ]);
  expect(
    ledgerOf(ledger)
      .map(({ order }) => order)
      .sort(),
  ).toEqual(["O-1001", "O-1002"]);
});
