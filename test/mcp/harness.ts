import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { connectMcp, type McpConnection, type McpConnectOptions } from "../../src/mcp/index.ts";
import { createToolTable, type ToolContext } from "../../src/tools/index.ts";

const connections: McpConnection[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** The path of a fixture. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** The entry script of one of the real servers. */
export function realServer(name: "everything" | "filesystem" | "memory"): string {
  return fileURLToPath(
    new URL(`../../node_modules/@modelcontextprotocol/server-${name}/dist/index.js`, import.meta.url),
  );
}

export function nodeServer(
  script: string,
  args: string[] = [],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { command: process.execPath, args: [script, ...args], ...more };
}

export function rawServer(
  env: Record<string, string> = {},
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return nodeServer(fixture("raw-server.mjs"), [], { env, ...more });
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "tardigrade-mcp-"));
}

/** Connects; the connection is closed after the test. */
export async function connect(
  mcpServers: Record<string, unknown>,
  options?: McpConnectOptions,
): Promise<McpConnection> {
  const connection = await connectMcp({ mcpServers }, options);
  connections.push(connection);
  return connection;
}

/** Calls a tool as a sandbox would, through the table. */
export async function call(
  connection: McpConnection,
  tool: string,
  input?: unknown,
  context: Partial<ToolContext> = {},
): Promise<unknown> {
  const found = createToolTable(connection.tools).get(tool);
  if (found === undefined) throw new Error(`no tool ${tool} among ${toolNames(connection).join(", ")}`);
  const checked = await found.readInput(input === undefined ? [] : [input]);
  return await found.readOutput(await found.run(checked, { ...idleContext(), ...context }));
}

export function toolNames(connection: McpConnection): readonly string[] {
  return createToolTable(connection.tools).names();
}

export function statusOf(connection: McpConnection, name: string): McpConnection["servers"][number] {
  const status = connection.servers.find((server) => server.name === name);
  if (status === undefined) throw new Error(`no server ${name}`);
  return status;
}

export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: unknown; data?: unknown }> {
  return promise.then(
    (value) => Promise.reject(new Error(`it resolved: ${JSON.stringify(value)}`)),
    (error) => error,
  );
}

/** Starts a process that is killed after the test; resolves with it once its output has the text. */
export async function startProcess(
  args: string[],
  env: Record<string, string>,
  ready: RegExp,
): Promise<{ child: ChildProcess; output: () => string }> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      output += String(chunk);
    });
  }
  await until(
    () => ready.test(output),
    20_000,
    () => output,
  );
  return { child, output: () => output };
}

/** Starts the modern fixture over HTTP and gives its URL. */
export async function startModernHttp(
  ...args: string[]
): Promise<{ url: string; child: ChildProcess; output: () => string }> {
  const { child, output } = await startProcess([fixture("modern-server.mjs"), "http", ...args], {}, /^\d+\n/);
  return { url: `http://127.0.0.1:${Number.parseInt(output(), 10)}/mcp`, child, output };
}

/** Starts server-everything over HTTP and gives its URL. */
export async function startEverythingHttp(
  transport: "streamableHttp" | "sse" = "streamableHttp",
  port?: number,
): Promise<{ url: string; port: number; child: ChildProcess }> {
  const at = port ?? (await freePort());
  const { child } = await startProcess(
    [realServer("everything"), transport],
    { PORT: String(at) },
    /listening|running on port/i,
  );
  return { url: `http://127.0.0.1:${at}/${transport === "sse" ? "sse" : "mcp"}`, port: at, child };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Waits for a condition. */
export async function until(condition: () => boolean, ms = 5_000, explain = () => ""): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${condition} ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process runs; a zombie that nobody reaps does not. */
export function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, "utf8"));
}

function idleContext(): ToolContext {
  return {
    signal: new AbortController().signal,
    runId: "run",
    callId: "1",
    idempotencyKey: "run:1",
    attempt: 1,
    deadline: Date.now() + 60_000,
    data: undefined,
    progress: () => {},
    defer: () => {
      throw new Error("nobody answers later here");
    },
  };
}
