import { afterAll, describe, expect, test } from "vitest";
import { createSandbox, defineTool, type Outcome, type RunOptions } from "../../src/index.ts";
import { failureOf, sleep } from "../support.ts";
import { ISOLATIONS } from "./loopback.ts";

const tools = {
  add: (a: number, b: number) => a + b,
  echo: (value: unknown) => value,
  wait: async (ms: number) => {
    await sleep(ms);
    return ms;
  },
  fail: () => {
    throw Object.assign(new TypeError("tool failed"), { code: "E_TOOL", data: { at: 1 } });
  },
  deep: { er: { tool: async () => "deep" } },
  count: async function* (to: number) {
    for (let i = 0; i < to; i++) yield { i };
  },
};

// What every isolation must do alike.
describe.each(ISOLATIONS)("machines %s", (_name, makeRuntime) => {
  const runtime = makeRuntime();
  const sandbox = createSandbox({ tools, runtime, limits: { toolCalls: 10_000 } });
  afterAll(async () => {
    await sandbox.close();
    runtime.close();
  });
  const run = (source: string, options?: RunOptions): Promise<Outcome> => sandbox.run(source, options);
  const value = async (source: string, options?: RunOptions): Promise<unknown> => {
    const outcome = await run(source, options);
    if (outcome.status !== "completed") throw new Error(JSON.stringify(failureOf(outcome)));
    return outcome.value;
  };

  test("run a program to its value", async () => {
    expect(await value("return 40 + 2")).toBe(42);
    expect(await value("const x: number = 1;\nx + 1")).toBe(2);
    expect(await value("")).toBeUndefined();
  });

  test("let it call tools of any depth", async () => {
    expect(await value("return [await tools.add(1, 2), await tools.deep.er.tool()]")).toEqual([3, "deep"]);
  });

  test("interleave calls faithfully: the faster of two goes on while the slower is still out", async () => {
    const outcome = await run(
      "const first = await Promise.race([tools.wait(600), tools.wait(50)]); return [first, await tools.add(first, 1)]",
    );
    expect(outcome).toMatchObject({
      value: [50, 51],
      calls: [{ state: "aborted" }, { state: "completed" }, { state: "completed" }],
    });
  });

  test("keep two identical calls apart", async () => {
    expect(
      await value("return await Promise.all([tools.echo({ a: 1 }), tools.echo({ a: 1 }), tools.echo({ a: 2 })])"),
    ).toEqual([{ a: 1 }, { a: 1 }, { a: 2 }]);
  });

  test("carry 2,000 sequential and 2,000 parallel calls", async () => {
    expect(await value("let s = 0; for (let i = 0; i < 2000; i++) s = await tools.add(s, 1); return s")).toBe(2000);
    expect(
      await value(
        "const all = await Promise.all(Array.from({ length: 2000 }, (_, i) => tools.add(i, 1))); return all.reduce((a, b) => a + b)",
      ),
    ).toBe(2_001_000);
  });

  test("let the program catch a tool's error with its name, message, code and data", async () => {
    const source =
      "try { await tools.fail() } catch (e) { return [e instanceof TypeError, e.name, e.message, e.code, e.data] }";
    expect(await value(source)).toEqual([true, "TypeError", "tool failed", "E_TOOL", { at: 1 }]);
  });

  test("settle chains, allSettled and any as the language says", async () => {
    const source = `
      const settled = await Promise.allSettled([tools.fail(), tools.add(1, 1), Promise.reject(3)]);
      const any = await Promise.any([tools.fail(), tools.wait(5)]);
      return [settled.map((s) => s.status), any, await tools.add(1, 2).then((x) => tools.add(x, x))]`;
    expect(await value(source)).toEqual([["rejected", "fulfilled", "rejected"], 5, 6]);
  });

  test("stream what a tool makes part by part, until the program has enough", async () => {
    expect(await value("const all = []; for await (const { i } of tools.count(3)) all.push(i); return all")).toEqual([
      0, 1, 2,
    ]);
    expect(
      await run("for await (const { i } of tools.count(3)) if (i === 1) break; return tools.add(1, 1)"),
    ).toMatchObject({
      value: 2,
      calls: [{ state: "completed", parts: 2 }, { state: "completed" }],
    });
  });

  test("run timers in the order of their time", async () => {
    const source = `
      const order = [];
      const at = (ms, name) => new Promise((done) => setTimeout(() => { order.push(name); done() }, ms));
      const tick = setInterval(() => order.push("tick"), 40);
      await Promise.all([at(30, "b"), at(0, "a"), at(30, "c"), at(100, "d")]);
      clearInterval(tick);
      const never = setTimeout(() => order.push("never"), 10); clearTimeout(never);
      await at(30, "e");
      return order`;
    const order = (await value(source)) as string[];
    expect(order.filter((name) => name !== "tick")).toEqual(["a", "b", "c", "d", "e"]);
    expect(order.filter((name) => name === "tick").length).toBeGreaterThanOrEqual(1);
  });

  test("tell a deadlock at once, with the line that waits", async () => {
    const outcome = await run("await tools.add(1, 2);\n\nconst never = new Promise(() => {});\nawait never;\nreturn 1");
    expect(outcome).toMatchObject({ status: "failed", error: { code: "deadlock", line: 4 } });
  });

  test("hold cpu, wall and step limits", async () => {
    expect(await run("for (;;);", { limits: { cpuMs: 50 } })).toMatchObject({ error: { code: "cpu_limit" } });
    expect(await run("await tools.wait(5000)", { limits: { wallMs: 60 } })).toMatchObject({
      error: { code: "wall_limit" },
    });
    expect(await run("for (;;);", { limits: { wallMs: 60 } })).toMatchObject({ error: { code: "wall_limit" } });
    expect(await run("for (;;);", { limits: { steps: 100 } })).toMatchObject({ error: { code: "step_limit" } });
    expect(await value("return 40 + 2")).toBe(42);
  });

  test("send logs, calls and yields as events while the program runs", async () => {
    const started = sandbox.start(
      "console.log('one', { a: 1 }); await tools.add(1, 2); yield 5; console.warn('two'); return 3",
    );
    const events = [];
    for await (const event of started) events.push(event);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    expect(events.map((event) => (event.type === "call" ? `call ${event.call.state}` : event.type))).toEqual([
      "log",
      "call running",
      "call completed",
      "yield",
      "log",
    ]);
    expect(await started.outcome).toMatchObject({
      status: "completed",
      value: 3,
      logs: [{ text: "one { a: 1 }" }, { level: "warn", text: "two" }],
    });
  });

  test("answer what the program yields and emits", async () => {
    const doubled = { onYield: (n: unknown) => (n as number) * 2 };
    expect(await value("const a = yield 1; const b = await emit(5); return [a, b]", doubled)).toEqual([2, 10]);
    const refusing = {
      onYield: () => {
        throw new RangeError("no");
      },
    };
    expect(await value("try { yield 1 } catch (e) { return [e.name, e.message] }", refusing)).toEqual([
      "RangeError",
      "no",
    ]);
  });

  test("make two runs with the same seed and clock identical, and all others different", async () => {
    const source = `
      const before = [Math.random(), crypto.randomUUID(), Date.now(), new Date().toISOString(), performance.now()];
      await new Promise((done) => setTimeout(done, 25));
      return [before, Math.random(), Date.now(), performance.now()]`;
    const fixed = { seed: "s", now: 1_000_000 };
    const [a, b, c] = [
      await value(source, fixed),
      await value(source, fixed),
      await value(source, { now: 1_000_000 }),
    ] as unknown[][];
    expect(a).toEqual(b);
    expect(a?.slice(2)).toEqual([1_000_025, 25]);
    expect(c?.[1]).not.toEqual(a?.[1]);
    expect(await value("return Math.random()")).not.toEqual(await value("return Math.random()"));
  });

  test("leave nothing of one run to the next", async () => {
    await value(
      "globalThis.left = 1; Array.prototype.left = 2; Object.prototype.left = 3; Math.random = () => 4; console.log = 5; return 1",
    );
    expect(await value("return [typeof left, [].left, ({}).left, Math.random() === 4, typeof console.log]")).toEqual([
      "undefined",
      undefined,
      undefined,
      false,
      "function",
    ]);
  });

  test("cancel a run, its calls and its timers", async () => {
    const signals: AbortSignal[] = [];
    const hang = defineTool({
      run: (_input: unknown, { signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    });
    const hanging = createSandbox({ runtime, tools: { hang } });
    const controller = new AbortController();
    const outcome = hanging.run("setInterval(() => {}, 5); await Promise.all([tools.hang(), tools.hang()])", {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error("enough")), 30);
    expect(await outcome).toMatchObject({
      status: "failed",
      error: { code: "cancelled", message: "the run was cancelled: enough" },
      calls: [{ state: "aborted" }, { state: "aborted" }],
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await hanging.close();
  });

  test("drop what is late: an answer after the end has no effect", async () => {
    const late = await run("tools.wait(30); return 'over'");
    expect(late).toMatchObject({
      value: "over",
      calls: [{ state: "aborted" }],
      warnings: [{ code: "call_aborted", line: 1 }],
    });
    await sleep(60);
    expect(await value("return 1")).toBe(1);
  });
});
