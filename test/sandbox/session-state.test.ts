import { afterAll, describe, expect, test } from "vitest";
import { failureOf } from "../support.ts";
import { outcomeValue, sessionSandbox, value } from "./sessions.ts";

const { refunds, sandbox } = sessionSandbox();
afterAll(() => sandbox.close());

describe("the state of a session", () => {
  test("is a snapshot: of what never ran, of what ran, of what grew", async () => {
    const empty = sandbox.session({ snapshot: await sandbox.session().snapshot() });
    expect(await value(empty, "[typeof a, config.rate]")).toEqual(["undefined", 2]);
    const session = sandbox.session();
    await session.run(
      "const rows = Array.from({ length: 50_000 }, (_, id) => ({ id })); const byId = new Map(rows.map((row) => [row.id, row]))",
    );
    const bytes = await session.snapshot();
    const again = sandbox.session({ snapshot: bytes });
    expect(await value(again, "rows[7].seen = true; [rows.length, byId.get(7).seen, config.rate]")).toEqual([
      50_000,
      true,
      2,
    ]);
    expect(await value(session, "rows[7].seen === undefined")).toBe(true);
    expect(await value(sandbox.session({ snapshot: bytes }), "typeof rows[7].seen")).toBe("undefined");
  });

  test("holds nothing that nobody refers to any more", async () => {
    const session = sandbox.session();
    const size = async () => (await session.snapshot()).length;
    await session.run("let kept = 1; let cycle");
    const before = await size();
    for (let times = 0; times < 20; times++) {
      await session.run(
        "cycle = { text: 'abcdefghij'.repeat(500) + Math.random() }; cycle.self = () => cycle; cycle = undefined",
      );
    }
    expect((await size()) - before).toBeLessThan(2000);
  });

  test("keeps the memory limit of the session that it is of", async () => {
    const session = sandbox.session({ limits: { memoryBytes: 100 << 20 } });
    await session.run("let big = new Uint8Array(80 << 20).fill(1)");
    const again = sandbox.session({ snapshot: await session.snapshot() });
    expect(await value(again, "big[5] + big.length")).toBe((80 << 20) + 1);
  }, 20_000);

  test("too large for a snapshot is told", async () => {
    const session = sandbox.session({ limits: { snapshotBytes: 2000 } });
    await expect(session.snapshot()).resolves.toBeInstanceOf(Uint8Array);
    await session.run("let noise = Array.from({ length: 2000 }, Math.random)");
    await expect(session.snapshot()).rejects.toMatchObject({ failure: { code: "snapshot_limit" } });
    expect(await value(session, "noise.length")).toBe(2000);
  });

  test("forks into sessions that go their own ways", async () => {
    const session = sandbox.session();
    await session.run("let list = [1]; const add = (n) => list.push(n)");
    const [one, two] = await Promise.all([session.fork(), session.fork()]);
    await Promise.all([one.run("add(2)"), two.run("add(3); list = list.map(String)"), session.run("add(4)")]);
    expect(await Promise.all([one, two, session].map((each) => value(each, "list")))).toEqual([
      [1, 2],
      ["1", "3"],
      [1, 4],
    ]);
  });
});

describe("a suspended run of a session", () => {
  const waiting = "const order = 'A1'\nconst answer = await tools.refund({ order })\nlet done = true\nanswer";

  test("is resumed by answers; until then the session runs nothing else", async () => {
    refunds.length = 0;
    const session = sandbox.session();
    const outcome = await session.run(waiting);
    if (outcome.status !== "suspended") throw new Error(outcome.status);
    const [call] = outcome.pending;
    expect(call).toMatchObject({ tool: "refund", kind: "approval", line: 2 });
    await expect(session.run("1")).rejects.toThrow(/a run of the session is suspended/);
    expect((await session.variables()).map(({ name, preview }) => [name, preview])).toEqual([
      ["order", '"A1"'],
      ["answer", "undefined"],
      ["done", "undefined"],
    ]);
    expect((await session.resume({})).status).toBe("suspended");
    const resumed = await session.resume({ [call!.id]: { approve: true } });
    expect(outcomeValue(resumed)).toBe("refunded A1");
    expect(resumed.runId).toBe(outcome.runId);
    expect(await value(session, "[order, answer, done]")).toEqual(["A1", "refunded A1", true]);
    expect(refunds).toEqual(["A1"]);
  });

  test("is carried by a snapshot and by the outcome's own bytes, and may be forked", async () => {
    refunds.length = 0;
    const session = sandbox.session();
    await session.run("let before = 1");
    const outcome = await session.run(waiting);
    if (outcome.status !== "suspended") throw new Error(outcome.status);
    const id = outcome.pending[0]!.id;
    for (const bytes of [outcome.snapshot, await session.snapshot()]) {
      const again = sandbox.session({ snapshot: bytes });
      expect((await again.resume({ [id]: { deny: "no" } })).status).toBe("failed");
      expect(await value(again, "[before, order, typeof done]")).toEqual([1, "A1", "undefined"]);
    }
    const fork = await session.fork();
    const forked = await fork.resume({ [id]: { value: "by hand" } });
    expect(outcomeValue(forked)).toBe("by hand");
    expect(forked.runId).not.toBe(outcome.runId);
    expect(outcomeValue(await session.resume({ [id]: { approve: true } }))).toBe("refunded A1");
    expect(refunds).toEqual(["A1"]);
  });

  test("that breaks its machine when it is resumed leaves the session as it was before", async () => {
    const session = sandbox.session();
    const outcome = await session.run("let a = 1; const answer = await tools.refund({ order: 'B' }); for (;;);", {
      limits: { cpuMs: 200 },
    });
    if (outcome.status !== "suspended") throw new Error(outcome.status);
    const id = outcome.pending[0]!.id;
    expect(failureOf(await session.resume({ [id]: { value: 1 } })).code).toBe("cpu_limit");
    const again = sandbox.session({ snapshot: await session.snapshot() });
    await expect(again.run("1")).rejects.toThrow(/suspended/);
  });
});
