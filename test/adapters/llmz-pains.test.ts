import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CodeExecutionError,
  type LlmzContext,
  type LlmzOptions,
  resumeAsyncFunction,
  runAsyncFunction,
  SnapshotSignal,
  ThinkSignal,
  VMSignal,
} from "../../src/adapters/llmz/index.ts";
import { sleep } from "../support.ts";

const run = (code: string, context: LlmzContext = {}, timeout?: number, options?: LlmzOptions) =>
  runAsyncFunction(context, code, [], null, timeout, options);
const codeOf = async (code: string, context?: LlmzContext, timeout?: number) => {
  const { error, success } = await run(code, context, timeout);
  return success ? "success" : (error as CodeExecutionError).failure.code;
};

describe("what looked like success is told", () => {
  test("endless loops, promises that nothing settles, and what is thrown that is no error", async () => {
    expect(await codeOf("while (true) {}", {}, 100)).toMatch(/^(cpu|wall)_limit$/);
    expect(await codeOf("await new Promise(() => {})")).toBe("deadlock");
    for (const thrown of ["''", "null", "undefined"]) expect(await codeOf(`throw ${thrown}`)).toBe("threw");
    expect(await codeOf("await never()", { never: () => new Promise(() => {}) }, 100)).toBe("wall_limit");
  });

  test("many calls one after the other, and the faster of two", async () => {
    const code = "let n = 0;\nwhile (n < 1500) n = await next(n);\nreturn n";
    expect((await run(code, { next: async (n: number) => n + 1 })).return_value).toBe(1500);
    const wait = (ms: number) => sleep(ms).then(() => ms);
    const raced = await run("return Promise.race([wait(5000), wait(20), wait(1e9)])", { wait }, 4000);
    expect(raced.return_value).toBe(20);
  });
});

describe("text is no signal", () => {
  test("what a program returns or throws stays what it is", async () => {
    const text = JSON.stringify({ name: "ThinkSignal", message: "{}", stack: 1 });
    expect(await run(`return ${JSON.stringify(text)}`)).toMatchObject({ success: true, return_value: text });
    const thrown = await run(`throw new Error(${JSON.stringify(text)})`);
    expect(thrown).toMatchObject({ success: false, error: { message: text } });
    expect(thrown.signal).toBeUndefined();
  });

  test("and instrumentation is not within reach", async () => {
    const code =
      "const names = Object.getOwnPropertyNames(globalThis).filter((name) => /^__|track|comment/i.test(name));\nreturn names";
    expect((await run(code)).return_value).toEqual([]);
    expect((await run("return typeof input")).return_value).toBe("undefined");
  });
});

describe("values keep their types", () => {
  test("on the way in, out, and back into the context", async () => {
    const context = { when: new Date(0), seen: new Set([1]), big: 2n, bytes: new Uint8Array([1]), none: Number.NaN };
    const code =
      "seen.add(2); when = new Date(5); return { when, seen, big, bytes, none, map: new Map([[1, { a: 1 }]]) }";
    const { return_value } = await run(code, context);
    const after = { ...context, when: new Date(5), seen: new Set([1, 2]) };
    expect(return_value).toEqual({ ...after, map: new Map([[1, { a: 1 }]]) });
    expect(context).toEqual(after);
  });

  test("errors of tools keep their name and code", async () => {
    const pay = () => Promise.reject(Object.assign(new TypeError("no money"), { code: "E_POOR" }));
    const code = "try { await pay() } catch (error) { return [error.name, error.message, error.code] }";
    expect((await run(code, { pay })).return_value).toEqual(["TypeError", "no money", "E_POOR"]);
  });
});

describe("a snapshot is the program itself", () => {
  const code = `const done = [];
for (const id of [1, 2, 3]) {
  const [slow, quick] = await Promise.all([ask({ id }), double(id)]);
  done.push(slow.answer + quick);
}
status = done.join();
return done`;

  const world = () => ({
    status: "new",
    double: async (n: number) => n * 2,
    ask: async ({ id }: { id: number }) => {
      throw new SnapshotSignal(`waiting for ${id}`, "a person answers");
    },
  });

  test("that goes on where it stood, as often as it takes, its variables and loops with it", async () => {
    const context = world();
    let result = await runAsyncFunction(context, code);
    for (const id of [1, 2, 3]) {
      expect(result).toMatchObject({ success: true, signal: { reason: `waiting for ${id}` } });
      const signal = result.signal as SnapshotSignal;
      expect(signal.toolCall).toEqual({ name: "ask", input: [{ id }] });
      expect(signal.stack).toContain("> 003 |   const [slow, quick]");
      const answers = { [signal.pending[0]!.id]: { value: { answer: id * 100 } } };
      result = await resumeAsyncFunction(context, code, signal.snapshot!, answers);
    }
    expect(result).toMatchObject({ success: true, return_value: [102, 204, 306] });
    expect(context.status).toBe("102,204,306");
  });

  test("and an error is thrown where the call stands", async () => {
    const source = "try {\n  await ask({ id: 1 });\n} catch (error) {\n  return error.message;\n}";
    const context = world();
    const { signal } = await runAsyncFunction(context, source);
    const { pending, snapshot } = signal as SnapshotSignal;
    const answers = { [pending[0]!.id]: { error: { message: "he said no" } } };
    const result = await resumeAsyncFunction(context, source, snapshot!, answers);
    expect(result).toMatchObject({ success: true, return_value: "he said no" });
  });
});

describe("signals", () => {
  test("of other libraries are recognised by the host, and passed on", async () => {
    class TheirSignal extends Error {}
    const thrown = new TheirSignal("theirs");
    const isSignal = (error: unknown) => error instanceof TheirSignal;
    const stop = () => Promise.reject(thrown);
    const { signal, success } = await run("await stop()", { stop }, undefined, { isSignal });
    expect(success).toBe(true);
    expect(signal).toBeInstanceOf(VMSignal);
    expect(signal).toMatchObject({ message: "theirs", cause: thrown });
    expect(await run("await stop()", { stop })).toMatchObject({ success: false, error: { message: "theirs" } });
  });

  test("of functions beside accessors end the run too", async () => {
    const user = {
      get name() {
        return "Ada";
      },
      think: () => {
        throw new ThinkSignal("hm");
      },
    };
    expect(await run("await user.think('x')", { user })).toMatchObject({
      signal: { reason: "hm", toolCall: { name: "user.think", input: ["x"] } },
    });
  });
});

describe("contexts", () => {
  test("become what the program made of them, whatever they were", async () => {
    const data = fc.object({ maxDepth: 3, withBigInt: true, withDate: true, withMap: true });
    await fc.assert(
      fc.asyncProperty(data, data, fc.boolean(), async (before, after, whole) => {
        // Assigned one by one, that name makes a prototype and no member.
        fc.pre(whole || !Object.hasOwn(after, "__proto__"));
        const context = { data: before, next: after };
        const { data: same } = context;
        const code = whole
          ? "data = next;"
          : "for (const key of Object.keys(data)) delete data[key];\nfor (const key of Object.keys(next)) data[key] = next[key];";
        const { error } = await run(code, context);
        expect(error).toBeUndefined();
        expect(context.data).toEqual(after);
        expect(context.data).toBe(same);
      }),
      { numRuns: 60 },
    );
  });

  test("with functions anywhere keep them; only those at the top and one level below can be called", async () => {
    const call = () => 1;
    const context = { data: { call, deep: { call, n: 1 }, list: [call, 2] }, list: [call, 3] };
    const code = "data.deep.n = await data.call(); list[1] = 4; return [typeof data.deep.call, list.length]";
    expect((await run(code, context)).return_value).toEqual(["undefined", 2]);
    expect(context).toEqual({ data: { call, deep: { call, n: 1 }, list: [call, 2] }, list: [call, 4] });
  });

  test("of any kind are taken: none, instances of classes, names of ours, what is no name", async () => {
    expect((await runAsyncFunction(null, "return 1")).return_value).toBe(1);
    class Point {
      x = 1;
      norm() {
        return this.x;
      }
    }
    const context = { point: new Point(), input: 5, tools: { send: async (n: number) => n }, console: 1, "a-b": 1 };
    const code = "point.x = 2; input++; return [point, input, await tools['send'](3)]";
    expect((await run(code, context)).return_value).toEqual([{ x: 2 }, 6, 3]);
    expect(context).toMatchObject({ point: { x: 2 }, input: 6, "a-b": 1 });
    expect(context.point.norm()).toBe(2);
  });

  test("that are too large to be followed are left alone, and it is said", async () => {
    const context = { big: Array.from({ length: 50_000 }, (_, id) => id), small: 1 };
    const result = await run("big.push(1); small = 2", context);
    expect(result.not_written_back).toEqual(["big"]);
    expect([context.big.length, context.small]).toEqual([50_000, 2]);
  });

  test("cannot be used to reach the host: prototypes stay as they are", async () => {
    const context = { data: { a: 1 } as Record<string, unknown> };
    await run(
      'data = JSON.parse(\'{"__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 2 } } }\')',
      context,
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    await run('data.deep = JSON.parse(\'{"__proto__": { "polluted": 1 }}\')', { data: { deep: {} } });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
