import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { createToolTable, defineTool, liveNamespace, type Tool, type ToolTree } from "../../src/tools/index.ts";

const tool = defineTool({ description: "A tool", run: () => 1 });

describe("createToolTable", () => {
  const table = createToolTable(
    { add: (a: number, b: number) => a + b, github: { listIssues: tool, repos: { delete: tool } }, empty: {} },
    { config: { url: "x", list: [1, { a: 2 }] }, getWeather: () => "sun", db: { query: tool }, none: {} },
  );

  test("finds tools by their full names, and only those", () => {
    expect(table.names()).toEqual(["add", "db.query", "getWeather", "github.listIssues", "github.repos.delete"]);
    expect(table.get("github.listIssues")).toMatchObject({
      name: "github.listIssues",
      plain: false,
      description: "A tool",
    });
    for (const name of ["constructor", "__proto__", "toString", "github", "github.", "", "github.__proto__"]) {
      expect(table.get(name)).toBeUndefined();
    }
  });

  test("lists the children of namespaces in their order", () => {
    expect(table.children("")).toEqual([
      { name: "add", tool: true },
      { name: "github", tool: false },
      { name: "empty", tool: false },
    ]);
    expect(table.children("github.repos")).toEqual([{ name: "delete", tool: true }]);
    expect(table.children("empty")).toEqual([]);
    for (const path of ["add", "nowhere", "__proto__", "db"]) expect(table.children(path)).toBeUndefined();
  });

  test("takes the functions out of the globals", () => {
    expect(table.globals()).toEqual({
      data: { config: { url: "x", list: [1, { a: 2 }] }, none: {} },
      functions: ["getWeather", "db.query"],
    });
  });

  test("calls a plain function with the guest's arguments, a tool with its one input", async () => {
    const add = table.get("add")!;
    const input = await add.readInput([1, 2]);
    expect(input).toEqual([1, 2]);
    expect(add.run(input, {} as never)).toBe(3);
    const bare = createToolTable({
      self(this: unknown) {
        return this;
      },
    });
    expect(bare.get("self")!.run([], {} as never)).toBeUndefined();
    expect(table.get("github.listIssues")!.readInput([5, 6])).toBe(5);
    expect(table.get("github.listIssues")!.readInput([])).toBeUndefined();
  });

  test("suggests the nearest names", () => {
    expect(table.nearest("github.list_isues")).toEqual(["github.listIssues"]);
    expect(table.nearest("listIssues")).toEqual(["github.listIssues"]);
    expect(table.nearest("gitlab.ListIssues")).toEqual(["github.listIssues"]);
    expect(table.nearest("get-weather")).toEqual(["getWeather"]);
    expect(table.nearest("zzzzzzzz")).toEqual([]);
    expect(table.nearest("x".repeat(1_000_000))).toEqual([]);
  });

  test("suggests nothing of another namespace where the call's own exists", () => {
    const live = liveNamespace({ version: () => 1, tools: () => ({}) });
    const many = createToolTable({ late: live, d: { ok: tool }, e: {}, f: { okay: tool } }, { db: { query: () => 1 } });
    expect(many.nearest("late.ok")).toEqual([]);
    expect(many.nearest("e.ok")).toEqual([]);
    expect(many.nearest("f.ok")).toEqual(["f.okay"]);
    expect(many.nearest("db.ok")).toEqual([]);
    expect(many.nearest("db.qury")).toEqual(["db.query"]);
    expect(many.nearest("g.ok")).toContain("d.ok");
    expect(many.nearest("ok")).toContain("d.ok");
  });

  test("reads a getter once", () => {
    let reads = 0;
    const tools = Object.defineProperty({} as ToolTree, "x", {
      enumerable: true,
      get: () => (++reads ? tool : undefined),
    });
    createToolTable(tools);
    expect(reads).toBe(1);
    createToolTable(tools);
    expect(reads).toBe(2);
  });

  test("sees a tree that was changed between two tables, and costs little where it wasn't", () => {
    const tools: Record<string, unknown> = { a: { one: tool } };
    const first = createToolTable(tools as ToolTree);
    (tools.a as Record<string, unknown>).two = tool;
    expect(createToolTable(tools as ToolTree).names()).toEqual(["a.one", "a.two"]);
    expect(first.names()).toEqual(["a.one"]);
    const many = { a: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`t${index}`, tool])) };
    const started = performance.now();
    for (let count = 0; count < 1_000; count++) createToolTable(many);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = { back: cyclic };
  test.each([
    [null, "Expected `tools` to be an object, got null"],
    [[tool], "Expected `tools` to be a tool, a function or a namespace, got [{}] (array)"],
    [{ a: null }, "Expected `tools.a` to be a tool, a function or a namespace, got null"],
    [{ a: { b: 5 } }, "Expected `tools.a.b` to be a tool, a function or a namespace, got 5 (number)"],
    [{ a: "x" }, 'got "x" (string)'],
    [{ a: undefined }, "got undefined"],
    [{ a: [] }, "got [] (array)"],
    [{ a: new Map() }, "(Map)"],
    [{ a: Promise.resolve(tool) }, "(Promise)"],
    [{ a: { "get-sum": tool } }, '`tools.a.get-sum`: the name "get-sum" is not a JavaScript identifier'],
    [{ "": tool }, "is empty"],
    [{ "1a": tool }, "is not a JavaScript identifier"],
    [{ "a.b": tool }, "is not a JavaScript identifier"],
    [
      { a: Object.fromEntries(["then"].map((name) => [name, tool])) },
      '`tools.a.then`: the name "then" can\'t be used as a name',
    ],
    [{ constructor: tool }, "can't be used"],
    [{ prototype: tool }, "can't be used"],
    [{ toJSON: tool }, "can't be used"],
    [JSON.parse('{"__proto__": {}}'), '"__proto__" can\'t be used'],
    [cyclic, "`tools.self.back` is a cycle"],
    [
      { a: { description: "x", run: () => 1 } },
      "`tools.a` looks like the options of a tool; wrap them: defineTool({ … })",
    ],
  ])("refuses the tools %o", (tools, message) => {
    const create = () => createToolTable(tools as never);
    expect(create).toThrow(UsageError);
    expect(create).toThrow(message);
  });

  const loop: Record<string, unknown> = {};
  loop.loop = [loop];
  test.each([
    [5, "Expected `globals` to be an object, got 5 (number)"],
    [{ tools: 1 }, '`globals`: the name "tools" is one of the guest\'s own globals'],
    [{ Promise: 1 }, "is one of the guest's own globals"],
    [{ setTimeout: () => 1 }, "is one of the guest's own globals"],
    [{ class: 1 }, '"class" is a reserved word'],
    [{ "a-b": 1 }, "is not a JavaScript identifier"],
    [{ a: { "b-c": () => 1 } }, '`globals.a.b-c`: the name "b-c" is not a JavaScript identifier'],
    [{ a: [() => 1] }, "`globals.a.0`: a function inside an array can't be called by name"],
    [{ a: loop }, "is a cycle"],
    [{ add: () => 1 }, '`globals.add`: `tools` has a tool of the same full name, "add"'],
    [{ github: { list: () => 1 } }, 'same full name, "github.list"'],
  ])("refuses the globals %o", (globals, message) => {
    const create = () => createToolTable({ add: tool, github: { list: tool } }, globals as never);
    expect(create).toThrow(UsageError);
    expect(create).toThrow(message);
  });
});

describe("a live namespace", () => {
  function liveTools(initial: Record<string, Tool>) {
    const state = { version: 1, tools: initial, reads: 0 };
    const namespace = liveNamespace({ version: () => state.version, tools: () => (++state.reads ? state.tools : {}) });
    return { state, namespace };
  }

  test("is read again only when its version grew", () => {
    const { state, namespace } = liveTools({ one: tool });
    const table = createToolTable({ local: tool, mcp: namespace });
    createToolTable({ mcp: namespace });
    expect(table.names()).toEqual(["local", "mcp.one"]);
    expect(state.reads).toBe(1);
    const before = table.version();
    state.version = 2;
    state.tools = Object.fromEntries(["two", "not-a-name", "then"].map((name) => [name, tool]));
    expect(table.version()).toBeGreaterThan(before);
    expect(table.get("mcp.one")).toBeUndefined();
    expect(table.get("mcp.two")?.name).toBe("mcp.two");
    expect(table.children("mcp")).toEqual([{ name: "two", tool: true }]);
    expect(table.children("")).toContainEqual({ name: "mcp", tool: false });
    expect(table.nearest("mcp.tow")).toEqual(["mcp.two"]);
    expect(state.reads).toBe(2);
  });

  test("may have a tool for a name that it does not list", () => {
    const asked: string[] = [];
    const missing = (name: string) => (asked.push(name) && name !== "none" ? tool : undefined);
    const namespace = liveNamespace({ version: () => 1, tools: () => ({ one: tool }), missing });
    const table = createToolTable({ deep: { mcp: namespace } });
    expect(table.get("deep.mcp.one")?.name).toBe("deep.mcp.one");
    expect(asked).toEqual([]);
    expect(table.get("deep.mcp.two")).toMatchObject({ name: "deep.mcp.two", plain: false });
    expect(table.get("deep.mcp.none")).toBeUndefined();
    for (const name of ["deep.mcp", "deep.mcp.", "deep.mcp.a.b", "deep.mcp.then", "deep.mcp.constructor", "deep.two"]) {
      expect(table.get(name)).toBeUndefined();
    }
    expect(asked).toEqual(["two", "none"]);
    expect(table.names()).toEqual(["deep.mcp.one"]);
    const wrong = liveNamespace({ version: () => 1, tools: () => ({}), missing: (() => 5) as never });
    expect(createToolTable({ mcp: wrong }).get("mcp.x")).toBeUndefined();
    expect(() => liveNamespace({ version: () => 1, tools: () => ({}), missing: 5 as never })).toThrow("`missing`");
  });

  test("is refused with bad names at first, and with a global that could clash", () => {
    expect(() => createToolTable({ mcp: liveTools({ "a-b": tool }).namespace })).toThrow("`tools.mcp.a-b`");
    expect(() => createToolTable({ mcp: liveTools({ a: (() => 1) as never }).namespace })).toThrow(
      "`tools.mcp.a` to be a tool",
    );
    expect(() => createToolTable({ mcp: liveTools({}).namespace }, { mcp: { later: () => 1 } })).toThrow(
      "same full name",
    );
    expect(() => createToolTable({}, { mcp: liveTools({}).namespace })).toThrow("can only stand in `tools`");
  });
});
