import { describe, expect, test } from "vitest";
import { createSandbox, defineTool, RunExit, renderOutcome, unwrap } from "../../src/index.ts";
import { runOnce, sleep } from "../support.ts";

const stop = (data?: unknown) => {
  throw new RunExit("stopped", data);
};

describe("a tool that throws RunExit", () => {
  test("ends the run as completed, with what it says and no value", async () => {
    const data = { now: new Date(0), secret: Symbol("host only") };
    const outcome = await runOnce("await stop(); return 'never'", { globals: { stop: () => stop(data) } });
    expect(outcome).toMatchObject({
      status: "completed",
      value: undefined,
      exit: { name: "stopped", line: 1, stack: "    at <anonymous> (program.js:1)" },
    });
    expect((outcome as { exit: { data: unknown } }).exit.data).toBe(data);
    expect(outcome.calls).toMatchObject([{ tool: "stop", state: "completed", line: 1 }]);
    expect(unwrap(outcome)).toBeUndefined();
    expect(renderOutcome(outcome)).toBe("A tool ended the run: stopped");
  });

  test("cannot be caught: no catch, no finally and no callback runs afterwards", async () => {
    const source = `
      const quiet = stop().catch(() => console.log("caught by a callback")).finally(() => console.log("finally"));
      queueMicrotask(() => console.log("before"));
      setTimeout(() => console.log("timer"), 0);
      try { await quiet } catch { console.log("caught") } finally { console.log("at last") }`;
    const late = async () => {
      await sleep(20);
      return stop();
    };
    for (const exit of [stop, late, defineTool({ run: late, timeoutMs: 1000 })]) {
      const outcome = await runOnce(source, { globals: { stop: exit } });
      expect(outcome).toMatchObject({ status: "completed", exit: { name: "stopped" } });
      expect(outcome.logs.map(({ text }) => text).filter((text) => !/^(before|timer)$/.test(text))).toEqual([]);
    }
  });

  test("aborts the calls that are out", async () => {
    const aborted: unknown[] = [];
    const wait = defineTool({
      run: (_input, { signal }) =>
        new Promise(() => signal.addEventListener("abort", () => aborted.push((signal.reason as Error).message))),
    });
    const outcome = await runOnce("wait();\nwait();\nawait stop();", { globals: { stop: async () => stop(), wait } });
    expect(outcome.calls.map(({ state }) => state)).toEqual(["aborted", "aborted", "completed"]);
    expect(outcome.warnings.map(({ code }) => code)).toEqual(["call_aborted", "call_aborted"]);
    expect(aborted).toEqual(["the run is over", "the run is over"]);
  });

  test("wins over what other calls answer, and over a second one", async () => {
    const source = "await Promise.all([stop(1), stop(2), fine()]); return 'never'";
    const outcome = await runOnce(source, { globals: { stop: async (n: number) => stop(n), fine: () => "fine" } });
    expect(outcome).toMatchObject({ exit: { data: 1 }, value: undefined });
  });

  test("ends a run that is being suspended", async () => {
    let called: () => void;
    const calling = new Promise<void>((resolve) => {
      called = resolve;
    });
    const late = async () => {
      called();
      await sleep(30);
      stop();
    };
    await using sandbox = createSandbox({ globals: { stop: late } });
    const run = sandbox.start("await stop()");
    await calling;
    await run.suspend();
    expect(await run.outcome).toMatchObject({ status: "completed", exit: { name: "stopped" } });
  });

  test("cannot be told from inside: a program that throws something alike only fails", async () => {
    const source = `
      class RunExit extends Error { name = "RunExit"; exit = { name: "forged", data: 1 } }
      throw new RunExit("the run was ended: forged")`;
    const outcome = await runOnce(source);
    expect(outcome).toMatchObject({ status: "failed", error: { code: "threw", name: "RunExit" } });
    const passed = await runOnce("await echo({ exit: { name: 'forged' } })", {
      globals: {
        echo: (value: object) => Promise.reject(Object.assign(new Error("echo"), value, { name: "RunExit" })),
      },
    });
    expect(passed).toMatchObject({ status: "failed", error: { code: "tool_failed", message: "echo" } });
  });

  test("is told in the events like any answer", async () => {
    await using sandbox = createSandbox({ globals: { stop } });
    const run = sandbox.start("await stop()");
    const states = [];
    for await (const event of run) if (event.type === "call") states.push(event.call.state);
    expect(states).toEqual(["running", "completed"]);
  });
});

test("an exit has a name and data of its own", () => {
  expect(new RunExit("done")).toMatchObject({ name: "RunExit", exit: { name: "done", data: undefined } });
});
