import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  call,
  connect,
  fixture,
  isRunning,
  nodeServer,
  rawServer,
  startProcess,
  temporaryFolder,
  until,
} from "./harness.ts";

function familyIn(file: string): number[] {
  return JSON.parse(readFileSync(file, "utf8")) as number[];
}

describe("on close the whole tree of a server ends", () => {
  test.each([[[]], [["stubborn"]]])("with a grandchild that ignores SIGTERM; wrapper: %j", async (args) => {
    const file = join(temporaryFolder(), "family");
    const connection = await connect({ tree: nodeServer(fixture("tree.mjs"), args, { env: { FAMILY: file } }) });
    await call(connection, "tree.pid");
    const family = familyIn(file);
    expect(family.map(isRunning)).toEqual([true, true, true]);
    const begun = Date.now();
    await connection.close();
    expect(Date.now() - begun).toBeLessThan(4_000);
    expect(family.map(isRunning)).toEqual([false, false, false]);
  });

  test("behind sh -c, and at once if the server heeds the end of its input", async () => {
    const script = `"${process.execPath}" "${fixture("raw-server.mjs")}"; true`;
    const connection = await connect({ shell: { command: "sh", args: ["-c", script] } });
    const pid = Number(await call(connection, "shell.pid"));
    const begun = Date.now();
    await connection.close();
    expect(Date.now() - begun).toBeLessThan(800);
    expect(isRunning(pid)).toBe(false);
  });

  test("what a server leaves behind when it dies is ended too", async () => {
    const file = join(temporaryFolder(), "family");
    const connection = await connect({ tree: nodeServer(fixture("tree.mjs"), [], { env: { FAMILY: file } }) });
    const [wrapper = 0, grandchild = 0] = familyIn(file);
    process.kill(wrapper, "SIGKILL");
    await until(() => !isRunning(grandchild));
    expect(connection.servers[0]?.state).toBe("failed");
  });
});

describe("the whole tree ends with our own process", () => {
  const host = ["--import", "tsx", fixture("host.ts")];

  test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("killed by %s", async (signal) => {
    const file = join(temporaryFolder(), "family");
    const { child } = await startProcess(host, { FAMILY: file }, /ready/);
    const family = familyIn(file);
    child.kill(signal);
    await until(() => child.exitCode !== null || child.signalCode !== null);
    expect(child.signalCode).toBe(signal); // no handler of ours is in the way
    await until(() => !family.some(isRunning));
  });

  test.each(["exit", "throw"])("ended by %s", async (how) => {
    const file = join(temporaryFolder(), "family");
    const child = spawn(process.execPath, [...host, how], { env: { ...process.env, FAMILY: file }, stdio: "ignore" });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(code).toBe(how === "exit" ? 0 : 1);
    expect(existsSync(file)).toBe(true);
    await until(() => !familyIn(file).some(isRunning));
  });
});

test("no listeners or processes stay behind after many connections", async () => {
  const before = process.listenerCount("exit");
  for (let times = 0; times < 5; times += 1) {
    const connection = await connect({ a: rawServer(), b: rawServer() });
    await connection.close();
  }
  expect(process.listenerCount("exit")).toBe(before);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) expect(process.listenerCount(signal)).toBe(0);
});
