import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createToolTable } from "../../src/tools/index.ts";
import { call, connect, rawServer, rejection, statusOf, temporaryFolder, toolNames, until } from "./harness.ts";

describe("names", () => {
  const names = [
    "get-sum",
    "get_sum",
    "getSum",
    "get.sum",
    "class",
    "__proto__",
    "constructor",
    "1st",
    "größe",
    "a/b",
    "?",
  ];

  test("collisions and reserved names get the same aliases in whatever order the server lists them", async () => {
    const orders = [names, [...names].reverse(), [...names].sort()];
    const connections = await Promise.all(
      orders.map((order) => connect({ raw: rawServer({ NAMES: JSON.stringify(order) }) })),
    );
    const [first, ...rest] = connections.map((connection) => toolNames(connection).join(" "));
    for (const other of rest) expect(other).toBe(first);
    const [connection] = connections;
    if (connection === undefined) throw new Error("no connection");
    const called: string[] = [];
    for (const tool of toolNames(connection)) {
      if (/raw\.(wait|die|grow|elicit|opening|refuse|result|pid|typed|brokenSchema|noSchema)$/.test(tool)) continue;
      called.push(((await call(connection, tool)) as { called: string }).called);
    }
    expect(called.sort()).toEqual([...names].sort());
  });

  test("servers get aliases too, whatever their order, and whether or not their neighbours are on", async () => {
    const off = { command: "none", disabled: true };
    const one = await connect({ "my-server": rawServer(), myServer: off, import: rawServer() });
    const other = await connect({ import: rawServer(), myServer: off, "my-server": rawServer() });
    expect(Object.keys(one.tools).sort()).toEqual(["import", "myServer_2"]);
    expect(Object.keys(other.tools).sort()).toEqual(["import", "myServer_2"]);
    expect(statusOf(one, "myServer")).toMatchObject({ state: "disabled", tools: 0 });
    await expect(call(one, "myServer_2.result", { result: { structuredContent: 1 } })).resolves.toBe(1);
  });
});

test("allow and deny match the server's name or the alias, deny wins, slashes and dots are nothing special", async () => {
  const names = JSON.stringify(["get-sum", "get-all", "a/b", ".hidden", "delete_all"]);
  const connection = await connect({
    some: rawServer(
      { NAMES: names },
      { allow: ["get-*", "a*", "no{Schema,thing}", "delete*"], deny: ["deleteAll", "delete_*"] },
    ),
    none: rawServer({ NAMES: names }, { deny: ["*"] }),
  });
  expect(toolNames(connection)).toEqual(["some.aB", "some.getAll", "some.getSum", "some.noSchema"]);
  expect(statusOf(connection, "some").hidden).toContainEqual({
    name: "delete_all",
    reason: "denied by the configuration",
  });
  expect(statusOf(connection, "some").hidden).toContainEqual({
    name: ".hidden",
    reason: "not allowed by the configuration",
  });
});

test("all pages of a list are read", async () => {
  const names = Array.from({ length: 25 }, (_, index) => `tool${index}`);
  const connection = await connect({ raw: rawServer({ NAMES: JSON.stringify(names), PAGE: "4" }) });
  expect(statusOf(connection, "raw").tools).toBe(25 + 11);
});

test("a list that changes reaches a table that is in use", async () => {
  const connection = await connect({ raw: rawServer() });
  const table = createToolTable(connection.tools);
  const before = table.version();
  expect(table.get("raw.fresh")).toBeUndefined();
  await call(connection, "raw.grow", { name: "fresh" });
  await until(() => table.get("raw.fresh") !== undefined);
  expect(table.version()).toBeGreaterThan(before);
  expect(statusOf(connection, "raw").tools).toBe(12);
  await expect(call(connection, "raw.fresh")).resolves.toEqual({ called: "fresh" });
});

test("aborting a call cancels it at the server and rejects with the reason", async () => {
  const log = join(temporaryFolder(), "log");
  const connection = await connect({ raw: rawServer({ LOG: log }) });
  const controller = new AbortController();
  const waiting = rejection(call(connection, "raw.wait", {}, { signal: controller.signal }));
  await until(() => readFileSync(log, "utf8").includes("waiting"));
  controller.abort(new Error("the run ended"));
  expect((await waiting).message).toBe("the run ended");
  const id = /waiting (\d+)/.exec(readFileSync(log, "utf8"))?.[1];
  await until(() => readFileSync(log, "utf8").includes(`notifications/cancelled ${id}`));
  const early = await rejection(
    call(connection, "raw.result", {}, { signal: AbortSignal.abort(new Error("too early")) }),
  );
  expect(early.message).toBe("too early");
});

test("a call without an answer times out; progress gives it more time", async () => {
  const connection = await connect({ raw: rawServer({}, { timeout: 300 }) });
  const late = await rejection(call(connection, "raw.wait", {}));
  expect(late).toMatchObject({ name: "CallError", code: "call_timeout", data: { server: "raw", tool: "wait" } });
  expect(late.message).toBe('MCP server "raw": the call of wait gave no answer within 300 ms');
  await expect(call(connection, "raw.wait", { steps: 8, every: 100, answer: "done" })).resolves.toBe("done");
});

test("progress in the same chunk as the answer is not lost", async () => {
  const connection = await connect({ raw: rawServer() });
  const seen: unknown[] = [];
  await call(connection, "raw.wait", { steps: 3, every: 0, answer: "x" }, { progress: (value) => seen.push(value) });
  expect(seen).toMatchObject([{ progress: 1, message: "step 1" }, { progress: 2 }, { progress: 3 }]);
});

test("lines on standard output that are no messages are passed over", async () => {
  const connection = await connect({ raw: rawServer({ NOISE: "1" }) });
  await expect(call(connection, "raw.result", { result: { structuredContent: "fine" } })).resolves.toBe("fine");
});

test("no capabilities are declared, and what a server asks us is refused", async () => {
  const connection = await connect({ raw: rawServer() }, { clientInfo: { name: "me", version: "9" } });
  expect(await call(connection, "raw.opening")).toMatchObject({
    capabilities: {},
    clientInfo: { name: "me", version: "9" },
  });
  expect(await call(connection, "raw.elicit")).toMatchObject({ error: { code: -32601 } });
});

test("100 calls at once and a 5 MB answer", async () => {
  const connection = await connect({ raw: rawServer() });
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) => call(connection, "raw.result", { result: { structuredContent: n } })),
  );
  expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => n));
  const big = "ä".repeat(2_500_000);
  await expect(call(connection, "raw.result", { result: { content: [{ type: "text", text: big }] } })).resolves.toBe(
    big,
  );
});
