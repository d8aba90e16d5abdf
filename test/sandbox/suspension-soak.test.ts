import { expect, test } from "vitest";
import { completed, suspendable } from "./suspended.ts";

test("three hundred suspensions in a row cost no more each, and leave no more, than the first ones", async () => {
  await using sandbox = suspendable();
  const source = "let n = 0; for (let i = 0; i < 300; i++) { n += await tools.later(i); console.log(i) } return n";
  let outcome = await sandbox.run(source, { limits: { toolCalls: 300 } });
  const sizes: number[] = [];
  while (outcome.status === "suspended") {
    sizes.push(outcome.snapshot.length);
    const [{ id } = { id: "" }] = outcome.pending;
    outcome = await sandbox.resume(outcome.snapshot, { answers: { [id]: { value: 1 } } }).outcome;
  }
  expect([completed(outcome), sizes.length, outcome.calls.length, outcome.logs.length]).toEqual([300, 300, 300, 300]);
  // What grows is the report, by some bytes a call; the machine's part stays as it is.
  expect(sizes.at(-1)).toBeLessThan((sizes[0] ?? 0) + 300 * 60);
});
