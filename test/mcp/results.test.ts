import { describe, expect, test } from "vitest";
import { call, connect, rawServer, rejection } from "./harness.ts";

const text = (value: string): unknown => ({ type: "text", text: value });
const image = { type: "image", mimeType: "image/png", data: "AAAA" };
const link = { type: "resource_link", uri: "file:///a", name: "a" };

describe("what a result means", () => {
  test.each<[string, unknown, unknown]>([
    ["structured content before text", { content: [text("x")], structuredContent: { a: 1 } }, { a: 1 }],
    ["structured content of any type", { content: [text("0")], structuredContent: 0 }, 0],
    ["one text that is a JSON object", { content: [text(' {"a":[1]}')] }, { a: [1] }],
    ["one text that is a JSON array", { content: [text("[1,2]")] }, [1, 2]],
    ["a text that only looks like JSON", { content: [text("{not json}")] }, "{not json}"],
    ["a number stays a text", { content: [text("42")] }, "42"],
    ["several texts", { content: [text("a"), text('{"b":1}')] }, 'a\n{"b":1}'],
    ["an image", { content: [image] }, [image]],
    ["text beside an image", { content: [text("see"), image, link] }, [text("see"), image, link]],
    [
      "a block of a kind not known yet",
      { content: [{ type: "hologram", depth: 3 }] },
      [{ type: "hologram", depth: 3 }],
    ],
    ["nothing", { content: [] }, undefined],
    ["no content at all", {}, undefined],
    ["nothing but what the protocol knows", { _meta: { a: 1 }, isError: false }, undefined],
    ["content that is none", { content: 5, structuredContent: null }, null],
    ["null that means nothing", { content: [text("hello")], structuredContent: null }, "hello"],
    ["null that is the answer", { content: [text("null")], structuredContent: null }, null],
    ["blocks that are none", { content: [null, 5, text("x")] }, "x"],
  ])("%s", async (_name, result, value) => {
    const connection = await connect({ raw: rawServer() });
    await expect(call(connection, "raw.result", { result })).resolves.toEqual(value);
  });
});

test.each<[unknown, string]>([
  [{ foo: 1 }, '{"foo":1}'],
  [{ content: 5 }, '{"content":5}'],
  [{ content: [null, { kind: "text" }] }, '{"content":[null,{"kind":"text"}]}'],
  [{ token: "hunter2-secret" }, '{"token":"[hidden]"}'],
])("an answer that is no result fails the call: %j", async (result, shown) => {
  const connection = await connect({ raw: rawServer({ TOKEN: "hunter2-secret" }) });
  const error = await rejection(call(connection, "raw.result", { result }));
  expect(error).toMatchObject({
    name: "McpProtocolError",
    message: `MCP server "raw" answered the call of result with what is no result: ${shown}`,
    data: { code: -32603, server: "raw", tool: "result" },
  });
});

test("isError throws the text, with the tool and the structured content beside it", async () => {
  const connection = await connect({ raw: rawServer() });
  const content = [text("no such"), text("repository")];
  const error = await rejection(
    call(connection, "raw.result", { result: { isError: true, content, structuredContent: { status: 404 } } }),
  );
  expect(error).toMatchObject({
    name: "McpToolError",
    message: "no such\nrepository",
    data: { server: "raw", tool: "result", structuredContent: { status: 404 } },
  });
  const bare = await rejection(call(connection, "raw.result", { result: { isError: true } }));
  expect(bare.message).toBe("the tool reported an error without a text");
});

test("a JSON-RPC error keeps its code, message and data; secrets and control characters are hidden", async () => {
  const connection = await connect({ raw: rawServer({ TOKEN: "hunter2-secret" }) });
  expect(await rejection(call(connection, "raw.refuse"))).toMatchObject({
    name: "McpProtocolError",
    code: -32602,
    message: "no\\u001b[2J such thing, [hidden]",
    data: { code: -32602, server: "raw", tool: "refuse", details: { field: "x" } },
  });
});

test("what a tool says is never taken for a broken connection", async () => {
  const connection = await connect({ raw: rawServer() });
  const pid = await call(connection, "raw.pid");
  const error = await rejection(
    call(connection, "raw.result", { result: { isError: true, content: [text("Not connected")] } }),
  );
  expect(error).toMatchObject({ name: "McpToolError", message: "Not connected" });
  await expect(call(connection, "raw.pid")).resolves.toBe(pid);
});

test("broken schemas and wrong structured content break no call", async () => {
  const connection = await connect({ raw: rawServer() });
  await expect(call(connection, "raw.brokenSchema", { x: 1 })).resolves.toEqual({ got: { x: 1 } });
  await expect(call(connection, "raw.noSchema")).resolves.toEqual({ got: {} });
  await expect(call(connection, "raw.typed", { n: 1 })).resolves.toEqual({ sum: "wrong" });
  expect(await rejection(call(connection, "raw.typed", { n: "1" }))).toMatchObject({ code: "invalid_input" });
  expect(await rejection(call(connection, "raw.noSchema", "text"))).toMatchObject({ code: "invalid_input" });
});
