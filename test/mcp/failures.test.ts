import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { connectMcp } from "../../src/mcp/index.ts";
import {
  call,
  connect,
  fixture,
  freePort,
  isRunning,
  nodeServer,
  rawServer,
  rejection,
  statusOf,
  temporaryFolder,
  toolNames,
  until,
} from "./harness.ts";

const bad = (kind: string, more: Record<string, unknown> = {}): Record<string, unknown> =>
  nodeServer(fixture("bad-server.mjs"), [kind], more);

describe("servers that do not start", () => {
  test("are reported one by one, and the others work", async () => {
    const begun = Date.now();
    const connection = await connect({
      good: rawServer(),
      garbage: bad("garbage", { startTimeout: 700 }),
      silent: bad("silent", { startTimeout: 700 }),
      exits: bad("exits", { env: { API_TOKEN: "hunter2-secret" } }),
      missing: { command: "no-such-program-anywhere", args: ["--api-key", "sk-12345", "--token=abc", "serve"] },
      nowhere: { command: process.execPath, cwd: "/no/such/folder" },
      refused: { url: `http://user:hunter2@127.0.0.1:${await freePort()}/mcp?key=hunter3` },
    });
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect(statusOf(connection, "good").state).toBe("connected");
    expect(toolNames(connection).every((name) => name.startsWith("good."))).toBe(true);
    const errors = Object.fromEntries(connection.servers.map(({ name, state, error }) => [name, `${state}: ${error}`]));
    expect(errors.garbage).toMatch(
      /^failed: gave no answer within 700 ms; ran: .*bad-server.mjs garbage; its standard output is not JSON-RPC: "Server listening on/,
    );
    expect(errors.silent).toMatch(/^failed: gave no answer within 700 ms; ran: .*bad-server.mjs silent$/);
    expect(errors.exits).toMatch(
      /^failed: exited with code 3 before it answered; ran: .* exits; its standard error: "x{190}\[hidden\]?.*Error: no config file/,
    );
    expect(errors.exits).toContain("token: [hidden]");
    expect(errors.missing).toBe(
      "failed: could not be started: the command was not found; ran: no-such-program-anywhere --api-key [hidden] --token=[hidden] serve",
    );
    expect(errors.nowhere).toContain("there is no folder /no/such/folder");
    expect(errors.refused).toMatch(
      /^failed: could not be reached: .*ECONNREFUSED.*; asked: http:\/\/127.0.0.1:\d+\/mcp$/,
    );
    expect(JSON.stringify(connection.servers)).not.toMatch(/hunt|sk-12345|abc/);
  });

  test("all of them failing is no error, unless strict", async () => {
    const connection = await connect({ exits: bad("exits") });
    expect(connection.servers.map(({ state }) => state)).toEqual(["failed"]);
    const strict = await rejection(
      connectMcp({ mcpServers: { exits: bad("exits"), good: rawServer() } }, { strict: true }),
    );
    expect(strict.name).toBe("McpConnectionError");
    expect(strict.message).toMatch(/^MCP server "exits" exited with code 3/);
  });

  test("closing does not wait for a server that never answers", async () => {
    const connecting = connectMcp({ mcpServers: { silent: bad("silent") } }, { startTimeoutMs: 300 });
    const connection = await connecting;
    const begun = Date.now();
    await connection.close();
    expect(Date.now() - begun).toBeLessThan(2_500);
    expect(statusOf(connection, "silent").state).toBe("closed");
  });

  test("one that is repaired is found when its namespace is looked at again", { timeout: 15_000 }, async () => {
    const folder = temporaryFolder();
    const connection = await connect({ late: { command: join(folder, "server"), args: [fixture("raw-server.mjs")] } });
    expect(statusOf(connection, "late").state).toBe("failed");
    writeFileSync(join(folder, "server"), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 });
    await until(() => toolNames(connection).includes("late.result"), 10_000);
    await expect(call(connection, "late.result", { result: { structuredContent: 1 } })).resolves.toBe(1);
  });
});

describe("servers that die", () => {
  test("a call in flight rejects at once; the next one starts the server again, once", async () => {
    const log = join(temporaryFolder(), "log");
    const lines: string[] = [];
    const env = { LOG: log, TOKEN: "hunter2-secret" };
    const connection = await connect(
      { raw: rawServer(env) },
      { onStderr: (server, line) => lines.push(`${server}: ${line}`) },
    );
    const first = Number(await call(connection, "raw.pid"));
    const other = rejection(call(connection, "raw.wait"));
    const error = await rejection(call(connection, "raw.die"));
    expect(error).toMatchObject({ name: "CallError", code: "outcome_unknown", data: { server: "raw", tool: "die" } });
    expect(error.message).toBe(
      'MCP server "raw" exited with code 7; its standard error: "about to die\\n\\u001b[31mtoken is [hidden]\\u001b[0m", during the call of die',
    );
    expect((await other).message).toContain("during the call of wait");
    expect(statusOf(connection, "raw")).toMatchObject({ state: "failed", tools: 11 });
    expect(lines[0]).toBe("raw: about to die");

    const pids = await Promise.all([1, 2, 3].map(() => call(connection, "raw.pid")));
    expect(new Set(pids).size).toBe(1);
    expect(Number(pids[0])).not.toBe(first);
    expect(statusOf(connection, "raw").state).toBe("connected");
    expect(readFileSync(log, "utf8").match(/notifications\/initialized/g)).toHaveLength(2);
  });

  test("a server killed from outside is started again by the next call", async () => {
    const connection = await connect({ raw: rawServer() });
    const pid = Number(await call(connection, "raw.pid"));
    process.kill(pid, "SIGKILL");
    await until(() => statusOf(connection, "raw").state === "failed");
    expect(statusOf(connection, "raw").error).toBe("was ended by SIGKILL");
    expect(Number(await call(connection, "raw.pid"))).not.toBe(pid);
  });

  test("one that cannot be started again rejects calls, without a process at each of them", async () => {
    const folder = temporaryFolder();
    const marks = join(folder, "starts");
    const script = join(folder, "server");
    const start = (body: string): void =>
      writeFileSync(script, `#!/bin/sh\necho x >> "${marks}"\n${body}\n`, { mode: 0o755 });
    start(`exec "${process.execPath}" "${fixture("raw-server.mjs")}"`);
    const connection = await connect({ raw: { command: script } });
    await rejection(call(connection, "raw.die"));
    start("echo broken >&2; exit 9");
    const error = await rejection(call(connection, "raw.pid"));
    expect(error).toMatchObject({ name: "McpConnectionError", data: { server: "raw" } });
    expect(error.message).toMatch(/^MCP server "raw" exited with code 9 before it answered; ran: .*"broken"$/);
    for (let times = 0; times < 20; times += 1) await rejection(call(connection, "raw.pid"));
    expect(readFileSync(marks, "utf8").trim().split("\n").length).toBeLessThanOrEqual(4);
    expect(statusOf(connection, "raw").state).toBe("failed");
  });

  test("after close calls reject and nothing starts", async () => {
    const connection = await connect({ raw: rawServer() });
    const pid = Number(await call(connection, "raw.pid"));
    await connection.close();
    expect(isRunning(pid)).toBe(false);
    const error = await rejection(call(connection, "raw.pid"));
    expect(error).toMatchObject({ name: "McpConnectionError", message: 'MCP server "raw" is closed' });
    await connection.close();
  });
});

test("nothing of a folder is started because it lies there", async () => {
  const folder = temporaryFolder();
  const mark = join(folder, "started");
  mkdirSync(join(folder, ".vscode"));
  const text = JSON.stringify({ mcpServers: { evil: { command: "/bin/sh", args: ["-c", `touch ${mark}`] } } });
  writeFileSync(join(folder, ".mcp.json"), text);
  const before = process.cwd();
  process.chdir(folder);
  try {
    await connect({ good: rawServer() });
  } finally {
    process.chdir(before);
  }
  expect(existsSync(mark)).toBe(false);
});
