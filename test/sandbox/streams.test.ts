import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineTool } from "../../src/index.ts";
import { runOnce, sleep, valueFrom } from "../support.ts";
import { counter, sandboxOf } from "./streaming.ts";

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
