import { describe, expect, test } from "vitest";
import { createSandbox, defineTool, type Policy, type RunEvent } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { type Refund, refunds, SOURCE } from "./approving.ts";
import { completed, suspended } from "./suspended.ts";

describe("a call that needs an approval", () => {
  test("doesn't run before it is approved, then runs once", async () => {
    const { done, tools } = refunds();
    await using sandbox = createSandbox({ tools });
    const { pending, snapshot } = suspended(await sandbox.run(SOURCE));
    expect(pending).toMatchObject([
      { id: "1", tool: "refund", kind: "approval", input: { order: "A1", amount: 50 }, line: 1 },
    ]);
    expect(done).toEqual([]);
    const outcome = await sandbox.resume(snapshot, { answers: { 1: { approve: true, by: "ann" } } }).outcome;
    expect([completed(outcome), done]).toEqual(["refunded 50", [{ order: "A1", amount: 50 }]]);
    expect(outcome.calls).toMatchObject([{ state: "completed", answeredBy: "ann" }]);
  });

  test("is denied with the reason", async () => {
    const { done, tools } = refunds();
    await using sandbox = createSandbox({ tools });
    const { snapshot } = suspended(await sandbox.run(SOURCE));
    const outcome = await sandbox.resume(snapshot, { answers: { 1: { deny: "ask the customer first", by: "ann" } } })
      .outcome;
    expect([completed(outcome), done]).toEqual([["denied", "refund was denied: ask the customer first"], []]);
    expect(outcome.calls).toMatchObject([{ state: "denied", answeredBy: "ann" }]);
  });

  test("may be answered in the tool's place", async () => {
    const { done, tools } = refunds();
    await using sandbox = createSandbox({ tools });
    const { snapshot } = suspended(await sandbox.run(SOURCE));
    expect(completed(await sandbox.resume(snapshot, { answers: { 1: { value: "done by hand" } } }).outcome)).toBe(
      "done by hand",
    );
    expect(done).toEqual([]);
  });

  test("runs with the input that was approved, which is checked like any other", async () => {
    const { done, tools } = refunds();
    await using sandbox = createSandbox({ tools });
    const { snapshot } = suspended(await sandbox.run(SOURCE));
    const approved = async (input: unknown) =>
      await sandbox.resume(snapshot, { answers: { 1: { approve: true, input } } }).outcome;
    const less = await approved({ order: "A1", amount: 20 });
    expect([completed(less), done, less.calls[0]?.input]).toEqual([
      "refunded 20",
      [{ order: "A1", amount: 20 }],
      { order: "A1", amount: 20 },
    ]);
    expect((completed(await approved({ order: "A1", amount: -1 })) as string[])[0]).toBe("invalid_input");
    expect((completed(await approved("all of it")) as string[])[0]).toBe("invalid_input");
    expect(done).toHaveLength(1);
    const unreadable = suspended(await approved(() => 1));
    expect(unreadable.warnings).toMatchObject([
      { code: "answer_ignored", message: expect.stringContaining("its input cannot be used") },
    ]);
    expect(unreadable.pending).toHaveLength(1);
  });

  test("of a plain function takes a list of arguments", async () => {
    await using sandbox = createSandbox({ tools: { add: (a: number, b: number) => a + b }, policy: () => "ask" });
    const { pending, snapshot } = suspended(await sandbox.run("return await tools.add(1, 2)"));
    expect(pending[0]?.input).toEqual([1, 2]);
    const approved = async (input: unknown) =>
      await sandbox.resume(snapshot, { answers: { 1: { approve: true, input } } }).outcome;
    expect(completed(await approved([3, 4]))).toBe(7);
    expect(suspended(await approved(3)).warnings[0]?.message).toContain("expected a list of arguments");
  });

  test("goes through the policy again when it runs: an approval is no way around it", async () => {
    const { done, tools } = refunds();
    let frozen = false;
    const policy: Policy = ({ input }) =>
      frozen || (input as Refund).amount > 100 ? { deny: "refunds are frozen" } : "allow";
    await using sandbox = createSandbox({ tools, policy });
    const { snapshot } = suspended(await sandbox.run(SOURCE));
    const large = await sandbox.resume(snapshot, {
      answers: { 1: { approve: true, input: { order: "A1", amount: 500 } } },
    }).outcome;
    expect((completed(large) as string[])[0]).toBe("denied");
    frozen = true;
    expect(
      (completed(await sandbox.resume(snapshot, { answers: { 1: { approve: true } } }).outcome) as string[])[1],
    ).toContain("refunds are frozen");
    expect(done).toEqual([]);
  });

  test("lets its siblings go on, and three in parallel wait for one decision each", async () => {
    const { done, tools } = refunds({ approval: ({ amount }) => amount > 100 });
    await using sandbox = createSandbox({ tools });
    const source =
      "return await Promise.all([['A', 10], ['B', 500], ['C', 20]].map(([order, amount]) => tools.refund({ order, amount })))";
    const { pending, snapshot } = suspended(await sandbox.run(source));
    expect(done.map(({ order }) => order)).toEqual(["A", "C"]);
    expect(pending.map(({ input }) => (input as Refund).order)).toEqual(["B"]);
    const answers = { [pending[0]?.id ?? ""]: { approve: true } } as const;
    expect(completed(await sandbox.resume(snapshot, { answers }).outcome)).toEqual([
      "refunded 10",
      "refunded 500",
      "refunded 20",
    ]);
    expect(done.map(({ order }) => order)).toEqual(["A", "C", "B"]);
  });
});

describe("who asks for an approval", () => {
  test.each<[string, (input: Refund) => boolean | Promise<boolean>, string]>([
    ["a function that says yes", () => true, "suspended"],
    ["a function that says no", () => false, "completed"],
    ["an async function that says yes", async ({ amount }) => amount === 50, "suspended"],
    ["an async function that says no", async () => false, "completed"],
    ["a function that forgets to answer", () => undefined as unknown as boolean, "suspended"],
    ["a function that answers a text", () => "no" as unknown as boolean, "suspended"],
  ])("%s", async (_what, approval, status) => {
    const { done, tools } = refunds({ approval });
    await using sandbox = createSandbox({ tools });
    expect((await sandbox.run(SOURCE)).status).toBe(status);
    expect(done).toHaveLength(status === "completed" ? 1 : 0);
  });

  test.each<[string, () => boolean | Promise<boolean>]>([
    [
      "throws",
      () => {
        throw new Error("secret detail");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("secret detail");
      },
    ],
  ])("a function that %s denies the call, and the program isn't told why", async (_what, approval) => {
    const { done, tools } = refunds({ approval });
    await using sandbox = createSandbox({ tools });
    const outcome = await sandbox.run(SOURCE);
    expect(completed(outcome)).toEqual(["denied", "refund is not allowed here: its approval check failed"]);
    expect(outcome.calls).toMatchObject([{ state: "denied", error: { cause: { message: "secret detail" } } }]);
    expect(done).toEqual([]);
  });

  test("a function that would defer: its call is denied, as an approval can't be left to somebody else", async () => {
    let ran = 0;
    const odd = defineTool({ approval: (_: unknown, { defer }) => defer(), run: () => ++ran });
    await using sandbox = createSandbox({ tools: { odd } });
    expect(await sandbox.run("await tools.odd()")).toMatchObject({ error: { code: "denied" } });
    expect(ran).toBe(0);
  });

  test("the policy, of any tool", async () => {
    const { done, tools } = refunds({ approval: false });
    await using sandbox = createSandbox({ tools, policy: () => Promise.resolve("ask") });
    const { snapshot } = suspended(await sandbox.run(SOURCE));
    expect(done).toEqual([]);
    expect(completed(await sandbox.resume(snapshot, { answers: { 1: { approve: true } } }).outcome)).toBe(
      "refunded 50",
    );
  });

  test("nobody, for input that is wrong anyway: no person is asked about it", async () => {
    const { tools } = refunds();
    await using sandbox = createSandbox({ tools });
    expect(await sandbox.run("await tools.refund({ order: 1 })")).toMatchObject({ error: { code: "invalid_input" } });
  });
});

describe("an approval expires", () => {
  const expiring = () => refunds({ expiresMs: 30 });

  test("in a live run that waits for it", async () => {
    const { done, tools } = expiring();
    await using sandbox = createSandbox({ tools });
    const outcome = await sandbox.run(SOURCE, {
      onApproval: () => sleep(200).then(() => ({ approve: true as const })),
    });
    expect(completed(outcome)).toEqual(["approval_expired", "nobody approved refund in time"]);
    expect(outcome.calls).toMatchObject([{ state: "failed", error: { code: "approval_expired" } }]);
    expect(done).toEqual([]);
  });

  test("while the run was suspended, answered or not", async () => {
    const { done, tools } = expiring();
    await using sandbox = createSandbox({ tools });
    const { pending, snapshot } = suspended(await sandbox.run(SOURCE));
    expect(pending[0]?.expiresAt).toBe((pending[0]?.since ?? 0) + 30);
    await sleep(40);
    const late = await sandbox.resume(snapshot, { answers: { 1: { approve: true } } }).outcome;
    expect((completed(late) as string[])[0]).toBe("approval_expired");
    expect(late.warnings).toMatchObject([{ code: "answer_ignored", message: expect.stringContaining("expired") }]);
    expect((completed(await sandbox.resume(snapshot).outcome) as string[])[0]).toBe("approval_expired");
    expect(done).toEqual([]);
  });

  test("not when it was given in time, nor for what runs afterwards", async () => {
    const { done, tools } = refunds({ expiresMs: 60_000 });
    await using sandbox = createSandbox({ tools });
    const { snapshot } = suspended(await sandbox.run(SOURCE));
    expect(completed(await sandbox.resume(snapshot, { answers: { 1: { approve: true } } }).outcome)).toBe(
      "refunded 50",
    );
    expect(done).toHaveLength(1);
  });

  test("after longer than platform timers can wait", async () => {
    const { tools } = refunds({ expiresMs: 8.64e15 });
    await using sandbox = createSandbox({ tools });
    const outcome = suspended(await sandbox.run(SOURCE, { onApproval: () => undefined }));
    expect(outcome.pending[0]?.expiresAt).toBeGreaterThan(8.64e15);
  });
});

describe("the events of a run with approvals", () => {
  test("tell each change, and that it was suspended; those of the resumed run begin anew", async () => {
    const { tools } = refunds();
    await using sandbox = createSandbox({ tools });
    const run = sandbox.start(SOURCE);
    const events: RunEvent[] = [];
    for await (const event of run) events.push(event);
    expect(events.map((event) => (event.type === "call" ? event.call.state : event.type))).toEqual([
      "running",
      "waiting",
      "suspended",
    ]);
    const last = events.at(-1);
    const { pending, snapshot } = suspended(await run.outcome);
    expect(last?.type === "suspended" && last.pending).toEqual(pending);
    const resumed = sandbox.resume(snapshot, { answers: { 1: { approve: true } } });
    const more: RunEvent[] = [];
    for await (const event of resumed) more.push(event);
    expect(more.map((event) => (event.type === "call" ? event.call.state : event.type))).toEqual([
      "running",
      "completed",
    ]);
    expect(more.map(({ seq }) => seq)).toEqual([0, 1]);
  });
});
