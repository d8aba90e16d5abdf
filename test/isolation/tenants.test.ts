import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Tenants } from "../../src/isolation/tenants.ts";

let nowMs = 0;
beforeEach(() => {
  nowMs = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
});
afterEach(() => vi.restoreAllMocks());

const names = (tenants: Tenants) => [...tenants.all()].map(({ name }) => name);

test("time is there at once for a minute, comes back bit by bit, and what is owed is waited for", () => {
  const account = new Tenants({ cpuMsPerMinute: 6_000 }).accountFor("a");
  account.spend(5_999);
  expect(account.hasCredit).toBe(true);
  account.spend(1);
  expect(account.hasCredit).toBe(false);
  nowMs += 10;
  expect(account.hasCredit).toBe(true);
  account.spend(601);
  nowMs += 5_999;
  expect(account.hasCredit).toBe(false);
  nowMs += 2;
  expect(account.hasCredit).toBe(true);
  nowMs += 3_600_000;
  account.spend(6_000);
  expect([account.hasCredit, account.cpuMs]).toEqual([false, 12_601]);
});

test("limits that come later hold from then on, and those that go hold no longer", () => {
  let cpuMsPerMinute: number | undefined;
  const tenants = new Tenants(() => (cpuMsPerMinute === undefined ? undefined : { cpuMsPerMinute }));
  const account = tenants.accountFor("a");
  account.spend(1e9);
  expect(account.isHeld).toBe(false);
  cpuMsPerMinute = 100;
  expect(tenants.accountFor("a")).toBe(account);
  expect(account.isHeld).toBe(false);
  account.spend(100);
  expect(account.isHeld).toBe(true);
  cpuMsPerMinute = undefined;
  tenants.accountFor("a");
  expect(account.isHeld).toBe(false);
});

test("who has nothing going on for a minute is forgotten, but not who owes time", () => {
  const tenants = new Tenants({ cpuMsPerMinute: 60 });
  tenants.accountFor("a");
  const owing = tenants.accountFor("owing");
  owing.spend(120);
  const busy = tenants.accountFor("busy");
  tenants.woke(busy);
  nowMs += 30_000;
  tenants.accountFor("b");
  nowMs += 30_001;
  expect(names(tenants)).toEqual(["owing", "busy", "b"]);
  nowMs += 120_000;
  expect(names(tenants)).toEqual(["busy"]);
  tenants.rested(busy);
  nowMs += 60_000;
  expect(names(tenants)).toEqual([]);
});

test("of a flood of names only some are remembered, and none that owes time is lost", () => {
  const tenants = new Tenants({ cpuMsPerMinute: 60 });
  tenants.accountFor("owing").spend(61);
  for (let at = 0; at < 50_000; at++) tenants.accountFor(`tenant ${at}`);
  const known = names(tenants);
  expect(known.length).toBeLessThanOrEqual(10_000);
  expect([known[0], known.at(-1)]).toEqual(["owing", "tenant 49999"]);
});
