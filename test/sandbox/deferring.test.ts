import { describe, expect, test } from "vitest";
import { createSandbox, defineTool, type ToolContext } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { completed, suspendable, suspended } from "./suspended.ts";

/** What becomes of a call whose tool is this. */
async function outcomeOf(run: (input: unknown, context: ToolContext) => unknown, options: { timeoutMs?: number } = {}) {
  await using sandbox = createSandbox({ tools: { it: defineTool({ run, ...options }) } });
  return await sandbox.run("return await tools.it(1)");
}

describe("a tool defers", () => {
  test("at once, later, from a helper, and out of a promise that it made itself", async () => {
    const helper = ({ defer }: ToolContext): never => defer("details");
    for (const run of [
      (_: unknown, { defer }: ToolContext) => defer("details"),
      async (_: unknown, { defer }: ToolContext) => {
        await sleep(5);
        return defer("details");
      },
      (_: unknown, context: ToolContext) => helper(context),
      (_: unknown, { defer }: ToolContext) => sleep(1).then(() => defer("details")),
    ]) {
      expect(suspended(await outcomeOf(run)).pending).toMatchObject([{ kind: "deferred", details: "details" }]);
    }
  });

  test("whatever it does afterwards: an answer, an error or a swallowed exception has no effect", async () => {
    const swallowing =
      (how: () => unknown) =>
      (_: unknown, { defer }: ToolContext) => {
        try {
          return defer({ n: 1 });
        } catch {
          return how();
        }
      };
    const failing = () => {
      throw new Error("own");
    };
    for (const how of [() => "answer", failing, async () => "late answer"]) {
      expect(suspended(await outcomeOf(swallowing(how))).pending).toMatchObject([
        { kind: "deferred", details: { n: 1 } },
      ]);
    }
  });

  test("with any details that can be kept; with others the call fails, and so does the program", async () => {
    const details = { due: new Date(5), list: new Map([[1, "a"]]) };
    expect(suspended(await outcomeOf((_, { defer }) => defer(details))).pending[0]?.details).toEqual(details);
    expect(suspended(await outcomeOf((_, { defer }) => defer())).pending[0]).not.toHaveProperty("details");
    expect(await outcomeOf((_, { defer }) => defer(() => 1))).toMatchObject({ error: { code: "tool_failed" } });
  });

  test("not after its time is over", async () => {
    const late = async (_: unknown, { defer }: ToolContext) => {
      await sleep(40);
      return defer();
    };
    expect(await outcomeOf(late, { timeoutMs: 10 })).toMatchObject({ error: { code: "call_timeout" } });
  });

  test("after it was approved, and isn't approved again when it is issued again", async () => {
    let ready = false;
    const it = defineTool({ approval: true, run: (_: unknown, { defer }) => (ready ? "done" : defer()) });
    await using sandbox = createSandbox({ tools: { it } });
    const asked = suspended(await sandbox.run("return await tools.it()"));
    const deferred = suspended(
      await sandbox.resume(asked.snapshot, { answers: { 1: { approve: true, by: "ann" } } }).outcome,
    );
    expect([asked, deferred].map(({ pending }) => pending[0]?.kind)).toEqual(["approval", "deferred"]);
    ready = true;
    const outcome = await sandbox.resume(deferred.snapshot, { answers: { 1: { reissue: true } } }).outcome;
    expect([completed(outcome), outcome.calls[0]?.answeredBy]).toEqual(["done", "ann"]);
  });

  test("beside a call that was approved and only waits for its turn when the run is suspended", async () => {
    let asked = 0;
    const order: string[] = [];
    const slow = async () => {
      order.push("slow");
      await sleep(30);
    };
    const it = defineTool({ approval: () => ++asked > 0, run: () => void order.push("approved") });
    await using sandbox = createSandbox({ tools: { slow, it }, limits: { toolCallsInFlight: 1 } });
    const run = sandbox.start("await Promise.all([tools.it(), tools.slow()]); return 1", {
      onApproval: async () => {
        await sleep(5);
        setTimeout(() => void run.suspend(), 1);
        return { approve: true };
      },
    });
    const { pending, snapshot } = suspended(await run.outcome);
    expect([pending, order]).toEqual([[], ["slow"]]);
    expect(completed(await sandbox.resume(snapshot).outcome)).toBe(1);
    expect([asked, order]).toEqual([1, ["slow", "approved"]]);
  });
});

describe("timers of a run that was suspended for long", () => {
  test("an interval fires once for all the rounds that it missed, then in its rhythm", async () => {
    await using sandbox = suspendable({ sleepInlineMs: 0 });
    const source =
      "let n = 0; const every = setInterval(() => n++, 40); await tools.later(); const soon = n; await sleep(15); clearInterval(every); return [soon, n]";
    const { pending, snapshot } = suspended(await sandbox.run(source));
    await sleep(130);
    const deferred = pending.find(({ kind }) => kind === "deferred")?.id ?? "";
    let outcome = await sandbox.resume(snapshot, { answers: { [deferred]: { value: 1 } } }).outcome;
    while (outcome.status === "suspended") outcome = await sandbox.resume(outcome.snapshot).outcome;
    expect(completed(outcome)).toEqual([0, 1]);
  });

  test("a signal that aborts while it sleeps cancels it when it goes on, and not the next one", async () => {
    const abort = new AbortController();
    await using sandbox = suspendable();
    const { snapshot } = suspended(
      await sandbox.run("await tools.later(); await sleep(50); return 1", { signal: abort.signal }),
    );
    abort.abort(new Error("enough"));
    const answers = { 1: { value: 1 } };
    expect(await sandbox.resume(snapshot, { answers, signal: abort.signal }).outcome).toMatchObject({
      error: { code: "cancelled" },
    });
    expect(completed(await sandbox.resume(snapshot, { answers }).outcome)).toBe(1);
  });
});
