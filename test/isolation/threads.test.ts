import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createRuntime, createSandbox } from "../../src/index.ts";
import { execute } from "../package/node.ts";
import { sleep } from "../support.ts";
import { code, NEVER_LOOKS, oneThread } from "./one-thread.ts";

const threads: Worker[] = [];
const noted = (worker: Worker) => void threads.push(worker);
beforeAll(() => void process.on("worker", noted));
afterAll(() => void process.off("worker", noted));
afterEach(() => void threads.splice(0));

describe("a program that never looks at the clock", () => {
  test.each([
    ["cpuMs", "cpu_limit"],
    ["wallMs", "wall_limit"],
  ])("is ended by %s, and its sandbox goes on", async (limit, expected) => {
    const { sandbox } = oneThread();
    await sandbox.run("1");
    const outcome = await sandbox.run(`console.log("begun"); ${NEVER_LOOKS}`, { limits: { [limit]: 150 } });
    expect(code(outcome)).toBe(expected);
    expect(outcome.usage.cpuMs).toBeGreaterThan(0);
    expect(await sandbox.run("return 40 + 2")).toMatchObject({ value: 42 });
  });

  test("does no harm to the runs beside it: those that wait, those that work, those that come", async () => {
    const { effects, sandbox } = oneThread();
    const neighbour = (name: string) => `
      const seen = [];
      for (let i = 0; i < 8; i++) { seen.push(await tools.wait(15)); await tools.note("${name}" + i); console.log(i); }
      return seen.length`;
    const before = Array.from({ length: 12 }, (_, i) => sandbox.run(neighbour(`a${i}-`)));
    await sleep(30);
    const hogs = [1, 2].map(() => sandbox.run(NEVER_LOOKS, { limits: { cpuMs: 120 } }));
    const after = Array.from({ length: 6 }, (_, i) => sandbox.run(neighbour(`b${i}-`)));
    for (const outcome of await Promise.all([...before, ...after])) {
      expect(outcome).toMatchObject({ status: "completed", value: 8, warnings: [] });
      expect(outcome.logs.map(({ text }) => text)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
      expect(outcome.calls).toHaveLength(16);
    }
    expect((await Promise.all(hogs)).map(code)).toEqual(["cpu_limit", "cpu_limit"]);
    // No tool ran twice.
    expect(new Set(effects).size).toBe(18 * 8);
    expect(effects).toHaveLength(18 * 8);
  });

  test("leaves what its neighbours hold as it was: values, generators, randomness with a seed, a fixed clock", async () => {
    const { sandbox } = oneThread();
    const source = `
      const held = new Map([[1, { deep: [1n, new Date(5)] }]]);
      const numbers = (function* () { for (let i = 0; ; i++) yield i; })();
      const draw = () => [Math.random(), crypto.randomUUID(), Date.now(), numbers.next().value];
      const out = [draw()];
      for (let i = 0; i < 5; i++) { await tools.wait(40); out.push(draw()); }
      return [out, held]`;
    const options = { seed: "s", now: 1_000 };
    const alone = await sandbox.run(source, options);
    const beside = sandbox.run(source, options);
    await sleep(60);
    const hog = sandbox.run(NEVER_LOOKS, { limits: { cpuMs: 60 } });
    expect(await beside).toMatchObject({ status: "completed", value: (alone as { value: unknown }).value });
    expect(code(await hog)).toBe("cpu_limit");
  });

  test("is given up at once when it is cancelled", async () => {
    const { sandbox } = oneThread();
    const abort = new AbortController();
    await sandbox.run("1");
    const outcome = sandbox.run(NEVER_LOOKS, { signal: abort.signal });
    await sleep(50);
    abort.abort(new Error("enough"));
    expect(await outcome).toMatchObject({ error: { code: "cancelled", message: "the run was cancelled: enough" } });
    expect(await sandbox.run("return 40 + 2")).toMatchObject({ value: 42 });
  });

  test("doesn't keep its host from working meanwhile", async () => {
    const { sandbox } = oneThread();
    await sandbox.run("1");
    const hog = sandbox.run(NEVER_LOOKS, { limits: { cpuMs: 300 } });
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 5);
    await hog;
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(10);
  });

  test("is ended in a session too, which keeps the state before it", async () => {
    const { sandbox } = oneThread();
    const session = sandbox.session();
    await session.run("let n = 7");
    expect(code(await session.run(`n = 8; ${NEVER_LOOKS}`, { limits: { cpuMs: 60 } }))).toBe("cpu_limit");
    const again = sandbox.session({ snapshot: await session.snapshot() });
    expect(await again.run("n")).toMatchObject({ value: 7 });
  });

  test("is ended while its text is made ready", async () => {
    const { sandbox } = oneThread();
    const source = `const a: number = 1;\n${"((x: number) => [x, { y: x }])(1);\n".repeat(200_000)}`;
    const outcome = await sandbox.run(source, { limits: { wallMs: 100, sourceBytes: 16 << 20 } });
    expect(code(outcome)).toBe("wall_limit");
    expect(await sandbox.run("const b: number = 42; b")).toMatchObject({ value: 42 });
  });
});

test("a run that had to leave its thread goes on before runs that have no machine yet: one is kept for it", async () => {
  const runtime = createRuntime({ threads: 1, machines: 4, parkAfterMs: 60_000 });
  const gates: (() => void)[] = [];
  const tools = {
    gate: () => new Promise<number>((resolve) => gates.push(() => resolve(7))),
    never: () => new Promise(() => {}),
  };
  const sandbox = createSandbox({ runtime, tools });
  const neighbours = [1, 2, 3].map(() => sandbox.run("return await tools.gate()"));
  while (gates.length < 3) await sleep(1);
  const long = sandbox.run("const end = Date.now() + 600; while (Date.now() < end); return 1");
  await sleep(20);
  const crowd = Array.from({ length: 20 }, () => sandbox.run("await tools.never()"));
  // Until the spare thread is full, too.
  while (runtime.stats().machines.busy < 8) await sleep(1);
  for (const open of gates) open();
  expect(await long).toMatchObject({ value: 1 });
  for (const outcome of await Promise.all(neighbours)) expect(outcome).toMatchObject({ value: 7 });
  await sandbox.close();
  expect((await Promise.all(crowd)).map(code)).toEqual(crowd.map(() => "cancelled"));
});

test("threads that can't be started fail the runs that need them, and throw nothing at whoever comes by", async () => {
  const execArgv = ["--experimental-permission", "--allow-fs-read=*", "--input-type=module", "-"];
  const { code: exit, stdout } = await execute(process.execPath, execArgv, {
    input: `
      import { createRuntime, createSandbox } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
      const outcomes = await Promise.all([1, 2, 3].map((n) => createSandbox().run("return " + n)));
      for (const { error } of outcomes) console.log(error.code + ": " + error.message);
      const inline = createSandbox({ runtime: createRuntime({ threads: 0 }) });
      console.log((await inline.run("return 4")).value);`,
  });
  expect(exit).toBe(0);
  const lines = stdout.trim().split("\n");
  expect(lines[0]).toMatch(/^machine_crashed: no thread could be started: .*--allow-worker.*threads: 0/);
  expect(lines.slice(3)).toEqual(["4"]);
});

test("an engine that was given compiled: each run has a thread of its own, and none fails for another", async () => {
  const wasm = WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm")));
  const runtime = createRuntime({ engine: { wasm }, threads: 2 });
  const sandbox = createSandbox({ runtime, tools: { wait: (ms: number) => sleep(ms).then(() => ms) } });
  const source = "let sum = 0; for (let i = 0; i < 5; i++) sum += await tools.wait(10); return sum";
  const runs = Array.from({ length: 8 }, () => sandbox.run(source));
  const hog = sandbox.run(NEVER_LOOKS, { limits: { cpuMs: 80 } });
  for (const outcome of await Promise.all(runs)) expect(outcome).toMatchObject({ value: 50 });
  expect(code(await hog)).toBe("cpu_limit");
});

test("many memory limits in turn leave no machines of each behind", async () => {
  const runtime = createRuntime({ threads: 1 });
  const sandbox = createSandbox({ runtime });
  for (let i = 0; i < 20; i++) {
    expect(await sandbox.run("return 1", { limits: { memoryBytes: (2 + i) << 20 } })).toMatchObject({ value: 1 });
  }
  expect(runtime.stats().machines.busy).toBe(0);
});

test("a runtime without threads refuses a sandbox that asks for them", () => {
  const runtime = createRuntime({ threads: 0 });
  expect(() => createSandbox({ runtime, isolation: "thread" })).toThrow("the runtime has no threads");
});

describe("a run of a session that is cancelled while it computes", () => {
  test("does not keep its session, and what closes it, until its limit", async () => {
    const { sandbox } = oneThread();
    const options = { limits: { cpuMs: 60_000, wallMs: 60_000 } };
    const cancelled = sandbox.session(options);
    await cancelled.run("var x = 1");
    const abort = new AbortController();
    const run = cancelled.run("for (;;);", { signal: abort.signal });
    await sleep(50);
    abort.abort();
    expect(code(await run)).toBe("cancelled");
    const closed = sandbox.session(options);
    const other = closed.run(NEVER_LOOKS);
    await sleep(50);
    await closed.close();
    expect(code(await other)).toBe("cancelled");
  });

  test("may end its turn first, and its session goes on with what that left", async () => {
    const { sandbox } = oneThread();
    const session = sandbox.session();
    await session.run("var x = 1");
    const abort = new AbortController();
    const run = session.run(
      "await tools.note(1); const end = Date.now() + 100; while (Date.now() < end); x = 2; await tools.gate()",
      { signal: abort.signal },
    );
    await sleep(60);
    abort.abort();
    expect(code(await run)).toBe("cancelled");
    expect(code(await session.run("x"))).toBe("completed");
  });
});
