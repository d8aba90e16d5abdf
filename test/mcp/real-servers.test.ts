import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createToolTable } from "../../src/tools/index.ts";
import { call, connect, nodeServer, realServer, rejection, statusOf, temporaryFolder, toolNames } from "./harness.ts";

test("server-everything, server-filesystem and server-memory start together and work over stdio", async () => {
  const folder = realpathSync(temporaryFolder());
  writeFileSync(join(folder, "note.txt"), "hello\n");
  mkdirSync(join(folder, "sub"));
  const memory = join(folder, "memory.jsonl");
  const connection = await connect({
    everything: nodeServer(realServer("everything"), ["stdio"]),
    files: nodeServer(realServer("filesystem"), [folder]),
    memory: nodeServer(realServer("memory"), [], { env: { MEMORY_FILE_PATH: memory } }),
  });

  expect(connection.servers.map(({ name, state, era, tools }) => ({ name, state, era, tools }))).toEqual([
    { name: "everything", state: "connected", era: "legacy", tools: 12 },
    { name: "files", state: "connected", era: "legacy", tools: 14 },
    { name: "memory", state: "connected", era: "legacy", tools: 9 },
  ]);
  expect(statusOf(connection, "everything").hidden).toEqual([
    { name: "simulate-research-query", reason: "runs only as a task" },
  ]);
  expect(statusOf(connection, "everything").protocolVersion).toBe("2025-11-25");
  expect(toolNames(connection)).toContain("everything.getSum");

  await expect(call(connection, "everything.echo", { message: "hi" })).resolves.toBe("Echo: hi");
  await expect(call(connection, "everything.getSum", { a: 2, b: 40 })).resolves.toBe("The sum of 2 and 40 is 42.");
  const weather = await call(connection, "everything.getStructuredContent", { location: "New York" });
  expect(weather).toMatchObject({ temperature: expect.any(Number), conditions: expect.any(String) });

  await expect(call(connection, "files.read_text_file", { path: join(folder, "note.txt") })).resolves.toEqual({
    content: "hello\n",
  });
  await expect(call(connection, "files.list_directory", { path: folder })).resolves.toEqual({
    content: "[FILE] note.txt\n[DIR] sub",
  });
  const outside = await rejection(call(connection, "files.read_text_file", { path: "/etc/hostname" }));
  expect(outside.name).toBe("McpToolError");
  expect(outside.message).toContain("Access denied");
  expect(outside.data).toMatchObject({ server: "files", tool: "read_text_file" });

  const entities = [{ name: "Ada", entityType: "person", observations: ["wrote a program"] }];
  await call(connection, "memory.create_entities", { entities });
  await expect(call(connection, "memory.read_graph")).resolves.toEqual({ entities, relations: [] });
  expect(readFileSync(memory, "utf8")).toContain("Ada");
});

test("images and links arrive as the protocol's blocks, with base64 data", async () => {
  const connection = await connect({ everything: nodeServer(realServer("everything"), ["stdio"]) });
  const blocks = await call(connection, "everything.getTinyImage");
  expect(blocks).toMatchObject([
    { type: "text" },
    { type: "image", mimeType: "image/png", data: expect.stringMatching(/^iVBOR/) },
    { type: "text" },
  ]);
  const links = (await call(connection, "everything.getResourceLinks", { count: 2 })) as {
    type: string;
    uri: string;
  }[];
  expect(links.filter(({ type }) => type === "resource_link").map(({ uri }) => uri)).toHaveLength(2);
});

test("progress notifications reach context.progress, the last one too", async () => {
  const connection = await connect({ everything: nodeServer(realServer("everything"), ["stdio"]) });
  const seen: unknown[] = [];
  const input = { duration: 0.3, steps: 3 };
  const progress = (value: unknown): number => seen.push(value);
  await call(connection, "everything.triggerLongRunningOperation", input, { progress });
  expect(seen).toMatchObject([
    { progress: 1, total: 3 },
    { progress: 2, total: 3 },
    { progress: 3, total: 3 },
  ]);
});

test("a server's environment holds PATH and its kind and what the configuration gives, nothing else of ours", async () => {
  process.env.TARDIGRADE_TEST_SECRET = "must stay here";
  try {
    const connection = await connect({
      everything: nodeServer(realServer("everything"), ["stdio"], { env: { GIVEN: "yes" } }),
    });
    const env = (await call(connection, "everything.getEnv")) as Record<string, string>;
    expect(env).toMatchObject({ GIVEN: "yes", PATH: process.env.PATH });
    expect(Object.keys(env)).not.toContain("TARDIGRADE_TEST_SECRET");
    const harmless = "HOME LOGNAME PATH SHELL TERM USER LANG LANGUAGE LC_ALL LC_CTYPE TZ TMPDIR GIVEN".split(" ");
    expect(Object.keys(env).filter((name) => !harmless.includes(name))).toEqual([]);
  } finally {
    delete process.env.TARDIGRADE_TEST_SECRET;
  }
});

test("a server's schemas are shown as they are, and inputs are checked by them", async () => {
  const connection = await connect({ everything: nodeServer(realServer("everything"), ["stdio"]) });
  const tool = createToolTable(connection.tools).get("everything.getSum");
  expect(tool?.inputSchema).toMatchObject({ type: "object", required: ["a", "b"] });
  expect(createToolTable(connection.tools).get("everything.getStructuredContent")?.outputSchema).toMatchObject({
    required: ["temperature", "conditions", "humidity"],
  });
  const wrong = await rejection(call(connection, "everything.getSum", { a: "2", b: 1 }));
  expect(wrong).toMatchObject({ name: "CallError", code: "invalid_input" });
});
