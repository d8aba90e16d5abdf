import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CallBatch,
  createRuntime,
  createSandbox,
  defineTool,
  type Outcome,
  type Run,
  type RunOptions,
} from "../../src/index.ts";
import { programs } from "./random-programs.ts";
import { awaited, essence, fromTheBeginning, inNoTime, inVirtualTime, throughSuspensions } from "./virtual-time.ts";

const LIMITS = { wallMs: 2 ** 31 - 1, toolCalls: 40, yields: 60, logEntries: 60 };
/** A longer look: RUNS=1000. */
const RUNS = Number(process.env.RUNS ?? 40);
const TIMEOUT_MS = 60_000 + RUNS * 1_000;
const onYield = (value: unknown) => value;

/** Tools that answer at once, or at a time that belongs to the call, however often it is issued. */
function toolsThat(called: () => void) {
  const dueAt = new Map<string, number>();
  const later = defineTool({
    effect: "idempotent",
    run: (n: number, { callId, signal }) => {
      if (!dueAt.has(callId)) called();
      const at = dueAt.get(callId) ?? Date.now() + 2.5 + Number(callId) / 1000;
      dueAt.set(callId, at);
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(n * 3), at - Date.now());
        signal.addEventListener("abort", () => clearTimeout(timer));
      });
    },
  });
  const now = (n: number) => {
    called();
    return n * 2;
  };
  const fails = (n: number) => {
    called();
    throw new TypeError(`no ${n}`);
  };
  return { now, later, fails };
}

async function straight(source: string): Promise<Outcome> {
  await using sandbox = createSandbox({
    isolation: "inline",
    tools: toolsThat(() => undefined),
    limits: LIMITS,
    sleepInlineMs: 2 ** 31 - 1,
  });
  return await awaited(sandbox.run(source, { onYield, seed: 1 }), Number.POSITIVE_INFINITY);
}

/** Suspended whenever a tool is called or something is yielded; each sleep is long enough to suspend it too. */
async function suspendedAtCalls(source: string, fork: boolean): Promise<{ outcome: Outcome; times: number }> {
  let run: Run | undefined;
  let asked = true;
  const suspend = () => {
    asked = true;
    void run?.suspend();
  };
  await using sandbox = createSandbox({
    isolation: "inline",
    tools: toolsThat(suspend),
    limits: LIMITS,
    sleepInlineMs: 0,
    settleMs: 0,
  });
  const onYield = (value: unknown) => {
    suspend();
    return value;
  };
  const options = { seed: 1, onYield };
  run = sandbox.start(source, options);
  suspend();
  const goOn = async ({ snapshot }: { snapshot: Uint8Array }) => {
    asked = false;
    run = sandbox.resume(snapshot, { ...options, fork });
    return await awaited(run.outcome);
  };
  return await throughSuspensions(await awaited(run.outcome), goOn, () => asked);
}

/** Killed at every batch of calls and taken up from the batch's snapshot. */
async function killedAtBatches(source: string): Promise<{ outcome: Outcome; times: number }> {
  await using sandbox = createSandbox({
    isolation: "inline",
    tools: toolsThat(() => undefined),
    limits: LIMITS,
    sleepInlineMs: 0,
  });
  let kill: { snapshot: Uint8Array; batch: CallBatch } | undefined;
  let killed = 0;
  let run: Run;
  const options = (): RunOptions => {
    let batches = 0;
    return {
      onYield,
      seed: 1,
      beforeCalls: async (batch) => {
        // The calls that were issued again come first: they were in a batch that was killed before.
        if (killed > 0 && batches++ === 0 && kill === undefined && isReissue(batch)) return;
        kill = { snapshot: await inNoTime(() => batch.snapshot()), batch };
        run.cancel("killed");
      },
    };
  };
  let reissued: readonly string[] = [];
  const isReissue = (batch: CallBatch) => batch.calls.every(({ id }) => reissued.includes(id));
  const survive = async (started: Run): Promise<Outcome> => {
    run = started;
    for (;;) {
      const outcome = await awaited(run.outcome);
      if (!kill) return outcome;
      const { batch, snapshot } = kill;
      killed++;
      kill = undefined;
      reissued = batch.calls.map(({ id }) => id);
      run = sandbox.resume(snapshot, { ...options(), answers: answersOf(batch) });
    }
  };
  const { outcome, times } = await throughSuspensions(await survive(sandbox.start(source, options())), ({ snapshot }) =>
    survive(sandbox.resume(snapshot, options())),
  );
  return { outcome, times: times + killed };
}

const oneMachine = createRuntime({ threads: 0, machines: 1, parkAfterMs: 0 });

/** Beside copies of itself, which share one machine: each is parked whenever another one can go on. */
async function parkedByOthers(source: string): Promise<{ outcome: Outcome; times: number }> {
  await inNoTime(() => createSandbox({ runtime: oneMachine }).run("1"));
  const runs = [1, 2, 3].map(() => {
    const sandbox = createSandbox({
      runtime: oneMachine,
      tools: toolsThat(() => undefined),
      limits: LIMITS,
      sleepInlineMs: 2 ** 31 - 1,
    });
    return sandbox.run(source, { onYield, seed: 1 });
  });
  const outcomes = await Promise.all(runs.map((run) => awaited(run, Number.POSITIVE_INFINITY)));
  for (const outcome of outcomes) expect(essence(outcome)).toEqual(essence(outcomes[0] as Outcome));
  return { outcome: outcomes[0] as Outcome, times: 3 };
}

function answersOf({ calls }: CallBatch) {
  return Object.fromEntries(calls.map(({ id }) => [id, { reissue: true } as const]));
}

describe("a random program gives the same value, logs, warnings and records", () => {
  const check = async (other: (source: string) => Promise<{ outcome: Outcome; times: number }>) => {
    let times = 0;
    await inVirtualTime(() =>
      fc.assert(
        fc.asyncProperty(programs, async (source) => {
          fromTheBeginning();
          const expected = await straight(source);
          fromTheBeginning();
          const actual = await other(source);
          times += actual.times;
          expect(essence(actual.outcome)).toEqual(essence(expected));
          expect(expected.status, JSON.stringify(expected.status === "failed" && expected.error)).toBe("completed");
        }),
        { numRuns: RUNS },
      ),
    );
    return times;
  };

  test(
    "suspended at every call and every wait as run straight through",
    async () => {
      expect(await check((source) => suspendedAtCalls(source, false))).toBeGreaterThan(40);
    },
    TIMEOUT_MS,
  );

  test(
    "forked at every call and every wait",
    async () => {
      expect(await check((source) => suspendedAtCalls(source, true))).toBeGreaterThan(40);
    },
    TIMEOUT_MS,
  );

  test(
    "parked at every wait",
    async () => {
      expect(await check(parkedByOthers)).toBeGreaterThan(40);
    },
    TIMEOUT_MS,
  );

  test(
    "killed at every batch of calls and taken up from its snapshot",
    async () => {
      expect(await check(killedAtBatches)).toBeGreaterThan(40);
    },
    TIMEOUT_MS,
  );
});
