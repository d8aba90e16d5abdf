import fc from "fast-check";
import { expect, test } from "vitest";
import {
  createRuntime,
  createSandbox,
  defineTool,
  type Outcome,
  type Runtime,
  type Sandbox,
  type Session,
} from "../../src/index.ts";
import { sleep } from "../support.ts";
import { NOTHING } from "./admitting.ts";

const PROGRAMS = [
  "return 1",
  "throw new Error('no')",
  "return (",
  "for (;;);",
  "await new Promise(() => 0)",
  "return await tools.quick()",
  "return await Promise.all([1, 2, 3, 4].map(() => tools.slow()))",
  "tools.slow(); await tools.slow(); return 1",
  "return await tools.fails()",
  "return await tools.approved()",
  "for await (const part of tools.parts()) if (part === 2) break",
  "await new Promise((done) => setTimeout(done, 3)); await tools.quick()",
  "const all = []; for (;;) all.push('x'.repeat(1e5) + all.length)",
  "return await tools.nested()",
  "yield 1; yield 2",
] as const;

interface RandomRun {
  source: string;
  tenant: string | undefined;
  ends: "by itself" | "cancelled" | "suspended" | "aborted";
  afterMs: number;
  beginsMs: number;
  inSession: boolean;
}

const run: fc.Arbitrary<RandomRun> = fc.record({
  source: fc.constantFrom(...PROGRAMS),
  tenant: fc.constantFrom(undefined, "a", "b"),
  ends: fc.constantFrom("by itself", "cancelled", "suspended", "aborted"),
  afterMs: fc.nat({ max: 15 }),
  beginsMs: fc.nat({ max: 10 }),
  inSession: fc.boolean(),
});
const runtimes = fc.record({
  maxConcurrentRuns: fc.constantFrom(1, 2, 5),
  maxQueuedRuns: fc.constantFrom(0, 2, 100),
  queueTimeoutMs: fc.constantFrom(5, 40, 1000),
  memoryBytes: fc.constantFrom(2 ** 20, 2 ** 22, 2 ** 30),
  tenantLimits: fc.constantFrom(
    {},
    { runs: 1 },
    { runs: 2, callsInFlight: 1 },
    { callsInFlight: 2, cpuMsPerMinute: 40 },
  ),
});

test("whatever runs do and however they end: afterwards nothing of them is counted", async () => {
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      runtimes,
      fc.array(run, { minLength: 1, maxLength: 12 }),
      fc.option(fc.nat({ max: 20 })),
      async (options, runs, closesMs) => {
        const runtime = createRuntime(options);
        const sandbox = makeSandbox(runtime);
        const session = sandbox.session({ tenant: "a" });
        // Where the sandbox was closed, or the session stands still: that is what it says.
        const outcomes = runs.map((run) => carriedOut(run, { sandbox, session }).catch(String));
        if (closesMs !== null) {
          await sleep(closesMs);
          await sandbox.close();
        }
        for (const outcome of await Promise.all(outcomes)) codes.add(said(outcome));
        await sandbox.close();
        runtime.close();
        const { tenants, ...stats } = runtime.stats();
        expect(stats).toMatchObject({ ...NOTHING, machines: { busy: 0, idle: 0 } });
        expect(stats.memoryBytes).toMatchObject({ machines: 0, parked: 0, tools: 0 });
        for (const tenant of Object.values(tenants)) {
          expect(tenant).toMatchObject({ running: 0, queued: 0, callsInFlight: 0 });
        }
      },
    ),
    { numRuns: 40 },
  );
  expect([...codes]).toEqual(expect.arrayContaining(["completed", "busy"]));
}, 120_000);

async function carriedOut(
  { afterMs, beginsMs, ends, inSession, source, tenant }: RandomRun,
  { sandbox, session }: { sandbox: Sandbox; session: Session },
): Promise<Outcome> {
  await sleep(beginsMs);
  const controller = new AbortController();
  const { signal } = controller;
  if (ends === "aborted") setTimeout(() => controller.abort(), afterMs);
  if (inSession) return await session.run(source, { signal });
  const started = sandbox.start(source, { signal, ...(tenant !== undefined && { tenant }) });
  if (ends !== "by itself") await sleep(afterMs);
  if (ends === "cancelled") started.cancel();
  else if (ends === "suspended") void started.suspend();
  return await resumed(sandbox, await started.outcome, tenant);
}

function makeSandbox(runtime: Runtime): Sandbox {
  const sandbox: Sandbox = createSandbox({
    runtime,
    settleMs: 5,
    limits: { cpuMs: 30, wallMs: 400, memoryBytes: 4 * 2 ** 20 },
    tools: {
      quick: () => 1,
      slow: () => sleep(5),
      fails: () => Promise.reject(new Error("no")),
      approved: defineTool({ approval: true, run: () => 1 }),
      async *parts() {
        for (let part = 0; part < 5; part++) yield part;
      },
      nested: async () => said(await sandbox.run("return await tools.quick()")),
    },
  });
  return sandbox;
}

/** Goes on with what was suspended, once. */
async function resumed(sandbox: Sandbox, outcome: Outcome, tenant: string | undefined): Promise<Outcome> {
  if (outcome.status !== "suspended") return outcome;
  const answers = Object.fromEntries(outcome.pending.map(({ id }) => [id, { value: 1 }]));
  return await sandbox.resume(outcome.snapshot, { answers, ...(tenant !== undefined && { tenant }) }).outcome;
}

function said(outcome: Outcome | string): string {
  if (typeof outcome === "string") return outcome;
  return outcome.status === "failed" ? outcome.error.code : outcome.status;
}
