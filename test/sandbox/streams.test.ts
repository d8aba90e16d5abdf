import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Emission } from "../../src/engine/index.ts";
import {
  createRuntime,
  createSandbox,
  defineTool,
  type Outcome,
  type Sandbox,
  type SandboxOptions,
} from "../../src/index.ts";
import type { Isolation, MachinePort } from "../../src/isolation/index.ts";
import { failureFrom, runOnce, sleep, valueFrom } from "../support.ts";

const opened: Sandbox[] = [];
afterEach(async () => {
  for (const sandbox of opened.splice(0)) await sandbox.close();
});

function sandboxOf(options: SandboxOptions): Sandbox {
  const sandbox = createSandbox(options);
  opened.push(sandbox);
  return sandbox;
}

/** A port whose first turn has an emission that no guest made. */
function forging(port: MachinePort, forged: Emission): MachinePort {
  return {
    onReport: () => undefined,
    post(command) {
      port.onReport = (report) => {
        if (report.type !== "turn") return;
        this.onReport({ type: "turn", turn: { ...report.turn, emissions: [forged, ...report.turn.emissions] } });
      };
      port.post(command);
    },
    close: () => port.close(),
  };
}

/** A tool that counts up to `to`, and a diary of what its generator did. */
function counter(to = 3) {
  const diary: string[] = [];
  async function* count() {
    try {
      for (let i = 1; i <= to; i++) {
        diary.push(`makes ${i}`);
        await sleep(0);
        yield i;
      }
      diary.push("is through");
    } finally {
      diary.push("is closed");
    }
  }
  return { diary, count };
}

describe("a tool that is an async generator", () => {
  test("streams: the program has the first part before the last is made, and each is made when it is asked for", async () => {
    const { count, diary } = counter();
    const note = (text: string) => void diary.push(text);
    const source = "for await (const part of tools.count()) await tools.note(`has ${part}`); return 'over'";
    expect(await valueFrom(source, { tools: { count, note } })).toBe("over");
    expect(diary).toEqual([
      ...["makes 1", "has 1", "makes 2", "has 2", "makes 3", "has 3"],
      ...["is through", "is closed"],
    ]);
  });

  test("streams the same way after an await, by hand, into a list and through yield*", async () => {
    const { count } = counter();
    const source = `
      const stream = await tools.count();
      const awaited = []; for await (const part of stream) awaited.push(part);
      const byHand = [await stream.next()];
      const other = tools.count()[Symbol.asyncIterator]();
      byHand.push(await other.next(), await other.return(7), await other.next());
      const all = await Array.fromAsync(tools.count());
      async function* twice() { yield* tools.count(); yield* await tools.count() }
      const delegated = await Array.fromAsync(twice());
      return { awaited, byHand, all, delegated }`;
    expect(await valueFrom(source, { tools: { count } })).toEqual({
      awaited: [1, 2, 3],
      byHand: [
        { done: true, value: undefined },
        { done: false, value: 1 },
        { done: true, value: 7 },
        { done: true, value: undefined },
      ],
      all: [1, 2, 3],
      delegated: [1, 2, 3, 1, 2, 3],
    });
  });

  test("keeps the types of its parts and drops what it returns", async () => {
    async function* parts() {
      yield new Date(5);
      yield new Map([[1, undefined]]);
      yield [Number.NaN, 5n];
      return "this";
    }
    const source =
      "const it = await tools.parts(); return [await it.next(), await it.next(), await it.next(), await it.next()]";
    expect(await valueFrom(source, { tools: { parts } })).toEqual([
      { done: false, value: new Date(5) },
      { done: false, value: new Map([[1, undefined]]) },
      { done: false, value: [Number.NaN, 5n] },
      { done: true, value: undefined },
    ]);
  });

  test("may be a global, a defined tool, a promise of an iterable, a ReadableStream, an iterator made by hand", async () => {
    const { count } = counter(2);
    const byHand = () => {
      let left = 2;
      return { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: left-- === 0, value: left }) }) };
    };
    const readable = () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue("a");
          controller.close();
        },
      });
    const tools = {
      defined: defineTool({ run: (to: unknown) => counter(Number(to)).count() }),
      promised: async () => count(),
      ...{ byHand, readable },
    };
    const source = `return [
      await Array.fromAsync(count()), await Array.fromAsync(tools.defined(1)), await Array.fromAsync(tools.promised()),
      await Array.fromAsync(tools.byHand()), await Array.fromAsync(tools.readable())]`;
    expect(await valueFrom(source, { globals: { count }, tools })).toEqual([[1, 2], [1], [1, 2], [1, 0], ["a"]]);
  });

  test("answers several parts that were asked for at once in their order, one at a time", async () => {
    let making = 0;
    let most = 0;
    const byHand = () => {
      let made = 0;
      return {
        [Symbol.asyncIterator]: () => ({
          async next() {
            most = Math.max(most, ++making);
            await sleep(made === 0 ? 5 : 0);
            making--;
            return made++ < 3 ? { done: false, value: made } : { done: true, value: undefined };
          },
        }),
      };
    };
    const source = `
      const it = tools.byHand()[Symbol.asyncIterator]();
      const steps = await Promise.all([it.next(), it.next(), it.next(), it.next(), it.next()]);
      return steps.map(({ done, value }) => done ? "done" : value)`;
    expect(await valueFrom(source, { tools: { byHand } })).toEqual([1, 2, 3, "done", "done"]);
    expect(most).toBe(1);
  });

  test("streams beside others, each at its own pace", async () => {
    async function* every(ms: number, name: string) {
      for (let i = 0; i < 3; i++) {
        await sleep(ms);
        yield `${name}${i}`;
      }
    }
    const source = `
      const seen = [];
      const read = async (stream) => { for await (const part of stream) seen.push(part) };
      await Promise.all([read(tools.every(40, "slow")), read(tools.every(2, "fast"))]);
      return seen`;
    const seen = (await valueFrom(source, { tools: { every } })) as string[];
    expect(seen.slice(0, 3)).toEqual(["fast0", "fast1", "fast2"]);
    expect(seen.slice(3)).toEqual(["slow0", "slow1", "slow2"]);
  });

  test("gives 10,000 parts, and lets the host's own work in between them", async () => {
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    async function* many() {
      for (let i = 0; i < 10_000; i++) yield i;
    }
    const source = "let sum = 0; for await (const part of tools.many()) sum += part; return sum";
    const outcome = await runOnce(source, { tools: { many }, limits: { toolCalls: 1 } });
    clearInterval(ticking);
    expect(outcome).toMatchObject({ value: 49_995_000, calls: [{ state: "completed", parts: 10_000 }] });
    expect(ticks).toBeGreaterThan(0);
  });

  test("is one call in the record, which runs until the stream is over and tells how many parts it had", async () => {
    const { count } = counter();
    const sandbox = sandboxOf({ tools: { count } });
    const run = sandbox.start("let n = 0; for await (const part of tools.count('x')) n += part; return n");
    const states: unknown[] = [];
    for await (const event of run) if (event.type === "call") states.push([event.call.state, event.call.parts]);
    expect(states).toEqual([
      ["running", undefined],
      ["completed", 3],
    ]);
    const outcome = await run.outcome;
    expect(outcome).toMatchObject({
      value: 6,
      calls: [{ tool: "count", input: ["x"], parts: 3, line: 1 }],
      warnings: [],
    });
    expect(outcome.calls[0]).not.toHaveProperty("output");
    expect(outcome.usage).toMatchObject({ toolCalls: 1, toolOutputBytes: 3 });
  });

  test("is made by no more at once than toolCallsInFlight says", async () => {
    let making = 0;
    let most = 0;
    async function* busy() {
      for (let i = 0; i < 4; i++) {
        most = Math.max(most, ++making);
        await sleep(1);
        making--;
        yield i;
      }
    }
    const source = "return await Promise.all([1, 2, 3, 4, 5].map(() => Array.fromAsync(tools.busy())))";
    const all = await valueFrom(source, { tools: { busy }, limits: { toolCallsInFlight: 2 } });
    expect(all).toEqual(Array.from({ length: 5 }, () => [0, 1, 2, 3]));
    expect(most).toBe(2);
  });

  test("begins once it is allowed and approved", async () => {
    const { count, diary } = counter(1);
    const approval = defineTool({ approval: true, run: () => count() });
    const sandbox = sandboxOf({
      tools: { approval, count },
      policy: ({ tool }) => (tool === "count" ? "deny" : "allow"),
    });
    const source = "return await Array.fromAsync(tools.approval())";
    expect(await sandbox.run(source, { onApproval: () => ({ approve: true }) })).toMatchObject({ value: [1] });
    expect(await sandbox.run(source, { onApproval: () => ({ deny: "no" }) })).toMatchObject({
      error: { code: "denied" },
    });
    expect(await sandbox.run("for await (const x of tools.count()) 1")).toMatchObject({ error: { code: "denied" } });
    expect(diary).toEqual(["makes 1", "is through", "is closed"]);
  });

  test("takes a place among the calls in flight only while it makes a part", async () => {
    const { count } = counter();
    const source =
      "const seen = []; for await (const part of tools.count()) seen.push(await tools.double(part)); return seen";
    const tools = { count, double: async (n: number) => n * 2 };
    expect(await valueFrom(source, { tools, limits: { toolCallsInFlight: 1 } })).toEqual([2, 4, 6]);
  });
});

test("streams behave to a program as its own async generators do, whatever it does with them", async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ next: fc.integer({ min: 1, max: 3 }) }) },
    fc.record({ return: fc.integer() }),
    fc.record({ throw: fc.integer() }),
  );
  const source = `
    const iterators = [make(), make()], seen = [];
    const shown = (promise) => promise.then((step) => step, (error) => ["rejected", error?.message ?? error]);
    for (const { of, ...step } of steps) {
      const it = iterators[of];
      if (step.next) seen.push(...await Promise.all(Array.from({ length: step.next }, () => shown(it.next()))));
      else if ("return" in step) seen.push(await shown(it.return(step.return)));
      else seen.push(await shown(it.throw(step.throw)));
    }
    return seen`;
  const sandbox = sandboxOf({ tools: { make } });
  async function* make(length: number, fails: boolean) {
    for (let i = 0; i < length; i++) yield i;
    if (fails) throw new Error("failed");
  }
  const steps = fc.array(
    fc.tuple(step, fc.nat({ max: 1 })).map(([what, of]) => ({ ...what, of })),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.nat({ max: 4 }), fc.boolean(), async (steps, length, fails) => {
      const native = new (Object.getPrototypeOf(async () => undefined).constructor)("steps", "make", source);
      const expected: unknown = await native(steps, () => make(length, fails));
      const wrapped = `const { steps, length, fails } = input;
        const made = [await tools.make(length, fails), await tools.make(length, fails)];
        const make = () => made.pop();${source}`;
      const outcome = await sandbox.run(wrapped, { input: { steps, length, fails } });
      expect(outcome).toMatchObject({ status: "completed", value: expected });
    }),
    { numRuns: 200 },
  );
});

describe("a program that reads no further", () => {
  test.each([
    ["breaks", "for await (const part of tools.count()) break; return 'on'"],
    ["breaks after an await", "for await (const part of await tools.count()) break; return 'on'"],
    ["throws", "try { for await (const part of tools.count()) throw new Error('enough') } catch {} return 'on'"],
    ["returns", "return await (async () => { for await (const part of tools.count()) return 'on' })()"],
    ["calls return()", "const it = await tools.count(); await it.next(); await it.return(); return 'on'"],
    [
      "calls throw()",
      "const it = await tools.count(); await it.next(); return await it.throw('on').catch((error) => error)",
    ],
  ])("because it %s ends the generator through its finally", async (_how, source) => {
    const { count, diary } = counter();
    const outcome = await runOnce(source, { tools: { count } });
    expect(outcome).toMatchObject({
      value: "on",
      calls: [{ state: "completed", parts: 1 }],
      warnings: [],
    });
    expect(diary).toEqual(["makes 1", "is closed"]);
  });

  test("and breaks gets no more parts from the stream", async () => {
    const { count, diary } = counter();
    const source = `
      const stream = await tools.count();
      for await (const part of stream) break;
      for await (const part of stream) return part;
      return "nothing"`;
    expect(await valueFrom(source, { tools: { count } })).toBe("nothing");
    expect(diary).toEqual(["makes 1", "is closed"]);
  });

  test("while a part is being made has done with it at once: the tool's signal aborts", async () => {
    const reasons: unknown[] = [];
    const slow = defineTool({
      async *run(_input: unknown, { signal }) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        reasons.push((signal.reason as Error).message);
        yield 2;
      },
    });
    const source = `
      const it = await tools.slow();
      const first = await it.next(), second = it.next(), third = it.next();
      await new Promise((done) => setTimeout(done, 5));
      await it.return();
      return [first, await second, await third]`;
    expect(await valueFrom(source, { tools: { slow } })).toEqual([
      { done: false, value: 1 },
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(reasons).toEqual(["the program reads no further"]);
  });

  test("is warned where the generator's finally fails", async () => {
    async function* careless() {
      try {
        yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
        throw new RangeError("no way out");
      }
    }
    const source =
      "for await (const part of tools.careless()) break;\nawait new Promise((done) => setTimeout(done, 5)); return 1";
    expect(await runOnce(source, { tools: { careless } })).toMatchObject({
      value: 1,
      calls: [{ state: "completed" }],
      warnings: [
        {
          code: "stream_not_closed",
          line: 1,
          message: "careless failed while its stream was ended: RangeError: no way out",
        },
      ],
    });
  });
});

describe("a stream that fails", () => {
  async function* failing() {
    yield 1;
    throw Object.assign(new RangeError("broke"), { code: "E_PART", data: { at: 2 } });
  }

  test("rejects the part that was asked for, and ends", async () => {
    const source = `
      const it = await tools.failing();
      const steps = [await it.next()];
      try { await it.next() } catch (e) { steps.push([e instanceof RangeError, e.message, e.code, e.data.at]) }
      return [...steps, await it.next()]`;
    const outcome = await runOnce(source, { tools: { failing } });
    expect(outcome).toMatchObject({
      value: [{ value: 1 }, [true, "broke", "E_PART", 2], { done: true }],
      calls: [{ state: "failed", parts: 1, error: { code: "tool_failed", name: "RangeError", message: "broke" } }],
    });
  });

  test("fails the program that doesn't catch it, at the line of the call", async () => {
    const source = "const a = 1;\nfor await (const part of tools.failing()) {\n  a + part;\n}";
    expect(await failureFrom(source, { tools: { failing } })).toMatchObject({
      code: "tool_failed",
      message: "broke",
      line: 2,
      data: { at: 2, code: "E_PART" },
    });
  });

  test("fails like any call where it never begins", async () => {
    const tools = {
      throws: () => {
        throw new Error("not today");
      },
      strict: defineTool({ input: { type: "number" }, run: async function* () {} }),
      broken: () => ({
        [Symbol.asyncIterator]() {
          throw new Error("no iterator");
        },
      }),
    };
    const reading = (call: string) => failureFrom(`for await (const part of ${call}) 1`, { tools });
    expect(await reading("tools.throws()")).toMatchObject({ code: "tool_failed", message: "not today", line: 1 });
    expect(await reading("tools.strict('x')")).toMatchObject({ code: "invalid_input", line: 1 });
    expect(await reading("tools.broken()")).toMatchObject({ code: "tool_failed", message: "no iterator" });
    expect(await reading("tools.unknown()")).toMatchObject({ code: "unknown_tool" });
  });

  test.each([
    ["is larger than toolOutputBytes", () => "x".repeat(2_000), "output_limit"],
    ["cannot cross", () => () => 1, "unserializable"],
    ["breaks the output schema", () => 7, "invalid_output"],
  ])("because a part %s ends the generator", async (_why, part, code) => {
    const diary: string[] = [];
    const parts = defineTool({
      output: { type: "string" },
      async *run() {
        try {
          yield "fits";
          yield part() as string;
        } finally {
          diary.push("closed");
        }
      },
    });
    if (code === "unserializable") expect(await failingWith({ parts: unchecked(part, diary) })).toBe(code);
    else expect(await failingWith({ parts })).toBe(code);
    expect(diary).toEqual(["closed"]);
  });

  async function failingWith(tools: NonNullable<SandboxOptions["tools"]>): Promise<unknown> {
    const source = `
      const seen = [];
      try { for await (const part of tools.parts()) seen.push(part) } catch (e) { seen.push(e.code) }
      return seen`;
    const outcome = await runOnce(source, { tools, limits: { toolOutputBytes: 1_000 } });
    const [first, code] = (outcome as { value: unknown[] }).value;
    expect(first).toBe("fits");
    expect(outcome.calls).toMatchObject([{ state: "failed", parts: 1, error: { code } }]);
    return code;
  }

  function unchecked(part: () => unknown, diary: string[]) {
    return async function* () {
      try {
        yield "fits";
        yield part();
      } finally {
        diary.push("closed");
      }
    };
  }

  test("because a part took longer than timeoutMs is aborted; the time that the program takes doesn't count", async () => {
    const signals: AbortSignal[] = [];
    const slow = defineTool({
      timeoutMs: 60,
      async *run(_input: unknown, { signal }) {
        signals.push(signal);
        yield 1;
        yield 2;
        await new Promise(() => undefined);
      },
    });
    const source = `
      const seen = [];
      for await (const part of tools.slow()) { seen.push(part); await new Promise((done) => setTimeout(done, 80)) }`;
    const outcome = await runOnce(source, { tools: { slow } });
    expect(outcome).toMatchObject({
      error: { code: "call_timeout", message: "slow did not answer within 60 ms" },
      calls: [{ state: "failed", parts: 2 }],
    });
    expect(signals[0]?.aborted).toBe(true);
  });

  test("because it tries to defer a part says so", async () => {
    const deferring = defineTool({
      async *run(_input: unknown, context) {
        yield 1;
        context.defer();
      },
    });
    expect(await failureFrom("for await (const part of tools.deferring()) 1", { tools: { deferring } })).toMatchObject({
      code: "tool_failed",
      message: "deferring cannot defer a part of its stream",
    });
  });

  test("because its iterator is none fails the call", async () => {
    const tools = { odd: () => ({ [Symbol.asyncIterator]: () => ({ next: () => 5 }) }) };
    expect(await failureFrom("for await (const part of tools.odd()) 1", { tools })).toMatchObject({
      code: "tool_failed",
      message: "the stream's next() gave no object",
    });
  });
});

describe("at the end of the run", () => {
  /** What an endless stream went through. */
  function endless() {
    const diary: string[] = [];
    const stream = defineTool({
      async *run(_input: unknown, { signal }) {
        signal.addEventListener("abort", () => diary.push("aborted"));
        try {
          for (let i = 0; ; i++) {
            if (i > 1) await new Promise((resolve) => signal.addEventListener("abort", resolve));
            yield i;
          }
        } finally {
          diary.push("closed");
        }
      },
    });
    return { diary, stream };
  }

  test.each([
    ["completes", "const it = await tools.stream(); await it.next(); return 1", {}, { status: "completed" }],
    ["throws", "const it = await tools.stream(); await it.next(); throw 1", {}, { error: { code: "threw" } }],
    ["reaches wallMs", "for await (const x of tools.stream()) 1", { wallMs: 80 }, { error: { code: "wall_limit" } }],
  ])("that %s an open stream is aborted and closed", async (_how, source, limits, expected) => {
    const { diary, stream } = endless();
    const outcome = await runOnce(source, { tools: { stream }, limits });
    expect(outcome).toMatchObject({ ...expected, calls: [{ state: "aborted" }], warnings: [{ code: "call_aborted" }] });
    await sleep(5);
    expect(diary).toEqual(["aborted", "closed"]);
  });

  test("that is cancelled too", async () => {
    const { diary, stream } = endless();
    const sandbox = sandboxOf({ tools: { stream } });
    const run = sandbox.start("for await (const x of tools.stream()) console.log(x)");
    for await (const event of run) if (event.type === "log" && event.entry.text === "1") run.cancel("enough");
    expect(await run.outcome).toMatchObject({ error: { code: "cancelled" }, calls: [{ state: "aborted", parts: 2 }] });
    await sleep(5);
    expect(diary).toEqual(["aborted", "closed"]);
  });

  test("a stream that was never read never began: its iterator is only closed", async () => {
    const { count, diary } = counter();
    const closed: string[] = [];
    const byHand = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => void closed.push("next"),
        return: () => void closed.push("return"),
      }),
    });
    const outcome = await runOnce("await tools.count(); const s = await tools.byHand(); return 1", {
      tools: { count, byHand },
    });
    expect(outcome).toMatchObject({ value: 1, calls: [{ state: "aborted", parts: 0 }, { state: "aborted" }] });
    await sleep(1);
    expect([diary, closed]).toEqual([[], ["return"]]);
  });

  test("an endless stream of parts that are always there holds up neither the limits nor the host", async () => {
    async function* always() {
      for (;;) yield 1;
    }
    const sandbox = sandboxOf({ tools: { always } });
    const source = "for await (const part of tools.always()) 1";
    expect(await sandbox.run(source, { limits: { wallMs: 100 } })).toMatchObject({ error: { code: "wall_limit" } });
    expect(await sandbox.run(source, { limits: { cpuMs: 30 } })).toMatchObject({ error: { code: "cpu_limit" } });
    const run = sandbox.start(source);
    setTimeout(() => run.cancel(), 60);
    expect(await run.outcome).toMatchObject({ error: { code: "cancelled" } });
  });
});

describe("a suspended run", () => {
  const approved = defineTool({ approval: true, run: () => "approved" });

  function resumed(sandbox: Sandbox, outcome: Outcome, answers = {}): Promise<Outcome> {
    if (outcome.status !== "suspended") throw new Error(`the run ${outcome.status}`);
    return sandbox.resume(outcome.snapshot, { answers }).outcome;
  }

  test("loses an open stream: the host closes it, and the next part rejects with the reason", async () => {
    const { count, diary } = counter();
    const sandbox = sandboxOf({ tools: { count, approved } });
    const source = `
      const seen = [];
      try {
        for await (const part of tools.count()) { seen.push(part); seen.push(await tools.approved()) }
      } catch (e) { seen.push([e.code, e.message]) }
      return seen`;
    const suspended = await sandbox.run(source);
    expect(suspended).toMatchObject({
      status: "suspended",
      pending: [{ tool: "approved" }],
      calls: [{ state: "failed", parts: 1, error: { code: "outcome_unknown" } }, { state: "waiting" }],
    });
    await sleep(1);
    expect(diary).toEqual(["makes 1", "is closed"]);
    const outcome = await resumed(sandbox, suspended, { 3: { approve: true } });
    const message = "the run was suspended while this stream was open: its further parts are lost";
    expect(outcome).toMatchObject({
      value: [1, "approved", ["outcome_unknown", message]],
      calls: [{ state: "failed", parts: 1, error: { code: "outcome_unknown" } }, { state: "completed" }],
      warnings: [],
    });
  });

  test("waits for a stream as for any call, and loses a part that takes longer than settleMs", async () => {
    let makesSecond: () => void = () => undefined;
    const second = new Promise<void>((resolve) => {
      makesSecond = resolve;
    });
    async function* slow() {
      yield 1;
      makesSecond();
      await new Promise(() => undefined);
    }
    const sandbox = sandboxOf({ tools: { slow }, settleMs: 20 });
    const run = sandbox.start("for await (const part of tools.slow()) console.log(part)");
    await second;
    await run.suspend();
    const suspended = await run.outcome;
    expect(suspended).toMatchObject({ status: "suspended", pending: [], logs: [{ text: "1" }] });
    expect(await resumed(sandbox, suspended)).toMatchObject({
      status: "failed",
      error: { code: "outcome_unknown", line: 1 },
      calls: [{ state: "failed", parts: 1 }],
    });
  });

  test("keeps a part that arrives within settleMs, for the program to have first when it goes on", async () => {
    const { count, diary } = counter();
    const sandbox = sandboxOf({ tools: { count } });
    const source = `
      const seen = [];
      try { for await (const part of tools.count()) seen.push(part) } catch (e) { seen.push(e.code) }
      return seen`;
    const run = sandbox.start(source);
    while (diary.length === 0) await sleep(0);
    await run.suspend();
    const suspended = await run.outcome;
    expect(suspended).toMatchObject({ status: "suspended", calls: [{ state: "failed", parts: 1 }] });
    expect(diary).toEqual(["makes 1", "is closed"]);
    expect(await resumed(sandbox, suspended)).toMatchObject({ value: [1, "outcome_unknown"] });
  });

  test("suspends although a stream never ends", async () => {
    async function* always() {
      for (;;) yield 1;
    }
    const sandbox = sandboxOf({ tools: { always }, settleMs: 30 });
    const run = sandbox.start("for await (const part of tools.always()) 1");
    await sleep(5);
    await run.suspend();
    expect(await run.outcome).toMatchObject({ status: "suspended" });
  });

  test("of a batch's snapshot has no stream, while the run itself goes on with it", async () => {
    const { count } = counter();
    const snapshots: Uint8Array[] = [];
    const sandbox = sandboxOf({ tools: { count, note: () => "noted" } });
    const source = `
      const seen = [];
      for await (const part of tools.count()) seen.push(part, await tools.note());
      return seen`;
    const outcome = await sandbox.run(source, {
      beforeCalls: async (batch) => void snapshots.push(await batch.snapshot()),
    });
    expect(outcome).toMatchObject({ value: [1, "noted", 2, "noted", 3, "noted"], calls: { length: 4 } });
    const later = sandbox.resume(snapshots[1] as Uint8Array, { answers: { 3: { value: "answered" } } });
    expect(await later.outcome).toMatchObject({
      status: "failed",
      error: { code: "outcome_unknown" },
      calls: [
        { tool: "count", state: "failed", parts: 1 },
        { state: "completed", output: "answered" },
      ],
    });
  });
});

test("a stream that opened while a batch was looked at is lost in its snapshot too", async () => {
  const { count } = counter();
  let open: () => void = () => undefined;
  const late = () =>
    new Promise((resolve) => {
      open = () => resolve(count());
    });
  const sandbox = sandboxOf({ tools: { late, quick: () => 1 } });
  const source = `
    const stream = tools.late();
    await tools.quick();
    const quick = tools.quick();
    const seen = []; for await (const part of stream) seen.push(part);
    return [seen, await quick]`;
  const snapshots: Uint8Array[] = [];
  const outcome = await sandbox.run(source, {
    beforeCalls: async (batch) => {
      if (batch.calls[0]?.tool === "quick") {
        open();
        await sleep(5);
      }
      snapshots.push(await batch.snapshot());
    },
  });
  expect(outcome).toMatchObject({ value: [[1, 2, 3], 1] });
  const later = sandbox.resume(snapshots.at(-1) as Uint8Array, { answers: { 3: { value: 1 } } });
  expect(await later.outcome).toMatchObject({ error: { code: "outcome_unknown", line: 2 } });
});

describe("what is no stream", () => {
  const tools = {
    list: () => [1, 2],
    map: () => new Map([[1, 2]]),
    number: () => 5,
    nothing: () => null,
    text: () => "abc",
    object: () => ({ a: 1 }),
  };

  test("but a list is iterated by its members", async () => {
    const source = "return [await Array.fromAsync(tools.list()), await Array.fromAsync(tools.map())]";
    expect(await valueFrom(source, { tools })).toEqual([[1, 2], [[1, 2]]]);
    expect(await valueFrom("for await (const x of tools.list()) break; return 'on'", { tools })).toBe("on");
  });

  test.each([
    ["number", "number"],
    ["nothing", "null"],
    ["text", "string"],
    ["object", "object"],
  ])("nor a list cannot be iterated: %s", async (name, kind) => {
    expect(await failureFrom(`1;\nfor await (const part of tools.${name}()) 1`, { tools })).toMatchObject({
      code: "threw",
      name: "TypeError",
      message: `the call's answer cannot be iterated: it is neither a stream nor a list (${kind})`,
      line: 2,
    });
  });

  test("is a stream inside an answer: it cannot cross, and neither can a stream leave the program", async () => {
    const { count } = counter();
    const nested = () => ({ stream: count() });
    expect(await failureFrom("await tools.nested()", { tools: { nested } })).toMatchObject({ code: "unserializable" });
    expect(await failureFrom("return tools.count()", { tools: { count } })).toMatchObject({
      code: "unserializable",
      message: "the program's value cannot leave the program: a stream",
      hint: "read it by for await, or into a list by Array.fromAsync",
    });
  });
});

describe("the promise of a call", () => {
  test("is an ordinary promise but for being iterable", async () => {
    const source = `
      const call = tools.add(1, 2);
      const then = call.then((x) => x);
      return [
        call instanceof Promise, call.constructor === Promise, Object.getPrototypeOf(then) === Promise.prototype,
        Promise.resolve(call) === call, Object.prototype.toString.call(call), Reflect.ownKeys(call),
        await call, await then, Symbol.asyncIterator in Promise.prototype]`;
    expect(await valueFrom(source, { tools: { add: (a: number, b: number) => a + b } })).toEqual([
      ...[true, true, true, true, "[object Promise]", []],
      ...[3, 3, false],
    ]);
  });

  test("lets no guest make streams or forge parts of them", async () => {
    const { count } = counter();
    const source = `
      const stream = await tools.count(), call = tools.count(), parts = call[Symbol.asyncIterator]();
      const constructors = [stream, parts].map((made) => made.constructor === Object);
      let foreign; try { Object.getPrototypeOf(stream).next.call({}).catch(() => 0) } catch (e) { foreign = e.name }
      for await (const part of parts) break;
      return [constructors, foreign]`;
    expect(await valueFrom(source, { tools: { count } })).toEqual([[true, true], undefined]);
  });

  test("is not what a part can be asked for under: a machine that forges an id is refused", async () => {
    const runtime = createRuntime();
    const isolation: Isolation = {
      engineId: runtime.isolation.engineId,
      async open(need) {
        const port = await runtime.isolation.open(need);
        return forging(port, { type: "pull", id: 90, call: 7 });
      },
      close: () => runtime.isolation.close(),
    };
    await using sandbox = createSandbox({ runtime: { isolation, close: () => runtime.close() } });
    expect(await sandbox.run("return 1")).toMatchObject({
      error: {
        code: "machine_crashed",
        message: expect.stringContaining("a part of the call 7 was asked for out of turn"),
      },
    });
  });

  test("streams into a program that broke its own world", async () => {
    const { count } = counter();
    const source = `
      const no = () => { throw new Error("patched") };
      const { asyncIterator } = Symbol;
      for (const name of ["then", "catch", "finally"]) Promise.prototype[name] = no;
      for (const key of ["next", "done", "value", "resolve", "call", "0"]) {
        Object.defineProperty(Object.prototype, key, { __proto__: null, set: no, get: no, configurable: true });
      }
      Promise.resolve = Promise.reject = no;
      Object.getPrototypeOf(async function* () {}).prototype.next = no;
      Object.getPrototypeOf([][Symbol.iterator]()).next = no;
      let sum = 0;
      for await (const part of tools.count()) sum += part;
      return sum`;
    expect(await valueFrom(source, { tools: { count } })).toBe(6);
  });
});

test("a stream ends with the run of a session that opened it, and the next run can open others", async () => {
  const { count, diary } = counter();
  const sandbox = sandboxOf({ tools: { count } });
  const session = sandbox.session();
  const first = await session.run("const stream = await tools.count(); stream.next(); (await stream.next()).value");
  expect(first).toMatchObject({ value: 2, calls: [{ state: "aborted", parts: 2 }] });
  expect(diary.at(-1)).toBe("is closed");
  const source = "try { await stream.next() } catch (error) { error.message }";
  expect(
    await session.run(`${source}\nreturn [await stream.return(1), await Array.fromAsync(tools.count())]`),
  ).toMatchObject({
    value: [{ done: true, value: 1 }, [1, 2, 3]],
  });
  expect(await session.run("await stream.next()")).toMatchObject({
    error: { code: "threw", message: "this stream ended with the run that opened it" },
  });
  await session.close();
});
