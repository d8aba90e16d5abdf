// What the soak runs: each takes a sandbox of a tenant and throws if something is not as it must be.
import { createRuntime, createSandbox, defineTool, RunExit } from "../../dist/index.js";

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** What is never settled, and told of the end of its run. */
const untilAborted = (signal) => new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));

/** What all sandboxes share, those of nested runs too. */
export const runtime = createRuntime();

/** The tools of every tenant. */
export const tools = {
  add: async (a, b) => a + b,
  slow: defineTool({ run: (value) => wait(2).then(() => value) }),
  never: defineTool({ run: (_, { signal }) => untilAborted(signal) }),
  later: defineTool({ run: (_, { defer }) => defer() }),
  ask: defineTool({ approval: true, run: (value) => value }),
  fail: async () => {
    throw Object.assign(new Error("no"), { code: "E_NO", data: { why: "soak" } });
  },
  leave: async () => {
    throw new RunExit("left", 1);
  },
  parts: defineTool({
    async *run(count) {
      for (let part = 0; part < count; part++) yield { part };
    },
  }),
  /** A run inside a run. */
  nested: async (source) => {
    const inner = createSandbox({ runtime, tools: { add: async (a, b) => a + b } });
    const outcome = await inner.run(source);
    await inner.close();
    return outcome.value;
  },
};

/** Programs that complete with a known value. */
const VALUES = [
  ["return 1", 1],
  ["return await tools.add(20, 22)", 42],
  ["let n = 0; for (let i = 0; i < 10; i++) n = await tools.add(n, i); return n", 45],
  ["return (await Promise.all([1, 2, 3].map((n) => tools.slow(n)))).length", 3],
  ["let n = 0; for await (const { part } of tools.parts(5)) n += part; return n", 10],
  ["for await (const { part } of tools.parts(1000)) if (part === 2) return part", 2],
  ["const all = new Map([[1, new Set([2n])]]); console.log(all); return all.size", 1],
  ["const rows: { n: number }[] = Array.from({ length: 200 }, (_, n) => ({ n })); return rows.length", 200],
  ["await sleep(1); const every = setInterval(() => 0, 1000); clearInterval(every); return 5", 5],
  ["const answer = yield { question: 1 }; return answer", 7],
  ["try { await tools.fail() } catch (error) { return error.code + error.data.why }", "E_NOsoak"],
  ["return await tools.nested('return await tools.add(2, 3)')", 5],
  ["setTimeout(() => 0, 1e6); tools.never(); return 6", 6],
  ["return 'x'.repeat(200000).length", 200_000],
];
/** Programs that fail with a known code. */
const FAILURES = [
  ["throw new TypeError('no')", "threw"],
  ["return }", "syntax_error"],
  ["await new Promise(() => {})", "deadlock"],
  ["return 'x'.repeat(3e6)", "result_limit"],
  ["return () => 1", "unserializable"],
  ["for (let i = 0; ; i++) await tools.add(i, 1)", "call_limit"],
  ["const f = () => f(); return f()", "stack_limit"],
];
/** Programs that a limit of the run ends; each takes as long as that limit. */
const LIMITED = [
  ["for (;;);", ["cpu_limit", "wall_limit"]],
  ["for (;;) await null", ["cpu_limit", "wall_limit"]],
  ["await tools.never()", ["wall_limit"]],
  ["const all = []; for (;;) all.push(new Array(1000).fill(1))", ["memory_limit", "cpu_limit", "wall_limit"]],
];
/** Programs that nothing in their thread can end. */
const UNPOLLED = [
  "const a = []; a.length = 2 ** 32 - 1; a.sort()",
  "const x = 3n ** 100000n; for (;;) x * x",
  "Array.prototype.reverse.call({ length: 2 ** 53 - 1 })",
];
const TIGHT = { wallMs: 60, cpuMs: 60, memoryBytes: 8 << 20 };

function demand(isSo, what, outcome) {
  if (isSo) return;
  const shown = outcome.status === "failed" ? outcome.error : { status: outcome.status, value: outcome.value };
  throw new Error(`${what}: ${JSON.stringify(shown)}`);
}

async function value({ sandbox, tenant, pick }) {
  const [source, expected] = pick(VALUES);
  const outcome = await sandbox.run(source, { tenant, onYield: () => 7 });
  demand(outcome.value === expected, source, outcome);
}

async function failure({ sandbox, tenant, pick }) {
  const [source, code] = pick(FAILURES);
  const outcome = await sandbox.run(source, { tenant, limits: { toolCalls: 20 } });
  demand(outcome.error?.code === code, source, outcome);
}

async function limited({ sandbox, tenant, pick }) {
  const [source, codes] = pick(LIMITED);
  const outcome = await sandbox.run(source, { tenant, limits: TIGHT });
  demand(codes.includes(outcome.error?.code), source, outcome);
}

async function unpolled({ sandbox, tenant, pick }) {
  const source = pick(UNPOLLED);
  const outcome = await sandbox.run(source, { tenant, limits: TIGHT });
  demand(["cpu_limit", "wall_limit"].includes(outcome.error?.code), source, outcome);
}

async function events({ sandbox, tenant }) {
  const run = sandbox.start("console.log(1); await tools.slow(1); await emit(2); return 3", {
    tenant,
    onYield: () => 0,
  });
  let seen = 0;
  for await (const event of run) seen += event.type.length;
  const outcome = await run.outcome;
  demand(outcome.value === 3 && seen > 0, "events", outcome);
}

async function cancelled({ sandbox, tenant, pick }) {
  const abort = new AbortController();
  const source = pick(["await tools.never()", "await sleep(1e4)", "for (;;) await tools.slow(1)"]);
  const run = sandbox.start(source, { tenant, signal: abort.signal, limits: { toolCalls: 10_000 } });
  setTimeout(() => abort.abort(), pick([0, 1, 3]));
  const outcome = await run.outcome;
  demand(outcome.error?.code === "cancelled", source, outcome);
}

async function suspended({ sandbox, tenant }) {
  const source = "const a = await tools.later(); const b = await tools.ask(2); await sleep(1e9); return a + b";
  let outcome = await sandbox.run(source, { tenant });
  while (outcome.status === "suspended") {
    const calls = outcome.pending.map(({ id, kind }) => [id, kind === "approval" ? { approve: true } : { value: 1 }]);
    outcome = await sandbox.resume(outcome.snapshot, { tenant, answers: Object.fromEntries(calls) }).outcome;
  }
  demand(outcome.value === 3, source, outcome);
}

async function session({ sandbox, tenant }) {
  const first = sandbox.session({ tenant });
  const run = async (session, source, expected) => {
    const outcome = await session.run(source);
    demand(outcome.value === expected, `session: ${source}`, outcome);
  };
  await run(first, "let total = 1; const add = (n) => (total += n)");
  const fork = await first.fork();
  await run(first, "add(1)", 2);
  await run(fork, "add(await tools.add(4, 5))", 10);
  const again = sandbox.session({ tenant, snapshot: await first.snapshot() });
  await run(again, "add(10)", 12);
  const known = await again.variables();
  if (known.length !== 2) throw new Error(`session: it tells ${known.length} variables`);
  await Promise.all([first.close(), fork.close(), again.close()]);
}

async function exit({ sandbox, tenant }) {
  const outcome = await sandbox.run("await tools.leave()", { tenant });
  demand(outcome.status === "completed" && outcome.exit?.name === "left", "exit", outcome);
}

async function closed({ isolation, tenant, pick }) {
  const own = createSandbox({ runtime, tools, isolation, limits: { memoryBytes: 16 << 20 } });
  const runs = [own.run("await tools.never()", { tenant }), own.run("return 1", { tenant })];
  setTimeout(() => own.close(), pick([0, 2]));
  for (const outcome of await Promise.all(runs)) {
    demand(outcome.value === 1 || outcome.error?.code === "cancelled", "a closed sandbox", outcome);
  }
}

/** What is run, and of a thousand how often. */
export const MIX = [
  [value, 760],
  [failure, 80],
  [events, 40],
  [cancelled, 30],
  [suspended, 30],
  [session, 25],
  [exit, 15],
  [closed, 10],
  [limited, 8],
  [unpolled, 2],
];
