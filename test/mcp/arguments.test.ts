import { expect, test } from "vitest";
import { createSandbox } from "../../src/index.ts";
import { jsonProblem } from "../../src/mcp/json.ts";
import { call, connect, rawServer, rejection } from "./harness.ts";

const cyclic: Record<string, unknown> = {};
cyclic.list = [cyclic];

test.each<[string, unknown, string, (string | number)[]]>([
  ["a Map", { m: new Map([[1, 2]]) }, "a Map", ["m"]],
  ["a Set in a list", { a: [{ b: new Set() }] }, "a Set", ["a", 0, "b"]],
  ["a RegExp", { r: /x/ }, "a RegExp", ["r"]],
  ["an Error", { e: new TypeError("x") }, "a TypeError", ["e"]],
  ["bytes", { b: new Uint8Array([1]) }, "a Uint8Array", ["b"]],
  ["a buffer", { b: new ArrayBuffer(1) }, "an ArrayBuffer", ["b"]],
  ["NaN", { n: Number.NaN }, "NaN", ["n"]],
  ["Infinity", { n: [0, Number.NEGATIVE_INFINITY] }, "-Infinity", ["n", 1]],
  ["a bigint", { n: 1n }, "a bigint", ["n"]],
  ["an invalid date", { d: new Date("never") }, "an invalid Date", ["d"]],
  ["undefined in a list", { l: [1, undefined] }, "undefined", ["l", 1]],
  ["a hole", { l: new Array(1) }, "undefined", ["l", 0]],
  ["a function", { f: () => 1 }, "a function", ["f"]],
  ["a cycle", cyclic, "part of a cycle", ["list", 0]],
  ["a Map as all of it", new Map(), "a Map", []],
])("JSON cannot say %s", (_name, value, what, path) => {
  expect(jsonProblem(value)).toEqual({ message: `is ${what}, which JSON cannot say`, path });
});

test("what JSON can say is none of its business", () => {
  const shared = { a: [1, "x", null, true, -0] };
  const bare = Object.assign(Object.create(null), { x: 1 });
  expect(jsonProblem({ shared, again: [shared, shared], gone: undefined, at: new Date(0), bare })).toBeUndefined();
  let wide: unknown = 1;
  for (let level = 0; level < 60; level += 1) wide = [wide, wide];
  expect(jsonProblem(wide)).toBeUndefined();
});

test("arguments that JSON cannot say are refused before anything is sent", async () => {
  const connection = await connect({ raw: rawServer() });
  const error = await rejection(call(connection, "raw.noSchema", { a: { m: new Map([[1, 2]]) } }));
  expect(error).toMatchObject({ name: "CallError", code: "invalid_input", data: { issues: [{ path: "a.m" }] } });
  expect(error.message).toBe('Input of raw.noSchema: "a.m" is a Map, which JSON cannot say');
  for (const input of [{ n: 1n }, { n: Number.NaN }, { b: new Uint8Array(1) }, new Map([["n", 1]])]) {
    expect(await rejection(call(connection, "raw.typed", input))).toMatchObject({ code: "invalid_input" });
  }
  const sent = { at: new Date(0), gone: undefined, list: [null] };
  await expect(call(connection, "raw.noSchema", sent)).resolves.toEqual({
    got: { at: "1970-01-01T00:00:00.000Z", list: [null] },
  });
  const sandbox = createSandbox({ tools: connection.tools });
  const outcome = await sandbox.run("return await tools.raw.noSchema({ s: new Set([1]) })");
  expect(outcome).toMatchObject({ status: "failed", error: { code: "invalid_input" } });
  expect(JSON.stringify(outcome)).toContain("is a Set, which JSON cannot say");
  await sandbox.close();
});
