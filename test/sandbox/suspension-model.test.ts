import fc from "fast-check";
import { expect, test } from "vitest";
import { type Answer, createSandbox, defineTool, type Outcome } from "../../src/index.ts";
import { completed } from "./suspended.ts";

type Kind = "ask" | "later";
const ANSWERS: Readonly<Record<string, Answer>> = {
  value: { value: "value" },
  error: { error: { message: "error" } },
  approve: { approve: true },
  deny: { deny: "deny" },
  reissue: { reissue: true },
};
/** What an answer makes of a call: how it ends, that its tool defers once more, or nothing. */
const EFFECTS: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  ask: { value: "value", error: "error", approve: "ran", deny: "denied" },
  later: { value: "value", error: "error", reissue: "again" },
};

const kinds = fc.array(fc.constantFrom<Kind>("ask", "later"), { minLength: 1, maxLength: 5 });
const rounds = fc.array(
  fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom(...Object.keys(ANSWERS))), { maxLength: 5 }),
  { maxLength: 6 },
);

test("whatever is answered, in whatever order: what fits settles its call once, the rest is a warning and stays pending", async () => {
  let ran = 0;
  let deferred = 0;
  const tools = {
    ask: defineTool({ approval: true, run: () => (++ran > 0 ? "ran" : undefined) }),
    later: defineTool({
      run: (_, { defer }) => {
        deferred++;
        return defer();
      },
    }),
  };
  await using sandbox = createSandbox({ tools });
  await fc.assert(
    fc.asyncProperty(kinds, rounds, async (calls, given) => {
      [ran, deferred] = [0, 0];
      const source = `const all = input.map(async (kind) => { try { return await tools[kind]() } catch (e) { return e.code ?? e.message } }); return await Promise.all(all)`;
      let outcome: Outcome = await sandbox.run(source, { input: calls });
      const ends: (string | undefined)[] = calls.map(() => undefined);
      let reissued = 0;
      let ignored = 0;
      const settle = (id: number, kind: string) => {
        const call = calls[id - 1];
        const effect = call && ends[id - 1] === undefined ? EFFECTS[call][kind] : undefined;
        if (effect === undefined) ignored++;
        else if (effect === "again") reissued++;
        else ends[id - 1] = effect;
      };
      // At the end all that is left is answered.
      const rest = calls.map((_, at): [number, string] => [at + 1, "value"]);
      for (const round of [...given, rest]) {
        if (outcome.status !== "suspended") break;
        expect(outcome.pending.map(({ id }) => Number(id))).toEqual(
          ends.flatMap((end, at) => (end === undefined ? [at + 1] : [])),
        );
        const answers = new Map(round);
        for (const [id, kind] of [...answers].toSorted(([a], [b]) => a - b)) settle(id, kind);
        const named = [...answers].map(([id, kind]) => [id, ANSWERS[kind] as Answer]);
        outcome = await sandbox.resume(outcome.snapshot, { answers: Object.fromEntries(named) }).outcome;
      }
      expect(completed(outcome)).toEqual(ends);
      expect(ran).toBe(ends.filter((end) => end === "ran").length);
      expect(deferred).toBe(calls.filter((kind) => kind === "later").length + reissued);
      expect(outcome.warnings.filter(({ code }) => code === "answer_ignored")).toHaveLength(Math.min(ignored, 100));
    }),
    { numRuns: 150 },
  );
});
