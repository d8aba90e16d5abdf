import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sleep } from "../support.ts";

const here = new URL("fixtures/", import.meta.url).pathname;
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tardigrade-kills-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a process that carries the program on; `ready` once it begins to. */
function worker(killAt = 0): { child: ChildProcess; ready: Promise<void>; end: Promise<number | string> } {
  const args = [join(here, "worker.mjs"), folder, join(here, "payroll.js")];
  const env = { ...process.env, KILL_AT: String(killAt) };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ready = new Promise<void>((resolve) => child.stdout?.once("data", () => resolve()));
  return {
    child,
    ready,
    end: new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal ?? ""))),
  };
}

function ledger(): { key: string; answer: { to: string }; attempt: number }[] {
  const lines = readFileSync(join(folder, "ledger"), "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** Nothing ran twice, nothing was lost, and the report covers the whole life. */
function expectAllPaidOnce(): void {
  const { calls, logs, runId, status, toolCalls, value, warnings } = JSON.parse(
    readFileSync(join(folder, "outcome.json"), "utf8"),
  );
  expect([status, value, warnings, toolCalls]).toEqual([
    "completed",
    [
      ["ann", 1],
      ["ben", 8],
      ["cid", 2],
      ["dee", 2],
    ].toSorted(order(value)),
    [],
    4,
  ]);
  expect(
    ledger()
      .map(({ answer }) => answer.to)
      .sort(),
  ).toEqual(["ann", "ben", "cid", "dee"]);
  expect(
    ledger()
      .map(({ key }) => key)
      .sort(),
  ).toEqual(calls.map(({ id }: { id: string }) => `${runId}:${id}`).sort());
  expect(calls.map(({ state }: { state: string }) => state)).toEqual(Array(4).fill("completed"));
  expect([logs[0], ...logs.slice(1, 3).sort(), ...logs.slice(3)]).toEqual([
    "begin",
    "paid ann",
    "paid ben",
    "paid cid",
    "paid dee",
    "end",
  ]);
}

/** Two payments are made side by side: after a kill they may be told the other way round. */
function order(value: [string, number][]): (a: (string | number)[], b: (string | number)[]) => number {
  const at = (to: unknown) => value.findIndex(([name]) => name === to);
  return (a, b) => at(a[0]) - at(b[0]);
}

/** Starts processes, one after the other, until the program is over; gives how many it took. */
async function carriedOn(killAt: (process: number) => number): Promise<number> {
  for (let count = 1; ; count++) {
    const code = await worker(killAt(count)).end;
    if (existsSync(join(folder, "outcome.json"))) return count;
    expect([3, "SIGKILL"]).toContain(code);
    expect(count).toBeLessThan(60);
  }
}

describe("a program that is carried on by process after process pays each person once", () => {
  test("undisturbed: it is suspended for its sleep, and ends in the second process or a later one", async () => {
    const count = await carriedOn(() => 0);
    expect(count).toBeGreaterThanOrEqual(2);
    expectAllPaidOnce();
    expect(ledger().every(({ attempt }) => attempt === 1)).toBe(true);
  });

  test.each(Array.from({ length: 10 }, (_, at) => at + 1))("killed at place %d of its first process", async (place) => {
    await carriedOn((count) => (count === 1 ? place : 0));
    expectAllPaidOnce();
  });

  test.each(Array.from({ length: 10 }, (_, at) => at + 1))(
    "killed at place %d of its second process",
    async (place) => {
      await carriedOn((count) => (count === 2 ? place : 0));
      expectAllPaidOnce();
    },
  );

  test("killed in every process, a little later each time", async () => {
    expect(await carriedOn((count) => 2 + (count % 5))).toBeGreaterThan(3);
    expectAllPaidOnce();
  });

  test("killed from outside, at any time", async () => {
    for (let count = 0; !existsSync(join(folder, "outcome.json")); count++) {
      const { child, end, ready } = worker();
      const killed = ready.then(() => sleep((count * 23) % 300)).then(() => child.kill("SIGKILL"));
      await Promise.race([end, killed]);
      await end;
      expect(count).toBeLessThan(200);
    }
    expectAllPaidOnce();
  }, 120_000);
});
