import { describe, expect, test } from "vitest";
import { suspendable, suspended } from "./suspended.ts";

describe("the report of a run that was suspended", () => {
  test("covers its whole life, each log line and call once, with lines and who answered", async () => {
    await using sandbox = suspendable();
    const source = `console.log("one");
      await tools.ok(1);
      const v = await tools.later(2); console.warn("two", v);
      const w = await tools.ask(3); console.log("three");
      return w`;
    const first = suspended(await sandbox.run(source));
    expect(first.logs.map(({ text }) => text)).toEqual(["one"]);
    const second = suspended(
      await sandbox.resume(first.snapshot, { answers: { 2: { value: "x", by: "a service" } } }).outcome,
    );
    expect(second.logs.map(({ text }) => text)).toEqual(["one", "two x"]);
    const last = await sandbox.resume(second.snapshot, { answers: { 3: { approve: true, by: "ann" } } }).outcome;
    expect(last.logs.map(({ line, text }) => [text, line])).toEqual([
      ["one", 1],
      ["two x", 3],
      ["three", 4],
    ]);
    expect(
      last.calls.map(({ answeredBy, id, input, line, output, state, tool }) => [
        id,
        tool,
        input,
        output,
        line,
        state,
        answeredBy,
      ]),
    ).toEqual([
      ["1", "ok", [1], 1, 2, "completed", undefined],
      ["2", "later", 2, "x", 3, "completed", "a service"],
      ["3", "ask", 3, { approved: 3 }, 4, "completed", "ann"],
    ]);
    expect(last.usage).toMatchObject({ toolCalls: 3, logEntries: 3 });
    expect(last.usage.cpuMs).toBeGreaterThan(first.usage.cpuMs);
    expect(last.warnings).toEqual([]);
  });

  test("is whole even if the run is cancelled before it goes on", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run("console.log('one'); await tools.ok(1); await tools.later()"));
    const outcome = await sandbox.resume(snapshot, { signal: AbortSignal.abort() }).outcome;
    expect(outcome).toMatchObject({ status: "failed", error: { code: "cancelled" }, usage: { toolCalls: 2 } });
    expect(outcome.logs.map(({ text }) => text)).toEqual(["one"]);
    expect(outcome.calls.map(({ state }) => state)).toEqual(["completed", "aborted"]);
    const cancelled = sandbox.resume(snapshot);
    cancelled.cancel("changed my mind");
    expect(await cancelled.outcome).toMatchObject({ error: { code: "cancelled" }, logs: [{ text: "one" }] });
  });
});
