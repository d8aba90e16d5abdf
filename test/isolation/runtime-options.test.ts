import { describe, expect, test, vi } from "vitest";
import { createRuntime, createSandbox, type RuntimeOptions, UsageError } from "../../src/index.ts";
import { failureOf, sleep } from "../support.ts";

const wrong: [what: string, options: unknown, message: string][] = [
  ["no object", 5, "expected the options of createRuntime to be an object, got 5 (number)"],
  ["null", null, "expected the options of createRuntime to be an object, got null"],
  ["an unknown option", { maxRuns: 5 }, 'unknown "maxRuns" in the options of createRuntime; known are: engine, '],
  ["an engine that is none", { engine: "quickjs" }, 'expected engine to be an object, got "quickjs" (string)'],
  ["an unknown part of the engine", { engine: { wsam: 1 } }, 'unknown "wsam" in engine; known are: wasm'],
  ["a path for an engine", { engine: { wasm: "quickjs.wasm" } }, "expected engine.wasm to be an object, got"],
  ["no runs at all", { maxConcurrentRuns: 0 }, "maxConcurrentRuns to be a whole number from 1 to 10000000, got 0"],
  ["endless runs", { maxConcurrentRuns: Number.POSITIVE_INFINITY }, "maxConcurrentRuns"],
  ["a text", { maxQueuedRuns: "10" }, 'maxQueuedRuns to be a whole number from 0 to 10000000, got "10" (string)'],
  ["a negative number", { maxQueuedRuns: -1 }, "maxQueuedRuns"],
  [
    "what is no number",
    { queueTimeoutMs: Number.NaN },
    "queueTimeoutMs to be a whole number from 1 to 2147483647, got NaN",
  ],
  ["longer than timers can", { queueTimeoutMs: 2 ** 31 }, "queueTimeoutMs"],
  ["a part of a byte", { memoryBytes: 1_500_000.5 }, "memoryBytes to be a whole number from 1048576 to"],
  ["a budget that fits no machine", { memoryBytes: 1000 }, "memoryBytes"],
  ["null for a number", { memoryBytes: null }, "memoryBytes"],
  ["limits of tenants that are none", { tenantLimits: 5 }, "expected tenantLimits to be an object, got 5 (number)"],
  ["a list of limits", { tenantLimits: [] }, "expected tenantLimits to be an object, got an array"],
  [
    "an unknown limit",
    { tenantLimits: { calls: 1 } },
    'unknown "calls" in tenantLimits; known are: runs, cpuMsPerMinute',
  ],
  ["a tenant that may do nothing", { tenantLimits: { runs: 0 } }, "tenantLimits.runs to be a whole number from 1"],
  ["less than nothing", { tenantLimits: { cpuMsPerMinute: -5 } }, "tenantLimits.cpuMsPerMinute"],
  ["a text as a limit", { tenantLimits: { callsInFlight: "5" } }, "tenantLimits.callsInFlight"],
];

test.each(wrong)("createRuntime refuses %s", (_, options, message) => {
  expect(() => createRuntime(options as RuntimeOptions)).toThrow(UsageError);
  expect(() => createRuntime(options as RuntimeOptions)).toThrow(message);
});

test("createRuntime takes what is absent, and limits that are off", () => {
  const off = Number.POSITIVE_INFINITY;
  createRuntime({ memoryBytes: undefined as never, tenantLimits: {} });
  createRuntime({ tenantLimits: { runs: off, cpuMsPerMinute: off, callsInFlight: undefined as never } });
});

test("an engine that can't be read fails the run that needs it, not the process that has not run anything yet", async () => {
  const unhandled: unknown[] = [];
  const noted = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", noted);
  try {
    const runtime = createRuntime({ engine: { wasm: Promise.reject(new Error("no such file")) } });
    await sleep(20);
    expect(unhandled).toEqual([]);
    expect(failureOf(await createSandbox({ runtime }).run("1")).message).toContain("no such file");
  } finally {
    process.off("unhandledRejection", noted);
  }
});

test("a sandbox refuses a runtime that is none", () => {
  const { isolation } = createRuntime();
  for (const runtime of [{}, { isolation }, { isolation, admission: {} }]) {
    expect(() => createSandbox({ runtime: runtime as never })).toThrow(
      "expected runtime to be what createRuntime makes",
    );
  }
});

describe("limits that a function gives", () => {
  test.each<[what: string, given: unknown, message: string]>([
    ["is no object", 5, 'expected tenantLimits("acme") to be an object, got 5 (number)'],
    ["is a promise of them", Promise.resolve({}), "to be an object, got a promise: limits are needed at once"],
    ["has a wrong number", { runs: 0 }, 'tenantLimits("acme").runs to be a whole number from 1'],
    ["has an unknown limit", { run: 1 }, 'unknown "run" in tenantLimits("acme")'],
  ])("are refused where what it gives %s: the run is not begun", async (_, given, message) => {
    const runtime = createRuntime({ tenantLimits: () => given as never });
    await using sandbox = createSandbox({ runtime });
    await expect(sandbox.run("return 1", { tenant: "acme" })).rejects.toThrow(message);
    expect(() => sandbox.start("return 1", { tenant: "acme" })).toThrow(UsageError);
    expect(await sandbox.run("return 1")).toMatchObject({ value: 1 });
    expect(runtime.stats()).toMatchObject({ runs: { running: 0 }, admitted: 1, tenants: {} });
  });

  test("are refused where it throws", async () => {
    const tenantLimits = () => {
      throw new Error("no database");
    };
    await using sandbox = createSandbox({ runtime: createRuntime({ tenantLimits }) });
    const message = 'tenantLimits failed for the tenant "acme": no database';
    await expect(sandbox.run("return 1", { tenant: "acme" })).rejects.toThrow(message);
  });
});

test("machines work where ArrayBuffer is not that of WebAssembly, as in Jest", async () => {
  vi.stubGlobal("ArrayBuffer", class extends ArrayBuffer {});
  try {
    const runtime = createRuntime({ threads: 1 });
    for (const isolation of ["inline", "thread"] as const) {
      const outcome = await createSandbox({ isolation, runtime }).run("return [1, new Uint8Array([2])]");
      expect(outcome).toMatchObject({ value: [1, Uint8Array.of(2)] });
    }
  } finally {
    vi.unstubAllGlobals();
  }
});
