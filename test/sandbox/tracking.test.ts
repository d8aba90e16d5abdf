import { afterAll, describe, expect, test } from "vitest";
import { createSandbox, defineTool, type Outcome, type RunOptions, UsageError } from "../../src/index.ts";
import { ISOLATIONS } from "../contract/loopback.ts";
import { sleep } from "../support.ts";

const tools = {
  add: (a: number, b: number) => a + b,
  fail: (text: string) => {
    throw new Error(text);
  },
  wait: async (ms: number) => {
    await sleep(ms);
    return ms;
  },
  github: { listIssues: (repo: string) => [{ repo, open: true }] },
  approve: defineTool({ approval: true, run: (input: unknown) => input }),
};

describe.each(ISOLATIONS)("a tracked run %s", (_name, makeRuntime) => {
  const runtime = makeRuntime();
  const sandbox = createSandbox({ tools, runtime });
  afterAll(async () => {
    await sandbox.close();
    runtime.close();
  });
  const tracked = (source: string, options?: RunOptions): Promise<Outcome> =>
    sandbox.run(source, { track: true, ...options });

  test("tells its variables with their types, and how often each line ran", async () => {
    const outcome = await tracked(`const names = new Map([["a", 1n]]);
let at = new Date(0);
for (const n of [1, 2]) {
  at = new Date(n);
}
const double = (n) => n * 2, later = Promise.resolve(1), long = "x".repeat(100_000);
return double(at.getTime())`);
    expect(outcome).toMatchObject({ status: "completed", value: 4, warnings: [] });
    expect(outcome.variables).toEqual({
      names: new Map([["a", 1n]]),
      at: new Date(2),
      double: { kind: "function" },
      later: { kind: "promise" },
      long: { kind: "omitted", reason: "larger than 65536 bytes" },
    });
    expect(outcome.lines).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [6, 1],
      [7, 1],
    ]);
  });

  test("that fails tells what the failing function had, and its failure as ever", async () => {
    const source = `type Order = { id: number };
const seen: number[] = [];
async function refund(order: Order) {
  const text = "order " + order.id;
  seen.push(order.id);
  if (order.id === 2) await tools.fail(text);
  return text;
}
for (const id of [1, 2, 3]) await refund({ id });`;
    const outcome = await tracked(source);
    expect(outcome).toMatchObject({ status: "failed", error: { code: "tool_failed", message: "order 2", line: 6 } });
    expect(outcome.variables).toEqual({
      order: { id: 2 },
      text: "order 2",
      seen: [1, 2],
      refund: { kind: "function" },
    });
    expect(outcome.lines).toEqual([
      [2, 1],
      [3, 1],
      [9, 1],
      [4, 2],
      [5, 2],
      [6, 2],
      [7, 1],
    ]);
    const { error } = (await sandbox.run(source)) as { error?: unknown };
    expect((outcome as { error?: unknown }).error).toEqual(error);
  });

  test("tells what each call's answer was assigned to", async () => {
    const outcome = await tracked(`const first = await tools.add(1, 1);
let second; second = await tools.add(
  2, 2);
const { length, 0: issue } = await tools.github.listIssues("a/b");
const [third, { open } = {}, ...rest] = await Promise.all([tools.add(3, 3), tools["github"].listIssues("c/d"), tools.add(4, 4)]);
const { add } = tools; const fourth = await add(5, 5);
const fifth = second > 1 ? await tools.add(6, 6) : await tools.wait(1), sixth = (await tools.add(7, 7)) ?? 0;
await tools.add(8, 8); const shown = String(await tools.add(9, 9));
const o = {}; o.p = await tools.add(10, 10);
const helper = async () => tools.add(11, 11); const seventh = await helper();
return tools.add(12, 12)`);
    expect(outcome).toMatchObject({ status: "completed" });
    expect(outcome.calls.map(({ input, assignedTo }) => [(input as unknown[])[0], assignedTo])).toEqual([
      [1, "first"],
      [2, "second"],
      ["a/b", "length, issue"],
      [3, "third"],
      ["c/d", "open"],
      [4, undefined],
      [5, "fourth"],
      [6, "fifth"],
      [7, "sixth"],
      [8, undefined],
      [9, undefined],
      [10, undefined],
      [11, undefined],
      [12, undefined],
    ]);
  });

  test("that is cancelled or takes too long tells what it had until then", async () => {
    const source = "let n = 0;\nfor (;;) {\n  n = n + await tools.wait(n === 0 ? 1 : 60_000);\n}";
    const slow = await tracked(source, { limits: { wallMs: 500 } });
    expect(slow).toMatchObject({ status: "failed", error: { code: "wall_limit" } });
    expect(slow.warnings).not.toContainEqual(expect.objectContaining({ code: "tracking_lost" }));
    expect(slow.variables).toEqual({ n: expect.any(Number) });
    expect(slow.lines?.map(([line]) => line)).toEqual([1, 2, 3]);
    const run = sandbox.start("const before = 1; await tools.wait(5000); const after = 2", { track: true });
    setTimeout(() => run.cancel(), 50);
    expect(await run.outcome).toMatchObject({
      status: "failed",
      error: { code: "cancelled" },
      variables: { before: 1 },
    });
    expect((await run.outcome).variables).not.toHaveProperty("after");
  });

  test("that a limit stops inside the machine tells where it was", async () => {
    const outcome = await tracked("let n = 0;\nwhile (true)\n  n++;", { limits: { cpuMs: 50 } });
    expect(outcome).toMatchObject({ error: { code: "cpu_limit" }, variables: { n: expect.any(Number) }, warnings: [] });
    expect(outcome.lines).toEqual([
      [1, 1],
      [2, 1],
      [3, expect.any(Number)],
    ]);
    const full = await tracked("const all = []; for (;;) all.push(new Array(1e4).fill(1))", {
      limits: { memoryBytes: 8 << 20 },
    });
    expect(full).toMatchObject({ error: { code: "memory_limit" }, variables: { all: { kind: "omitted" } } });
  });

  test("whose machine tears says that nothing is known", async () => {
    const outcome = await tracked("for (;;) new Promise(() => { for (;;); })", { limits: { cpuMs: 50 } });
    expect(outcome).toMatchObject({ error: { code: "cpu_limit" }, warnings: [{ code: "tracking_lost" }] });
    expect(outcome).not.toHaveProperty("variables");
    expect(outcome).not.toHaveProperty("lines");
  });

  test("that never started has nothing to tell", async () => {
    expect(await tracked("const = 1")).not.toHaveProperty("variables");
    expect((await tracked("const = 1")).warnings).toEqual([]);
  });

  test("that is suspended tells what it has so far; resumed, it counts on", async () => {
    const source = `let total = 0;
for (let i = 0; i < 2; i++) {
  const approved = await tools.approve(i);
  total += approved;
}
return total`;
    let outcome = await tracked(source);
    const seen: unknown[] = [];
    while (outcome.status === "suspended") {
      seen.push([outcome.variables, outcome.lines?.map(String).join(" "), outcome.calls.at(-1)?.assignedTo]);
      const answers = Object.fromEntries(outcome.pending.map(({ id }) => [id, { value: 10 }]));
      outcome = await sandbox.resume(outcome.snapshot, { answers }).outcome;
    }
    expect(seen).toEqual([
      [{ total: 0 }, "1,1 2,1 3,1", "approved"],
      [{ total: 10 }, "1,1 2,1 3,2 4,1", "approved"],
    ]);
    expect(outcome).toMatchObject({ status: "completed", value: 20, variables: { total: 20 } });
    expect(outcome.lines?.map(String).join(" ")).toBe("1,1 2,1 3,2 4,2 6,1");
    expect(outcome.calls.map(({ assignedTo }) => assignedTo)).toEqual(["approved", "approved"]);
  });

  test("is suspended as if nobody had looked: getters that are read leave nothing behind", async () => {
    const source = `let reads = 0;
const sly = { get value() { tools.add(1, 1); console.log("read"); return ++reads } };
await tools.approve(1);
return reads`;
    const suspended = await tracked(source);
    if (suspended.status !== "suspended") throw new Error(suspended.status);
    expect(suspended.variables).toMatchObject({ reads: 0, sly: { value: 1 } });
    expect(suspended.logs).toEqual([]);
    const answers = Object.fromEntries(suspended.pending.map(({ id }) => [id, { approve: true as const }]));
    const outcome = await sandbox.resume(suspended.snapshot, { answers }).outcome;
    expect(outcome).toMatchObject({ status: "completed", value: 0, logs: [], calls: [{ tool: "approve" }] });
  });

  test("keeps its value whatever its variables do when they are read", async () => {
    const outcome = await tracked("const spin = new Proxy({}, { ownKeys() { for (;;) {} } }); return 'done'");
    expect(outcome).toMatchObject({ status: "completed", value: "done", variables: { spin: { kind: "omitted" } } });
    expect(await sandbox.run("return 1")).toMatchObject({ value: 1 });
  });

  test("that yields goes on as ever", async () => {
    const onYield = (value: unknown) => (value as number) * 2;
    const outcome = await tracked("const a = yield 1;\nconst b = yield a;\nreturn b", { onYield });
    expect(outcome).toMatchObject({ value: 4, variables: { a: 2, b: 4 } });
    expect(outcome.lines).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  test("leaves nothing of one run to the next, nor anything in a run that is not tracked", async () => {
    await tracked("const secret = 'x'; function f(a) { throw a } f(1)");
    expect((await tracked("const own = 1")).variables).toEqual({ own: 1 });
    const plain = await sandbox.run("const own = await tools.add(1, 2)");
    expect(plain).not.toHaveProperty("variables");
    expect(plain).not.toHaveProperty("lines");
    expect(plain.calls[0]).not.toHaveProperty("assignedTo");
  });
});

test("track is true or false", async () => {
  await using sandbox = createSandbox();
  await expect(sandbox.run("1", { track: "yes" as never })).rejects.toThrow(UsageError);
});
