import { beforeAll, describe, expect, it } from "vitest";
import { type HostileCase, readCases, readUnholdable } from "./case.ts";
import { wrongWith } from "./figures.ts";
import { ISOLATIONS, type IsolationName } from "./isolations.ts";
import { timeoutOf } from "./judge.ts";
import { type Fate, runCases } from "./pool.ts";

/** A child that says nothing for this long hangs. */
const KILL_MS = 12_000;
/** What native code swallows is killed after this long: a contract would have ended it within 700 ms. */
const SWALLOWED_MS = 5_000;
/** A program that polls ends this soon after its limit, on any machine. */
const POLLED_SLACK_MS = 200;
/** The promise is 400 ms; on a loaded machine it is stretched before a test fails. `npm run test:hostile` does not. */
const SLACK_MS = 2_000;
const WIDTH = 2;
/** Of our own cases, a part runs here in each isolation: `npm run test:hostile` runs them all. */
const OWN_PART = 3;

const unholdable = readUnholdable();
const listed = new Set(unholdable.map(({ id }) => id));
const given = readCases("cases.json");
const own = readCases("own-cases.json");
const all = [...given, ...own];

describe.each(ISOLATIONS)("hostile programs, isolation %s", (isolation) => {
  const cases = shortForm(isolation);
  let fates: Map<string, Fate>;

  beforeAll(async () => {
    fates = await runCases(cases, { isolation, killMs: KILL_MS, slackMs: SLACK_MS, width: WIDTH });
  }, 240_000);

  it.each(groups(cases))("%s: each ends as it should, and the sandbox goes on", (_group, ids) => {
    for (const id of ids) expect(wrongWith(fates.get(id)), id).toEqual([]);
  });
});

describe("the cases", () => {
  it("have ids of their own", () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
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
      const how = { isolation: "inline", slackMs: SLACK_MS, width: WIDTH, attempts: 1 } as const;
      const fates = await runCases(cases, { ...how, killMs: SWALLOWED_MS });
      for (const hostile of cases) {
        expect(tookMs(fates.get(hostile.id)), hostile.id).toBeGreaterThan(timeoutOf(hostile) + POLLED_SLACK_MS);
      }
    },
    400_000,
  );
});

/** All given cases, and of our own every third: other ones in each isolation. */
function shortForm(isolation: IsolationName): HostileCase[] {
  const part = own.filter((_, at) => at % OWN_PART === ISOLATIONS.indexOf(isolation));
  return [...given, ...part].filter(({ id }) => isolation === "thread" || !listed.has(id));
}

function groups(cases: readonly HostileCase[]): [string, string[]][] {
  const byGroup = new Map<string, string[]>();
  for (const { group, id } of cases) byGroup.set(group, [...(byGroup.get(group) ?? []), id]);
  return [...byGroup];
}

function tookMs(fate: Fate | undefined): number {
  if (!fate || "died" in fate) return 0;
  return "killed" in fate ? fate.afterMs : fate.tookMs;
}
