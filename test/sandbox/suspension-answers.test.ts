import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Answer, defineTool, UsageError } from "../../src/index.ts";
import { completed, suspendable, suspended } from "./suspended.ts";

const failing =
  "try { return await tools.later(1) } catch (e) { return [e.name, e.message, e.code, e instanceof Error] }";

describe("an answer to a pending call", () => {
  test("is the value of its call, any that can cross, checked as the tool's own would be", async () => {
    const later = defineTool({ output: z.object({ n: z.number() }), run: (_, { defer }) => defer() });
    await using sandbox = suspendable({ tools: { typed: later } });
    const any = suspended(await sandbox.run("const v = await tools.later(); return [v.get('a'), typeof v]"));
    const value = new Map([["a", new Date(5)]]);
    expect(completed(await sandbox.resume(any.snapshot, { answers: { 1: { value } } }).outcome)).toEqual([
      new Date(5),
      "object",
    ]);
    const typed = suspended(await sandbox.run("try { return await tools.typed() } catch (e) { return e.code }"));
    const answered = async (value: unknown) =>
      completed(await sandbox.resume(typed.snapshot, { answers: { 1: { value } } }).outcome);
    expect(await answered({ n: 1 })).toEqual({ n: 1 });
    expect(await answered({ n: "1" })).toBe("invalid_output");
    const odd = suspended(await sandbox.run("try { return await tools.later() } catch (e) { return e.code }"));
    expect(completed(await sandbox.resume(odd.snapshot, { answers: { 1: { value: () => 1 } } }).outcome)).toBe(
      "unserializable",
    );
  });

  test("may be an error, with a name and a code, ours or others'", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run(failing));
    const answered = async (answer: Answer) => await sandbox.resume(snapshot, { answers: { 1: answer } }).outcome;
    const unknown = await answered({
      error: { code: "outcome_unknown", message: "it may have happened" },
      by: "the operator",
    });
    expect(completed(unknown)).toEqual(["Error", "it may have happened", "outcome_unknown", true]);
    expect(unknown.calls).toMatchObject([
      { state: "failed", answeredBy: "the operator", error: { code: "outcome_unknown" } },
    ]);
    const own = await answered({ error: { name: "HttpError", message: "gone", code: "E410" } });
    expect(completed(own)).toEqual(["HttpError", "gone", "E410", true]);
    expect(own.calls).toMatchObject([{ error: { code: "tool_failed", name: "HttpError", data: { code: "E410" } } }]);
    const plain = suspended(await sandbox.run("await tools.later()"));
    const uncaught = await sandbox.resume(plain.snapshot, {
      answers: { 1: { error: { code: "outcome_unknown", message: "m" } } },
    }).outcome;
    expect(uncaught).toMatchObject({ error: { code: "outcome_unknown", line: 1 } });
  });

  test("settles some; the rest stay pending with what they said", async () => {
    await using sandbox = suspendable();
    const source =
      "return await Promise.all([1, 2, 3].map(async (n) => { const v = await tools.later(n); console.log(n, v); return v }))";
    let outcome = suspended(await sandbox.run(source));
    const [one, , three] = outcome.pending;
    outcome = suspended(await sandbox.resume(outcome.snapshot, { answers: { 2: { value: "b" } } }).outcome);
    expect(outcome.pending).toEqual([one, three]);
    outcome = suspended(await sandbox.resume(outcome.snapshot, {}).outcome);
    expect(outcome.pending).toEqual([one, three]);
    const last = await sandbox.resume(outcome.snapshot, { answers: { 3: { value: "c" }, 1: { value: "a" } } }).outcome;
    expect(completed(last)).toEqual(["a", "b", "c"]);
    expect(last.logs.map(({ text }) => text).sort()).toEqual(["1 a", "2 b", "3 c"]);
  });

  test("wakes a sleep early by a value only", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run("return [await sleep(86_400_000), 'woken']"));
    expect(completed(await sandbox.resume(snapshot, { answers: { 1: { value: "ignored" } } }).outcome)).toEqual([
      undefined,
      "woken",
    ]);
    for (const answer of [{ approve: true }, { deny: "no" }, { reissue: true }, { error: { message: "m" } }] as const) {
      const outcome = suspended(await sandbox.resume(snapshot, { answers: { 1: answer } }).outcome);
      expect(outcome.warnings).toMatchObject([
        { code: "answer_ignored", message: expect.stringContaining("a sleep is only ended early") },
      ]);
    }
  });

  test.each<[string, string, Answer, RegExp]>([
    ["a call that nobody made", "7", { value: 1 }, /no call of that id is pending/],
    ["no id at all", "", { value: 1 }, /no call of that id is pending/],
    ["an id that is only nearly one", "01", { value: 1 }, /no call of that id is pending/],
    ["an id in another notation", "0x1", { value: 1 }, /no call of that id is pending/],
    ["a prototype's name", "__proto__x", { value: 1 }, /no call of that id is pending/],
    ["a deferred call, approving it", "1", { approve: true }, /does not wait for an approval/],
    ["a deferred call, denying it", "1", { deny: "no" }, /does not wait for an approval/],
    ["an approval, issuing it again", "2", { reissue: true }, /has not run yet: approve it/],
  ])("has no effect on %s, and a warning says so", async (_what, id, answer, why) => {
    await using sandbox = suspendable();
    const { pending, snapshot } = suspended(
      await sandbox.run("return await Promise.all([tools.later(), tools.ask()])"),
    );
    const outcome = suspended(await sandbox.resume(snapshot, { answers: { [id]: answer } }).outcome);
    expect(outcome.warnings).toMatchObject([{ code: "answer_ignored", message: expect.stringMatching(why) }]);
    expect(outcome.pending).toEqual(pending);
  });

  test("has no effect on a call that is over", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run("const a = await tools.ok(1); return [a, await tools.later()]"));
    const outcome = await sandbox.resume(snapshot, { answers: { 1: { value: 9 }, 2: { value: 2 } } }).outcome;
    expect(completed(outcome)).toEqual([1, 2]);
    expect(outcome.warnings).toMatchObject([{ code: "answer_ignored" }]);
  });

  test("calls the tool of a deferred call again, if it says so, and the tool may defer again", async () => {
    let ready = false;
    const poll = defineTool({
      run: (_, { attempt, callId, defer }) => (ready ? `${callId}, attempt ${attempt}` : defer({ attempt })),
    });
    await using sandbox = suspendable({ tools: { poll } });
    const first = suspended(await sandbox.run("return await tools.poll()"));
    const second = suspended(await sandbox.resume(first.snapshot, { answers: { 1: { reissue: true } } }).outcome);
    expect([first.pending[0]?.details, second.pending[0]?.details]).toEqual([{ attempt: 1 }, { attempt: 2 }]);
    ready = true;
    expect(completed(await sandbox.resume(second.snapshot, { answers: { 1: { reissue: true } } }).outcome)).toBe(
      "1, attempt 3",
    );
  });

  test("counts as it was when it was given", async () => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run("return await tools.ask({ n: 1 })"));
    const answers: Record<string, Answer> = { 1: { deny: "too much" } };
    const run = sandbox.resume(snapshot, { answers });
    answers[1] = { approve: true };
    expect(await run.outcome).toMatchObject({ error: { code: "denied" } });
  });
});

describe("malformed answers are refused at once", () => {
  test.each<[string, unknown, RegExp]>([
    ["a list", [{ value: 1 }], /answers to be an object/],
    ["null", null, /answers to be an object/],
    ["a bare value", { 1: 5 }, /answers\["1"\]/],
    ["null as an answer", { 1: null }, /answers\["1"\]/],
    ["nothing in it", { 1: {} }, /one of value, error, approve, deny, reissue; it has none/],
    ["two kinds", { 1: { value: 1, deny: "no" } }, /it has value and deny/],
    ["an approval that is not true", { 1: { approve: "yes" } }, /approve to be true/],
    ["an approval that is false", { 1: { approve: false } }, /approve to be true/],
    ["a denial without a reason", { 1: { deny: true } }, /deny to be the reason/],
    ["an error that is a text", { 1: { error: "bad" } }, /error/],
    ["an error without a message", { 1: { error: { code: "x" } } }, /message to be a string/],
    ["an error's code that is a number", { 1: { error: { message: "m", code: 5 } } }, /code/],
    ["an unknown member", { 1: { value: 1, reason: "r" } }, /reason/],
    ["a misspelt kind", { 1: { approved: true } }, /approved/],
    ["input beside a value", { 1: { value: 1, input: 2 } }, /input stands beside approve only/],
    ["by that is no text", { 1: { value: 1, by: 7 } }, /by/],
    ["reissue that is not true", { 1: { reissue: 1 } }, /reissue to be true/],
  ])("%s", async (_what, answers, message) => {
    await using sandbox = suspendable();
    const { snapshot } = suspended(await sandbox.run("await tools.later()"));
    expect(() => sandbox.resume(snapshot, { answers: answers as Record<string, Answer> })).toThrow(UsageError);
    expect(() => sandbox.resume(snapshot, { answers: answers as Record<string, Answer> })).toThrow(message);
  });
});
