import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { fileWith, hasPty, isRunning, rawConfig, start, startInTerminal } from "./harness.ts";

const TREE = fileURLToPath(new URL("../mcp/fixtures/tree.mjs", import.meta.url));
const SLOW = 'console.log("pid=" + await tools.raw.pid() + ";"); await tools.raw.wait({ steps: 1 }); return "never"';

function pidIn(output: string): number {
  return Number(/pid=(\d+);/.exec(output)?.[1]);
}

describe("during a slow call", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s cancels the run, tells the server and ends it; exit code %i", async (signal, expected) => {
    const log = join(tmpdir(), `tardigrade-cli-${process.pid}-${signal}.log`);
    const { child, ended, seen } = start(["run", "-e", SLOW, "--mcp", rawConfig({}, { LOG: log })]);
    await seen("pid=");
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill(signal);
    const { code, stderr, stdout } = await ended;
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toMatch(/^■ raw\.wait\(\{ steps: 1 \}\) [\d.]+ m?s aborted$/m);
    expect(stderr).toMatch(new RegExp(`^Failed \\(cancelled\\): the run was cancelled: ended by ${signal}$`, "m"));
    expect(readFileSync(log, "utf8")).toMatch(/notifications\/cancelled/);
    expect(isRunning(pidIn(stderr))).toBe(false);
  });

  test("a second SIGINT ends it at once, and the servers with it", async () => {
    const family = join(tmpdir(), `tardigrade-cli-${process.pid}.family`);
    const config = rawConfig({
      tree: { command: process.execPath, args: [TREE, "stubborn"], env: { FAMILY: family } },
    });
    const { child, ended, seen } = start(["run", "-e", SLOW, "--mcp", config]);
    await seen("pid=");
    const pids = JSON.parse(readFileSync(family, "utf8")) as number[];
    expect(pids.map(isRunning)).toEqual([true, true, true]);
    child.kill("SIGINT");
    await seen("cancelled");
    const begun = Date.now();
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect(Date.now() - begun).toBeLessThan(800);
    await expect.poll(() => pids.filter(isRunning), { timeout: 5_000 }).toEqual([]);
  });

  test.runIf(hasPty)("Ctrl-C in a terminal", async () => {
    const { child, ended, seen } = startInTerminal(["run", "-e", SLOW, "--mcp", rawConfig()]);
    await seen("pid=");
    await seen("raw.wait({ steps: 1 })");
    child.stdin.write("\u0003");
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain("Failed (cancelled)");
    expect(isRunning(pidIn(stdout))).toBe(false);
  });
});

test("while the program computes: heard when that ends", async () => {
  const code = "console.log('busy'); await new Promise((ok) => setTimeout(ok, 100)); for (;;) ;";
  const { child, ended, seen } = start(["run", "-e", code, "--limit", "cpuMs=1s"]);
  await seen("busy");
  setTimeout(() => child.kill("SIGINT"), 400);
  expect((await ended).code).toBe(130);
});

test("while servers are starting", async () => {
  const pidFile = fileWith("pid", "");
  const script = `require("fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); process.stdin.resume()`;
  const config = fileWith(
    "servers.json",
    JSON.stringify({ mcpServers: { mute: { command: process.execPath, args: ["-e", script] } } }),
  );
  const { child, ended } = start(["run", "-e", "1", "--mcp", config, "--json"]);
  await expect.poll(() => readFileSync(pidFile, "utf8"), { timeout: 10_000 }).not.toBe("");
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  expect(code).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({ status: "failed", error: { code: "cancelled" } });
  await expect.poll(() => isRunning(Number(readFileSync(pidFile, "utf8"))), { timeout: 5_000 }).toBe(false);
});

test("while the program is read", async () => {
  const { child, ended } = start(["run", "-"], { openStdin: true });
  setTimeout(() => child.kill("SIGTERM"), 700);
  expect(await ended).toEqual({ code: 143, stdout: "", stderr: "" });
});
