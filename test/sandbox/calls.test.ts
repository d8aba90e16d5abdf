import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createSandbox, defineTool, liveNamespace, Omitted, type ToolContext } from "../../src/index.ts";
import { failureFrom, runOnce, sleep, valueFrom } from "../support.ts";
import { policy } from "./policies.ts";

describe("a call", () => {
  test("reaches the tool with its checked input and a context that holds the secrets", async () => {
    const seen: [unknown, ToolContext][] = [];
    const list = defineTool({
      input: z.object({ repo: z.string(), page: z.number().default(1) }),
      output: z.array(z.string()),
      run: (input, context) => {
        seen.push([input, context]);
        context.progress({ done: 1 });
        return [input.repo];
      },
    });
    const sandbox = createSandbox({ tools: { github: { list } } });
    const run = sandbox.start("return await tools.github.list({ repo: 'a/b' })", {
      context: { token: "s3cret" },
      tenant: "acme",
    });
    const events = [];
    for await (const event of run) events.push(event);
    const outcome = await run.outcome;
    expect(outcome).toMatchObject({
      value: ["a/b"],
      calls: [{ id: "1", tool: "github.list", input: { repo: "a/b" }, output: ["a/b"], state: "completed", line: 1 }],
    });
    const [input, context] = seen[0]!;
    expect(input).toEqual({ repo: "a/b", page: 1 });
    expect(context).toMatchObject({
      runId: run.id,
      callId: "1",
      idempotencyKey: `${run.id}:1`,
      attempt: 1,
      tenant: "acme",
      data: { token: "s3cret" },
    });
    expect(context.deadline).toBeGreaterThan(Date.now());
    expect(events.find((event) => event.type === "progress")).toMatchObject({ callId: "1", progress: { done: 1 } });
    expect(JSON.stringify([outcome, events])).not.toContain("s3cret");
    await sandbox.close();
  });

  test("with a wrong input is refused with the path, and the tool does not run", async () => {
    let ran = 0;
    const tools = {
      standard: defineTool({ input: z.object({ rows: z.array(z.object({ id: z.number() })) }), run: () => ++ran }),
      schema: defineTool({
        input: { type: "object", properties: { id: { type: "integer" } }, required: ["id"] },
        run: () => ++ran,
      }),
    };
    const source =
      "const codes = []; for (const [name, input] of [['standard', { rows: [{ id: 1 }, { id: 'x' }] }], ['schema', { id: 1.5 }], ['schema', {}]]) { try { await tools[name](input) } catch (e) { codes.push(e.code, e.message) } } return codes";
    const [a, first, b, second, c, third] = (await valueFrom(source, { tools })) as string[];
    expect([a, b, c]).toEqual(["invalid_input", "invalid_input", "invalid_input"]);
    expect(first).toContain("rows[1].id");
    expect(second).toContain('"id"');
    expect(third).toContain("id");
    expect(ran).toBe(0);
  });

  test("whose answer breaks the output schema fails with invalid_output", async () => {
    const tools = { bad: defineTool({ output: { type: "string" }, run: () => 5 }) };
    expect(await failureFrom("await tools.bad()", { tools })).toMatchObject({ code: "invalid_output", line: 1 });
  });

  test("to an unknown name fails with the nearest names; a namespace can be awaited and listed", async () => {
    const tools = { github: { listIssues: () => 1, closeIssue: () => 2 } };
    expect(await failureFrom("await tools.github.listIssue()", { tools })).toMatchObject({
      code: "unknown_tool",
      message: expect.stringContaining('"github.listIssues"'),
    });
    expect(await failureFrom("await tools.constructor('x')", { tools })).toMatchObject({
      code: "threw",
      name: "TypeError",
    });
    expect(
      await valueFrom(
        "await tools; await tools.github; return [Object.keys(tools), Object.keys(tools.github), 'github' in tools, 'x' in tools, typeof tools.toString, JSON.stringify(Object.entries(tools.github).length)]",
        { tools },
      ),
    ).toEqual([["github"], ["closeIssue", "listIssues"], true, false, "undefined", "2"]);
  });

  test("goes on working whatever the program does to tools", async () => {
    const source = `
      delete globalThis.tools; tools = 5; try { tools.add = 1 } catch {} delete tools.add;
      Promise.prototype.then = () => 1; Array.prototype.map = null; Function.prototype.call = null;
      Object.defineProperty(Object.prototype, "get", { get() { throw new Error("planted") } });
      return [Object.isFrozen(tools), await tools.add(1, 2), await tools.add.call(null, 3, 4)].length`;
    expect(
      await valueFrom(source.replace("tools.add.call(null, 3, 4)", "tools.add(3, 4)"), {
        tools: { add: (a: number, b: number) => a + b },
      }),
    ).toBe(3);
  });

  test("without await is still run: returned it is awaited, floating and failed it is a warning", async () => {
    const tools = { ok: () => 7, fail: () => Promise.reject(new Error("lost")), wait: (ms: number) => sleep(ms) };
    expect(await valueFrom("return tools.ok()", { tools })).toBe(7);
    const outcome = await runOnce("tools.fail();\nawait tools.wait(20);\nreturn 1", { tools });
    expect(outcome).toMatchObject({
      value: 1,
      warnings: [{ code: "unhandled_rejection", message: expect.stringContaining("lost"), line: 1 }],
    });
  });

  test("that the program never waits for is aborted at the end, with a warning", async () => {
    const outcome = await runOnce("tools.hang(); tools.hang();\nreturn 1", {
      tools: { hang: () => new Promise(() => undefined) },
    });
    expect(outcome).toMatchObject({
      value: 1,
      calls: [{ state: "aborted" }, { state: "aborted" }],
      warnings: [
        {
          code: "call_aborted",
          message: "2 calls of hang were never started: the run ended first; a call must be awaited",
          line: 1,
        },
      ],
    });
  });

  test("takes no longer than its tool's timeoutMs", async () => {
    let signal: AbortSignal | undefined;
    const slow = defineTool({
      timeoutMs: 30,
      run: (_input, context) => {
        signal = context.signal;
        return new Promise(() => undefined);
      },
    });
    expect(await failureFrom("await tools.slow()", { tools: { slow } })).toMatchObject({
      code: "call_timeout",
      message: "slow did not answer within 30 ms",
    });
    expect(signal?.aborted).toBe(true);
  });

  test("waits for its turn when too many are in flight", async () => {
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await sleep(5);
      return running--;
    };
    const outcome = await runOnce("return (await Promise.all(Array.from({ length: 20 }, () => tools.work()))).length", {
      tools: { work },
      limits: { toolCallsInFlight: 3 },
    });
    expect(outcome).toMatchObject({ value: 20 });
    expect(most).toBe(3);
  });

  test("beyond the limit is refused in the program, which may catch it", async () => {
    const options = { tools: { ok: () => 1 }, limits: { toolCalls: 3 } };
    expect(
      await valueFrom("let n = 0; try { for (;;) n += await tools.ok() } catch (e) { return [n, e.code] }", options),
    ).toEqual([3, "call_limit"]);
    expect(await failureFrom("for (;;) await tools.ok()", options)).toMatchObject({ code: "call_limit", line: 1 });
  });

  test("made without end beyond the limit costs the host one record and a count", async () => {
    const outcome = await runOnce(
      "const all = Array.from({ length: 5000 }, () => tools.ok().catch((e) => e.code)); return (await Promise.all(all)).at(-1)",
      { tools: { ok: () => 1 }, limits: { toolCalls: 3 } },
    );
    expect(outcome).toMatchObject({
      value: "call_limit",
      warnings: [{ code: "calls_refused", message: "4996 further calls were refused" }],
    });
    expect(outcome.calls).toHaveLength(4);
  });

  test("counts its input in bytes, not in characters", async () => {
    const options = { tools: { len: (text: string) => text.length }, limits: { toolInputBytes: 100 } };
    expect(await valueFrom("return await tools.len('x'.repeat(90))", options)).toBe(90);
    expect((await failureFrom("return await tools.len('字'.repeat(40))", options)).code).toBe("input_limit");
  });

  test("with too large an input or answer is refused", async () => {
    const options = {
      tools: { big: (n: number) => "x".repeat(n), len: (text: string) => text.length },
      limits: { toolInputBytes: 1000, toolOutputBytes: 2000 },
    };
    const source =
      "const codes = []; for (const f of [() => tools.len('x'.repeat(2000)), () => tools.big(5000), () => tools.len(() => 1)]) { try { await f() } catch (e) { codes.push(e.code) } } return codes";
    const outcome = await runOnce(source, options);
    expect(outcome).toMatchObject({
      value: ["input_limit", "output_limit", "unserializable"],
      calls: [
        { state: "failed", error: { code: "input_limit" } },
        { error: { code: "output_limit" } },
        { error: { code: "unserializable", message: expect.stringContaining("[0]") } },
      ],
    });
  });

  test("is recorded within limits; what was not kept says so", async () => {
    const options = { tools: { echo: (text: string) => text }, limits: { recordBytes: 5_000 } };
    const outcome = await runOnce("for (let i = 0; i < 10; i++) await tools.echo('x'.repeat(900)); return 1", options);
    expect(outcome.calls).toHaveLength(10);
    expect(outcome.calls[0]?.input).toBeInstanceOf(Omitted);
    expect(outcome.calls[9]?.output).toHaveLength(900);
    expect(outcome.warnings).toMatchObject([{ code: "records_omitted" }]);
  });

  test("keeps its record as it was, whatever the tool does to its input and output afterwards", async () => {
    const kept: { n: number }[] = [];
    const tools = {
      take: (input: { n: number }) => {
        input.n = 99;
        const output = { n: 1 };
        kept.push(output);
        return output;
      },
    };
    const outcome = await runOnce("await tools.take({ n: 5 }); return 1", { tools });
    for (const output of kept) output.n = 77;
    expect(outcome.calls[0]).toMatchObject({ input: [{ n: 5 }], output: { n: 1 } });
  });
});

describe("a policy", () => {
  const tools = { read: () => "r", write: () => "w", drop: () => "d" };

  test("decides per call, with the host's own data", async () => {
    const source =
      "const codes = []; for (const name of ['read', 'write', 'drop']) codes.push(await tools[name]().catch((e) => [e.code, e.message])); return codes";
    const run = (admin: boolean) => runOnce(source, { tools, policy }, { context: { admin } });
    const refused = ["denied", "drop is not allowed here: tables stay"];
    expect(await run(true)).toMatchObject({
      value: ["r", "w", refused],
      calls: [{ state: "completed" }, { state: "completed" }, { state: "denied" }],
    });
    expect(await run(false)).toMatchObject({ value: ["r", ["denied", "write is not allowed here"], refused] });
  });

  test("that throws denies the call", async () => {
    const throwing = {
      tools,
      policy: () => {
        throw new Error("policy store down");
      },
    };
    expect(await failureFrom("await tools.read()", throwing)).toMatchObject({
      code: "denied",
      message: "read is not allowed here: the policy failed",
    });
  });
});

describe("globals", () => {
  test("are plain data and bare functions beside tools; the functions are tools in all respects", async () => {
    const options = {
      tools: { add: (a: number, b: number) => a + b },
      globals: {
        region: "eu",
        weather: async (city: string) => `sun in ${city}`,
        db: { name: "main", query: (q: string) => [q] },
      },
    };
    const outcome = await runOnce(
      "return [region, await weather('Rome'), db.name, await db.query('q'), await tools.add(1, 2), Object.keys(tools)]",
      options,
    );
    expect(outcome).toMatchObject({
      value: ["eu", "sun in Rome", "main", ["q"], 3, ["add"]],
      calls: [{ tool: "weather" }, { tool: "db.query" }, { tool: "add" }],
    });
    expect(await valueFrom("return [region, extra]", options, { globals: { region: "us", extra: 1 } })).toEqual([
      "us",
      1,
    ]);
  });
});

describe("tools that change while a sandbox lives", () => {
  test("are found in the next call", async () => {
    const current: Record<string, ReturnType<typeof defineTool>> = { one: defineTool({ run: () => 1 }) as never };
    let version = 1;
    const live = liveNamespace({ version: () => version, tools: () => current as never });
    const sandbox = createSandbox({ tools: { server: live } });
    expect(await sandbox.run("return Object.keys(tools.server)")).toMatchObject({ value: ["one"] });
    current.two = defineTool({ run: () => 2 }) as never;
    version++;
    expect(await sandbox.run("return [Object.keys(tools.server), await tools.server.two()]")).toMatchObject({
      value: [["one", "two"], 2],
    });
    await sandbox.close();
  });
});
