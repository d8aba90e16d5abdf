import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createSandbox, type Outcome } from "../../src/index.ts";
import { failureOf } from "../support.ts";
import { stubsOf } from "./stubs.ts";

interface Sample {
  readonly id: string;
  readonly code: string;
  readonly declarations: string;
}

/** Programs that cannot come to their end, by their own fault. */
const FAULTY: Readonly<Record<string, { code: string; reason: string }>> = {
  "llmz-090": { code: "syntax_error", reason: "prose about what the model is going to do, without any program" },
};

const folder = process.env.TARDIGRADE_CORPUS;
if (folder === undefined) console.warn("TARDIGRADE_CORPUS is not set: the model-written programs are not run.");

describe.skipIf(folder === undefined)("programs that models wrote", () => {
  const samples: Sample[] =
    folder === undefined ? [] : JSON.parse(readFileSync(join(folder, "model-written.json"), "utf8"));

  it("all come to their end against tools that answer as declared, but for those that are no programs", async () => {
    expect(samples.length).toBeGreaterThan(100);
    let longest = 0;
    for (const { id, code, declarations } of samples) {
      const { blockedMs, outcome } = await watched(code, declarations);
      longest = Math.max(longest, blockedMs);
      const faulty = FAULTY[id];
      expect(
        outcome.status === "completed" ? outcome.status : failureOf(outcome).code,
        `${id}: ${messageOf(outcome)}`,
      ).toBe(faulty?.code ?? "completed");
      expect(outcome.warnings, id).toEqual([]);
      for (const call of outcome.calls) expect(call.state, `${id}: ${call.tool}`).toBe("completed");
    }
    console.info(`The host's event loop stood still for ${longest.toFixed(0)} ms at most.`);
  });

  it("do the same as the first program of a session", async () => {
    for (const { id, code, declarations } of samples) {
      await using sandbox = createSandbox({ globals: stubsOf(declarations) });
      expect(essence(await sandbox.session().run(code)), id).toEqual(essence(await sandbox.run(code)));
    }
  });

  it("give the same value each time, with the same calls", async () => {
    for (const { id, code, declarations } of samples) {
      const [one, two] = [await watched(code, declarations), await watched(code, declarations)];
      expect(essence(one.outcome), id).toEqual(essence(two.outcome));
    }
  });
});

describe("the stubs for a program's tools", () => {
  it("answer by the declared type: members, lists, the first of a union, what a promise holds", () => {
    const stubs = stubsOf(`
      /** Lists */ declare function list(args: { a: (x: number) => void }): Promise<Array<{ id: string; ok?: boolean }>>
      declare function pick(): Promise<'a' | "b">; declare function many(): number[]; declare function nothing(any): Promise<void> // end
      export namespace User { const name: Readonly<string> = 'John'; const age: Writable<number> = 25; function greet(): Promise<any> }`);
    const call = (stub: unknown) => (stub as () => unknown)();
    const user = stubs.User as Record<string, unknown>;
    expect(call(stubs.list)).toEqual([
      { id: "id 1", ok: true },
      { id: "id 1", ok: true },
    ]);
    expect([call(stubs.pick), call(stubs.many), call(stubs.nothing)]).toEqual(["a", [7, 7], undefined]);
    expect([user.name, user.age, call(user.greet)]).toEqual(["John", 25, { id: "greet 1", value: 7, ok: true }]);
  });
});

/** Runs a program beside a clock that notes how long the event loop stood still. */
async function watched(code: string, declarations: string): Promise<{ outcome: Outcome; blockedMs: number }> {
  const sandbox = createSandbox({ globals: stubsOf(declarations) });
  let last = performance.now();
  let blockedMs = 0;
  const beat = () => {
    blockedMs = Math.max(blockedMs, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(beat, 1);
  const outcome = await sandbox.run(code);
  beat();
  clearInterval(timer);
  await sandbox.close();
  return { outcome, blockedMs };
}

function essence(outcome: Outcome): unknown {
  const calls = outcome.calls.map(({ id, input, line, output, tool }) => ({ id, input, line, output, tool }));
  return { calls, result: outcome.status === "completed" ? outcome.value : failureOf(outcome) };
}

function messageOf(outcome: Outcome): string {
  return outcome.status === "completed" ? "completed" : failureOf(outcome).message;
}
