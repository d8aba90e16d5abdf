import { expect, test } from "vitest";
import { createSandbox, defineTool, hostObject, RunExit } from "../../src/index.ts";
import { sleep } from "../support.ts";
import { suspended } from "./suspended.ts";

const snapshotKey = new Uint8Array(32).fill(5);

test("a part that a stream gives while a batch is committed is in its snapshot, whenever that is taken", async () => {
  async function* pages() {
    yield 1;
    yield 2;
  }
  const source =
    "const s = await tools.pages(); const p = s.next(); const c = tools.other(); return await Promise.allSettled([p, c])";
  for (let turns = 0; turns < 14; turns++) {
    await using sandbox = createSandbox({ snapshotKey, tools: { pages, other: () => "o" } });
    let snapshot = new Uint8Array();
    await sandbox.run(source, {
      beforeCalls: async (batch) => {
        if (batch.calls[0]?.tool !== "other") return;
        for (let i = 0; i < turns; i++) await undefined;
        snapshot = new Uint8Array(await batch.snapshot());
      },
    });
    const answers = { 2: { value: "x" }, 3: { value: "x" }, 4: { value: "x" } };
    expect(await sandbox.resume(snapshot, { answers }).outcome).toMatchObject({ status: "completed" });
  }
});

test("a snapshot given as an ArrayBuffer is the same run, and may be reused at once", async () => {
  const keys: string[] = [];
  const work = defineTool({
    run: (_: unknown, context) => {
      keys.push(context.idempotencyKey);
      return keys.length > 1 ? 1 : context.defer();
    },
  });
  await using sandbox = createSandbox({ snapshotKey, tools: { work } });
  const { runId, snapshot } = suspended(await sandbox.run("return await tools.work({})"));
  const buffer = snapshot.slice().buffer;
  const run = sandbox.resume(buffer as unknown as Uint8Array, { answers: { 1: { reissue: true } } });
  new Uint8Array(buffer).fill(0);
  expect(await run.outcome).toMatchObject({ status: "completed", runId });
  expect(keys).toEqual([`${runId}:1`, `${runId}:1`]);
});

test("beforeCalls has its time also after an approval, for which the clock stood", async () => {
  let batches = 0;
  const tools = { work: defineTool({ approval: true, run: () => 1 }) };
  await using sandbox = createSandbox({ tools });
  const outcome = await sandbox.run("return await tools.work({})", {
    limits: { wallMs: 200 },
    onApproval: async () => ({ approve: true }),
    beforeCalls: () => (batches++ > 0 ? new Promise<void>(() => undefined) : undefined),
  });
  expect(outcome).toMatchObject({ status: "failed", error: { code: "wall_limit" } });
});

test("whatever beforeCalls or onApproval throw or answer, the run ends or goes on", async () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const tools = { work: defineTool({ approval: true, run: () => 1 }) };
  await using sandbox = createSandbox({ tools });
  for (const thing of [Object.create(null), { message: Symbol("x") }, revoked.proxy]) {
    const fail = () => {
      throw thing;
    };
    const source = "return await tools.work({})";
    expect(await sandbox.run(source, { beforeCalls: fail })).toMatchObject({ error: { code: "cancelled" } });
    expect(await sandbox.run(source, { onApproval: fail })).toMatchObject({ error: { code: "denied" } });
    const odd = await sandbox.run(source, {
      onApproval: async () =>
        ({
          get approve() {
            throw thing;
          },
        }) as never,
    });
    expect(odd).toMatchObject({ error: { code: "denied" } });
  }
});

test("a run that is cancelled as soon as it is resumed does nothing any more", async () => {
  const written: unknown[] = [];
  const globals = () => ({
    o: hostObject({
      properties: { n: { value: 1, writable: true } },
      onWrite: ({ after }) => void written.push(after),
    }),
  });
  const tools = {
    later: defineTool({ run: (_: unknown, context) => context.defer() }),
    work: () => written.push("called"),
  };
  await using sandbox = createSandbox({ snapshotKey, tools });
  const source = "await tools.later({}); o.n = 7; await tools.work(); return 1";
  const { snapshot } = suspended(await sandbox.run(source, { globals: globals() }));
  const run = sandbox.resume(snapshot, { globals: globals(), answers: { 1: { value: 1 } } });
  run.cancel("never mind");
  expect(await run.outcome).toMatchObject({
    status: "failed",
    error: { code: "cancelled" },
    calls: [{ tool: "later" }],
  });
  await sleep(5);
  expect(written).toEqual([]);
});

test("an approval check cannot defer its call, not even later: a no stays a no", async () => {
  const pay = defineTool({
    approval: (_: unknown, context) => {
      setTimeout(() => {
        try {
          context.defer();
        } catch {
          // that it throws is all right
        }
      }, 5);
      return true;
    },
    run: () => "paid",
  });
  await using sandbox = createSandbox({ tools: { pay } });
  const onApproval = async () => {
    await sleep(30);
    return { deny: "no" };
  };
  expect(await sandbox.run("return await tools.pay({})", { onApproval })).toMatchObject({ error: { code: "denied" } });
});

test("a stream may end the run; the program cannot catch it", async () => {
  async function* parts() {
    yield 1;
    throw new RunExit("bye", { x: 1 });
  }
  async function* none() {
    if (Date.now() > 0) throw new RunExit("at once");
    yield 1;
  }
  await using sandbox = createSandbox({ tools: { parts, none } });
  const read = (name: string) => `try { for await (const x of tools.${name}()); } catch (e) { return "caught" }`;
  expect(await sandbox.run(read("parts"))).toMatchObject({
    status: "completed",
    exit: { name: "bye", data: { x: 1 } },
  });
  expect(await sandbox.run(read("none"))).toMatchObject({ status: "completed", exit: { name: "at once" } });
});

test("a failed call that is iterated leaves no rejection behind", async () => {
  const fail = () => {
    throw new Error("x");
  };
  await using sandbox = createSandbox({ tools: { fail } });
  const source = "try { for await (const x of tools.fail()) {} } catch (e) { return e.message }";
  expect(await sandbox.run(source)).toMatchObject({ value: "x", warnings: [] });
});

test("a stream that comes when the run is over is ended at once", async () => {
  const log: string[] = [];
  const late = async () => {
    await sleep(30);
    return {
      [Symbol.asyncIterator]() {
        log.push("opened");
        return {
          next: () => new Promise<never>(() => undefined),
          return: async () => {
            log.push("returned");
            return { done: true as const, value: undefined };
          },
        };
      },
    };
  };
  await using sandbox = createSandbox({ tools: { late } });
  const run = sandbox.start("for await (const x of tools.late());");
  setTimeout(() => run.cancel(), 5);
  await run.outcome;
  await sleep(60);
  expect(log).toEqual(["opened", "returned"]);
});

test("the time limit of a tool does not outlive its run", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const tools = { slow: defineTool({ timeoutMs: 600_000, run: () => new Promise(() => undefined) }) };
  const sandbox = createSandbox({ tools });
  const before = timers();
  const run = sandbox.start("return await tools.slow({})");
  for await (const event of run) if (event.type === "call") break;
  await sleep(5);
  await sandbox.close();
  expect(timers()).toBe(before);
});
