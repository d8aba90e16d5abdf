import { describe, expect, test } from "vitest";
import { defineTool } from "../../src/index.ts";
import { runOnce, sleep, valueFrom } from "../support.ts";
import { counter, sandboxOf } from "./streaming.ts";

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
