import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSandbox } from "../../src/index.ts";
import type { McpConnection } from "../../src/mcp/index.ts";
import { call, connect, fixture, rawServer, rejection, statusOf, temporaryFolder, toolNames } from "./harness.ts";

/** A server whose program is not there yet; `write` puts it there. */
async function lateServer(more: Record<string, unknown> = {}): Promise<{
  connection: McpConnection;
  starts: () => number;
  write: (body?: string) => void;
}> {
  const folder = temporaryFolder();
  const [command, marks] = [join(folder, "server"), join(folder, "starts")];
  const serve = `exec "${process.execPath}" "${fixture("raw-server.mjs")}"`;
  return {
    connection: await connect({ late: { command, ...more }, d: rawServer({ NAMES: '["ok"]' }) }),
    starts: () => (existsSync(marks) ? readFileSync(marks, "utf8").trim().split("\n").length : 0),
    write: (body = serve) => writeFileSync(command, `#!/bin/sh\necho x >> "${marks}"\n${body}\n`, { mode: 0o755 }),
  };
}

test("a call to a server that never started says which one and why", async () => {
  const { connection } = await lateServer();
  const sandbox = createSandbox({ tools: connection.tools });
  const outcome = await sandbox.run("return await tools.late.ok()");
  expect(outcome).toMatchObject({ status: "failed", error: { name: "McpConnectionError" } });
  expect(outcome.status === "failed" && outcome.error.message).toMatch(
    /^MCP server "late" could not be started: the command was not found; ran: /,
  );
  expect(outcome.status === "failed" && outcome.error.data).toEqual({ server: "late" });
  expect(toolNames(connection).some((name) => name.startsWith("late."))).toBe(false);
  await sandbox.close();
});

test("the call starts it if it can be started now, and runs the tool with its checks", async () => {
  const { connection, starts, write } = await lateServer({ deny: ["die"] });
  write();
  const sandbox = createSandbox({ tools: connection.tools });
  const outcome = await sandbox.run(`
    const pids = await Promise.all([1, 2, 3].map(() => tools.late.pid()));
    return new Set(pids).size;
  `);
  expect(outcome).toMatchObject({ status: "completed", value: 1 });
  expect(starts()).toBe(1);
  expect(statusOf(connection, "late").state).toBe("connected");
  await sandbox.close();
});

test.each([
  ["late.typed", { n: "1" }, { code: "invalid_input", message: expect.stringMatching(/^Input of late\.typed: "n" /) }],
  [
    "late.refus",
    {},
    {
      code: "unknown_tool",
      message: expect.stringMatching(/^there is no tool "late\.refus"; did you mean "late\.refuse"/),
    },
  ],
  ["late.die", {}, { code: "unknown_tool" }],
])("once it runs, %s is judged as any other call", async (tool, input, error) => {
  const { connection, write } = await lateServer({ deny: ["die"] });
  write();
  expect(await rejection(call(connection, tool, input))).toMatchObject({ name: "CallError", ...error });
  // From now on its tools are known.
  await expect(call(connection, "late.nothing")).rejects.toThrow("no tool late.nothing");
});

test("calls in a loop do not start a process each", async () => {
  const { connection, starts, write } = await lateServer();
  write("echo broken >&2; exit 9");
  for (let times = 0; times < 10; times += 1) {
    const error = await rejection(call(connection, "late.ok"));
    expect(error).toMatchObject({ name: "McpConnectionError", data: { server: "late" } });
    expect(error.message).toMatch(/^MCP server "late" exited with code 9 before it answered; ran: .*"broken"$/);
  }
  expect(starts()).toBeLessThanOrEqual(2);
});

test("an aborted call does not wait for the start; after close nothing starts", async () => {
  const { connection, starts, write } = await lateServer({ startTimeout: 2_000 });
  write("sleep 1");
  const signal = AbortSignal.timeout(50);
  const begun = Date.now();
  expect(await rejection(call(connection, "late.ok", {}, { signal }))).toMatchObject({ name: "TimeoutError" });
  expect(Date.now() - begun).toBeLessThan(900);
  await connection.close();
  const before = starts();
  expect((await rejection(call(connection, "late.ok"))).message).toBe('MCP server "late" is closed');
  expect(starts()).toBe(before);
});
