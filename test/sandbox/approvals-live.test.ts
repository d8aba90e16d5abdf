import { describe, expect, test } from "vitest";
import { type Answer, createSandbox, type PendingCall } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { refunds, SOURCE } from "./approving.ts";
import { begun, completed, suspended } from "./suspended.ts";

describe("onApproval answers while the run goes on", () => {
  const asked = async (onApproval: (call: PendingCall) => unknown) => {
    const { done, tools } = refunds();
    await using sandbox = createSandbox({ tools });
    const outcome = await sandbox.run(SOURCE, { onApproval: onApproval as () => Answer });
    return { done, outcome };
  };

  test("with approvals, denials, values and errors", async () => {
    const calls: PendingCall[] = [];
    const approved = await asked((call) => {
      calls.push(call);
      return { approve: true, by: "ann" };
    });
    expect(completed(approved.outcome)).toBe("refunded 50");
    expect(approved.outcome.calls).toMatchObject([{ answeredBy: "ann" }]);
    expect(calls).toMatchObject([{ id: "1", kind: "approval", tool: "refund", input: { amount: 50 }, line: 1 }]);
    const edited = await asked(async () => ({ approve: true, input: { order: "A1", amount: 5 } }));
    expect([completed(edited.outcome), edited.done]).toEqual(["refunded 5", [{ order: "A1", amount: 5 }]]);
    expect(completed((await asked(() => ({ deny: "no" }))).outcome)).toEqual(["denied", "refund was denied: no"]);
    expect(completed((await asked(() => ({ value: "by hand" }))).outcome)).toBe("by hand");
    expect(completed((await asked(() => ({ error: { message: "m", code: "c" } }))).outcome)).toEqual(["c", "m"]);
  });

  test("or leaves the call pending, by undefined", async () => {
    const { done, outcome } = await asked(() => undefined);
    expect(suspended(outcome).pending).toMatchObject([{ kind: "approval" }]);
    expect(done).toEqual([]);
  });

  test.each<[string, (call: PendingCall) => unknown]>([
    [
      "throws",
      () => {
        throw new Error("the server is down");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("the server is down");
      },
    ],
    ["answers true", () => true],
    ["answers what isn't an answer", () => ({ approved: true })],
    ["answers two things", () => ({ approve: true, deny: "no" })],
    ["answers null", () => null],
    ["issues again what never ran", () => ({ reissue: true })],
    ["approves an input that can't be used", () => ({ approve: true, input: () => 1 })],
  ])("denies where it %s", async (_what, onApproval) => {
    const { done, outcome } = await asked(onApproval);
    expect((completed(outcome) as string[])[0]).toBe("denied");
    expect(done).toEqual([]);
  });

  test("at its leisure: time that only waits for it is free", async () => {
    const { tools } = refunds();
    await using sandbox = createSandbox({ tools, limits: { wallMs: 150 } });
    const outcome = await sandbox.run(SOURCE, {
      onApproval: async () => {
        await sleep(300);
        return { approve: true };
      },
    });
    expect(completed(outcome)).toBe("refunded 50");
    expect(outcome.usage.wallMs).toBeLessThan(150);
  });

  test("but not time in which something else goes on beside it", async () => {
    const { tools } = refunds();
    await using sandbox = createSandbox({ tools, limits: { wallMs: 100 } });
    const outcome = await sandbox.run("setInterval(() => {}, 10); await tools.refund({ order: 'A', amount: 1 })", {
      onApproval: () => sleep(5_000).then(() => ({ approve: true as const })),
    });
    expect(outcome).toMatchObject({ error: { code: "wall_limit" } });
  });

  test("not any more, once the run was suspended or is over: a late answer has no effect", async () => {
    const { done, tools } = refunds();
    await using sandbox = createSandbox({ tools });
    let answer: (answer: Answer) => void = () => undefined;
    const onApproval = () => new Promise<Answer>((resolve) => (answer = resolve));
    const run = sandbox.start(SOURCE, { onApproval });
    await begun(run);
    await run.suspend();
    const { pending, snapshot } = suspended(await run.outcome);
    answer({ approve: true });
    await sleep(5);
    expect([done, pending.length]).toEqual([[], 1]);
    const again = sandbox.resume(snapshot, { onApproval: () => ({ approve: true }) });
    expect(completed(await again.outcome)).toBe("refunded 50");
    expect(done).toHaveLength(1);
  });

  test("is asked again for what is still pending, and not for what the answers settle", async () => {
    const { tools } = refunds();
    await using sandbox = createSandbox({ tools });
    const source = "return await Promise.all([1, 2].map((amount) => tools.refund({ order: 'A', amount })))";
    const { snapshot } = suspended(await sandbox.run(source));
    const asked: string[] = [];
    const run = sandbox.resume(snapshot, {
      answers: { 1: { approve: true } },
      onApproval: ({ id }) => {
        asked.push(id);
        return { approve: true };
      },
    });
    expect(completed(await run.outcome)).toEqual(["refunded 1", "refunded 2"]);
    expect(asked).toEqual(["2"]);
  });
});
