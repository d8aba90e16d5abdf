import { beforeAll, describe, expect, it } from "vitest";
import { type HostileCase, readCases, readUnholdable } from "./case.ts";
import { type Fate, runCases } from "./pool.ts";

/** A child that says nothing for this long hangs. */
const KILL_MS = 12_000;
/** What native code swallows is killed after this long: a contract would have ended it within 700 ms. */
const SWALLOWED_MS = 5_000;
/** A program that polls ends this soon after its limit, on any machine. */
const POLLED_SLACK_MS = 200;
const WIDTH = 2;

const unholdable = readUnholdable();
const listed = new Set(unholdable.map(({ id }) => id));
const suites = { "given to us": readCases("cases.json"), "of our own": readCases("own-cases.json") };
const all = Object.values(suites).flat();

describe.each(Object.entries(suites))("hostile programs %s", (_name, cases) => {
  const held = cases.filter(({ id }) => !listed.has(id));
  let fates: Map<string, Fate>;

  beforeAll(async () => {
    fates = await runCases(held, { killMs: KILL_MS, width: WIDTH });
  }, 240_000);

  it.each(groups(held))("%s: each ends as it should, and the sandbox goes on", (_group, ids) => {
    for (const id of ids) expect(report(fates.get(id)), id).toEqual([]);
  });
});

describe("the list of programs that inline isolation can't hold", () => {
  it("names cases that exist, each once and with its reason", () => {
    expect(listed.size).toBe(unholdable.length);
    const known = new Set(all.map(({ id }) => id));
    for (const { id, reason } of unholdable) {
      expect(known, id).toContain(id);
      expect(reason.length, id).toBeGreaterThan(20);
    }
  });

  it.skipIf(process.env.TARDIGRADE_SLOW === undefined)(
    "is not longer than needed: each of them overruns its limit in native code",
    async () => {
      const cases = all.filter(({ id }) => listed.has(id));
      const fates = await runCases(cases, { killMs: SWALLOWED_MS, width: WIDTH, attempts: 1 });
      for (const hostile of cases) {
        const limitMs = hostile.limits?.timeoutMs ?? 300;
        expect(tookMs(fates.get(hostile.id)), hostile.id).toBeGreaterThan(limitMs + POLLED_SLACK_MS);
      }
    },
    300_000,
  );
});

function groups(cases: readonly HostileCase[]): [string, string[]][] {
  const byGroup = new Map<string, string[]>();
  for (const { group, id } of cases) byGroup.set(group, [...(byGroup.get(group) ?? []), id]);
  return [...byGroup];
}

function report(fate: Fate | undefined): readonly string[] {
  if (!fate) return ["it was not run"];
  if ("killed" in fate) return [`it was killed after ${Math.round(fate.afterMs)} ms`];
  return "died" in fate ? [`the host process died: ${fate.died}`] : fate.problems;
}

function tookMs(fate: Fate | undefined): number {
  if (!fate || "died" in fate) return 0;
  return "killed" in fate ? fate.afterMs : fate.tookMs;
}
