import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createSandbox, type Outcome, type Run } from "../../src/index.ts";
import { failureOf } from "../support.ts";
import { type Stubs, stubsOf } from "./stubs.ts";

interface Sample {
  readonly id: string;
  readonly code: string;
  readonly declarations: string;
}

const folder = process.env.TARDIGRADE_CORPUS;

describe.skipIf(folder === undefined)("programs that models wrote, suspended at every call", () => {
  const samples: Sample[] =
    folder === undefined ? [] : JSON.parse(readFileSync(join(folder, "model-written.json"), "utf8"));

  it("have the same value, calls, logs and warnings as run straight through", async () => {
    let suspensions = 0;
    for (const { code, declarations, id } of samples) {
      const { outcome, times } = await suspended(code, declarations);
      expect(essence(outcome), id).toEqual(essence(await straight(code, declarations)));
      suspensions += times;
    }
    console.info(`${samples.length} programs were suspended ${suspensions} times.`);
    expect(suspensions).toBeGreaterThan(samples.length);
  }, 120_000);
});

async function straight(code: string, declarations: string): Promise<Outcome> {
  await using sandbox = createSandbox({ globals: stubsOf(declarations) });
  return await sandbox.run(code, { now: 1_000, seed: 1 });
}

async function suspended(code: string, declarations: string): Promise<{ outcome: Outcome; times: number }> {
  let run: Run | undefined;
  const globals = calling(stubsOf(declarations), () => void run?.suspend());
  await using sandbox = createSandbox({ globals, sleepInlineMs: 0 });
  run = sandbox.start(code, { now: 1_000, seed: 1 });
  let outcome = await run.outcome;
  let times = 0;
  for (; outcome.status === "suspended"; times++) {
    const sleeps = outcome.pending.map(({ id }) => [id, { value: undefined }]);
    run = sandbox.resume(outcome.snapshot, { seed: 1, answers: Object.fromEntries(sleeps) });
    outcome = await run.outcome;
  }
  return { outcome, times };
}

/** Stubs that say when they are called. */
function calling(stubs: Stubs, called: () => void): Stubs {
  const wrapped = Object.entries(stubs).map(([name, stub]) => {
    if (typeof stub === "function") {
      return [
        name,
        (...args: unknown[]) => {
          called();
          return stub(...args);
        },
      ];
    }
    const isNamespace =
      stub !== null && typeof stub === "object" && Object.values(stub).some((v) => typeof v === "function");
    return [name, isNamespace ? calling(stub as Stubs, called) : stub];
  });
  return Object.fromEntries(wrapped);
}

function essence({ calls, logs, warnings, ...outcome }: Outcome): unknown {
  return {
    calls: calls.map(({ id, input, line, output, state, tool }) => ({ id, input, line, output, state, tool })),
    logs: logs.map(({ level, line, text }) => ({ level, line, text })),
    warnings,
    end: outcome.status === "completed" ? outcome.value : failureOf({ ...outcome, calls, logs, warnings } as Outcome),
  };
}
