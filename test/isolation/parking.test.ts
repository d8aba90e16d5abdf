import { describe, expect, test } from "vitest";
import { createRuntime, createSandbox, defineTool, type Outcome } from "../../src/index.ts";
import { failureOf, sleep } from "../support.ts";

const code = (outcome: Outcome) => (outcome.status === "failed" ? failureOf(outcome).code : outcome.status);

describe.each([
  ["inline", { threads: 0, machines: 2 }],
  ["in threads", { threads: 1, machines: 2 }],
])("where machines are short, %s", (_name, options) => {
  function crowded() {
    const runtime = createRuntime({ ...options, parkAfterMs: 1 });
    const gates: (() => void)[] = [];
    const signals: AbortSignal[] = [];
    const tools = {
      add: (a: number, b: number) => a + b,
      wait: (ms: number) => sleep(ms).then(() => ms),
      gate: defineTool({
        run: (n: number, { signal }) => {
          if (n >= 0) signals[n] = signal;
          return new Promise((resolve) => {
            if (n >= 0) gates[n] = () => resolve(n);
          });
        },
      }),
      approve: defineTool({ approval: true, run: (n: number) => n }),
    };
    const sandbox = createSandbox({ runtime, tools });
    return { gates, runtime, sandbox, signals };
  }
  type Crowd = ReturnType<typeof crowded>;

  /** As many waiting runs that nearly all of them are parked. */
  async function crowd({ gates, sandbox }: Crowd, count = 60) {
    const source =
      "const held = { n: input, list: [input] }; const n = await tools.gate(input); return [n, held.n, held.list[0]]";
    const runs = Array.from({ length: count }, (_, input) => sandbox.start(source, { input }));
    while (Object.keys(gates).length < count) await sleep(1);
    return runs;
  }

  test("runs that wait give theirs to others, and go on with what they held", async () => {
    const world = crowded();
    const runs = await crowd(world);
    expect(await world.sandbox.run("return 40 + 2")).toMatchObject({ value: 42 });
    for (const open of world.gates.toReversed()) open();
    const outcomes = await Promise.all(runs.map(({ outcome }) => outcome));
    expect(outcomes.map((outcome) => outcome.status === "completed" && outcome.value)).toEqual(
      runs.map((_, n) => [n, n, n]),
    );
  });

  test("those of one program take little room each, whoever's they are", async () => {
    const world = crowded();
    const runs = await crowd(world, 30);
    const tenant = (n: number) => (n % 2 === 0 ? "even" : "odd");
    const source = "const kept = [input]; return (await tools.wait(300)) + kept[0]";
    const others = Array.from({ length: 30 }, (_, input) =>
      world.sandbox.run(source, { input, tenant: tenant(input) }),
    );
    await sleep(150);
    expect(await world.sandbox.run("return 40 + 2")).toMatchObject({ value: 42 });
    const { memoryBytes, runs: counted } = world.runtime.stats();
    expect(counted.parked).toBeGreaterThan(20);
    expect(memoryBytes.parked / counted.parked).toBeLessThan(2_500);
    for (const open of world.gates) open();
    const values = (await Promise.all(others)).map((outcome) => outcome.status === "completed" && outcome.value);
    expect(values).toEqual(others.map((_, n) => 300 + n));
    for (const [n, { outcome }] of runs.entries()) expect(await outcome).toMatchObject({ value: [n, n, n] });
    expect(world.runtime.stats().memoryBytes.parked).toBe(0);
  });

  test("events, logs and records are those of a run that had a machine all the time", async () => {
    const world = crowded();
    await crowd(world);
    const source = `
      console.log("a"); yield 1; await tools.wait(20); console.log("b", await emit(2)); await sleep(10);
      return (await Promise.all([tools.wait(15), tools.add(1, 2), tools.wait(5)])).length`;
    const run = world.sandbox.start(source, { onYield: async (value) => sleep(10).then(() => value) });
    const events: string[] = [];
    for await (const event of run) {
      if (event.type === "call") events.push(`${event.call.tool} ${event.call.state}`);
      else events.push(event.type === "log" ? event.entry.text : event.type);
    }
    expect(events).toEqual([
      ...[
        "a",
        "yield",
        "wait running",
        "wait completed",
        "yield",
        "b 2",
        "wait running",
        "add running",
        "wait running",
      ],
      ...["add completed", "wait completed", "wait completed"],
    ]);
    expect(await run.outcome).toMatchObject({ value: 3, warnings: [], usage: { toolCalls: 4, yields: 2 } });
  });

  test("timers of parked programs fire, in their order", async () => {
    const world = crowded();
    await crowd(world);
    const source = `
      const order = []; const at = (ms) => new Promise((done) => setTimeout(() => { order.push(ms); done() }, ms));
      await Promise.all([at(60), at(20), at(40)]); return order`;
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => world.sandbox.run(source)));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ value: [20, 40, 60] });
  });

  test("a parked run is suspended, cancelled and out of time like any other", async () => {
    const world = crowded();
    const [one, two, ...others] = await crowd(world);
    const late = world.sandbox.run("await tools.gate(-1)", { limits: { wallMs: 60 } });
    void one?.suspend();
    two?.cancel("enough");
    expect(code((await two?.outcome) as Outcome)).toBe("cancelled");
    expect(world.signals[1]?.aborted).toBe(true);
    expect(code(await late)).toBe("wall_limit");
    world.gates[0]?.();
    const suspended = await one?.outcome;
    if (suspended?.status !== "suspended") throw new Error(JSON.stringify(suspended));
    const resumed = world.sandbox.resume(suspended.snapshot, { answers: {} });
    expect(await resumed.outcome).toMatchObject({ status: "completed", value: [0, 0, 0] });
    for (const { cancel } of others.map((run) => ({ cancel: () => run.cancel() }))) cancel();
    expect(new Set((await Promise.all(others.map(({ outcome }) => outcome))).map(code))).toEqual(
      new Set(["cancelled"]),
    );
  });

  test("one with a seed that went on and drew nothing is suspended like any other, and draws on when it is resumed", async () => {
    const world = crowded();
    const source =
      "const a = Math.random(); await tools.gate(input); await tools.approve(1); return [a, Math.random()]";
    const seeds = Array.from({ length: 16 }, (_, n) => `seed ${n}`);
    const runs = seeds.map((seed, input) => world.sandbox.start(source, { seed, input }));
    while (Object.keys(world.gates).length < seeds.length) await sleep(1);
    for (const open of world.gates) open();
    for (const [n, run] of runs.entries()) {
      const suspended = await run.outcome;
      if (suspended.status !== "suspended") throw new Error(failureOf(suspended).message);
      const id = String(suspended.pending[0]?.id);
      const resumed = await world.sandbox.resume(suspended.snapshot, {
        answers: { [id]: { value: 1 } },
        seed: `seed ${n}`,
      }).outcome;
      expect(code(resumed)).toBe("completed");
    }
  });

  test("limits count on: calls, steps and time inside, over all machines that a run had", async () => {
    const world = crowded();
    await crowd(world);
    const calls = await world.sandbox.run("for (let i = 0; i < 9; i++) await tools.wait(3)", {
      limits: { toolCalls: 5 },
    });
    expect(code(calls)).toBe("call_limit");
    const steps = await world.sandbox.run("for (;;) { for (let i = 0; i < 2e5; i++); await tools.wait(3) }", {
      limits: { steps: 100, toolCalls: 1e6 },
    });
    expect(code(steps)).toBe("step_limit");
    const cpu = await world.sandbox.run(
      "for (;;) { const end = Date.now() + 10; while (Date.now() < end); await tools.wait(3) }",
      { limits: { cpuMs: 60, toolCalls: 1e6 } },
    );
    expect(code(cpu)).toBe("cpu_limit");
  });

  test("sessions, approvals and what needs much memory go on too", async () => {
    const world = crowded();
    await crowd(world);
    const session = world.sandbox.session();
    await session.run("let total = 0; const big = new Uint8Array(20 << 20).fill(3)");
    for (let i = 0; i < 3; i++) await session.run("await tools.wait(5); total += big[7] + big.length");
    expect(await session.run("total")).toMatchObject({ value: 3 * ((20 << 20) + 3) });
    expect((await session.variables()).map(({ name }) => name)).toEqual(["total", "big"]);
    const asked = await world.sandbox.run("const big = 'x'.repeat(3e6); return (await tools.approve(5)) + big.length", {
      onApproval: () => sleep(20).then(() => ({ approve: true })),
    });
    expect(asked).toMatchObject({ value: 3_000_005 });
  });

  test("a closed sandbox leaves nothing parked", async () => {
    const world = crowded();
    const runs = await crowd(world);
    await world.sandbox.close();
    expect(new Set((await Promise.all(runs.map(({ outcome }) => outcome))).map(code))).toEqual(new Set(["cancelled"]));
    expect(world.signals.every(({ aborted }) => aborted)).toBe(true);
    const again = createSandbox({ runtime: world.runtime });
    expect(await again.run("return 40 + 2")).toMatchObject({ value: 42 });
  });
});
