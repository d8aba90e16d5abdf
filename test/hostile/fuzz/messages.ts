import {
  createRuntime,
  createSandbox,
  defineTool,
  type Outcome,
  type Sandbox,
  type ToolContext,
  type ToolTree,
} from "../../../src/index.ts";
import { failureOf } from "../../support.ts";
import { type IsolationName, isolated } from "../isolations.ts";
import { Random } from "./random.ts";
import { tamperedRuntime } from "./tampering.ts";

const SOURCES: readonly string[] = [
  "const all = await Promise.all([1, 2, 3].map((n) => tools.slow(n))); console.log(all); return all",
  "let n = 0; for (let i = 0; i < 5; i++) n += await tools.echo(i); return n",
  "for await (const part of tools.stream(5)) console.log(part); return 1",
  "setTimeout(() => console.log('due'), 2); await sleep(5); const x = yield 1; return x",
  "const x = { a: [1, 2n] }; await emit(x); try { await tools.fail() } catch (e) { return e.message }",
  "await tools.never()",
  "throw new TypeError('no')",
  "return [new Date(0), new Map([[1, 2]])]",
  "await Promise.all([tools.later(), sleep(1e9)])",
  "return }",
];
const RUNS = 25;
const LIMITS = { wallMs: 150, cpuMs: 100 };
/** What reading the variables of a tracked program may take, and waiting for calls while suspending. */
const SLACK_MS = 3_500;

/** Programs on machines whose reports are changed, repeated, late or invented: the host lives, and all its promises settle. */
export async function messagesRound(seed: string, isolation: IsolationName): Promise<string[]> {
  const random = new Random(seed);
  const runtime = createRuntime();
  const uses: Use[] = [];
  const tools = toolsThatTell(uses);
  const options = { tools, limits: LIMITS, settleMs: 50, ...isolated(isolation) };
  const sandbox = createSandbox({ ...options, runtime: tamperedRuntime(runtime, random, random.pick([0.1, 0.4])) });
  const found: string[] = [];
  for (let times = 0; times < RUNS; times++) found.push(...(await oneRun(sandbox, uses, random)));
  found.push(...(await settles("closing the sandbox", () => sandbox.close())));
  const sound = createSandbox({ ...options, runtime });
  const next = await sound.run("return (await tools.echo(41)) + 1", { limits: { wallMs: 10_000, cpuMs: 5_000 } });
  if (next.status !== "completed" || next.value !== 42)
    found.push(`afterwards a sound run gave ${failureOf(next).message}`);
  await sound.close();
  runtime.close();
  return found;
}

/** A use of a tool: whether it ended, and what tells it of the end of its run. */
interface Use {
  readonly signal: AbortSignal;
  isDone: boolean;
}

function toolsThatTell(uses: Use[]): ToolTree {
  const told = (run: (input: unknown, context: ToolContext) => unknown) =>
    defineTool({
      run: async (input, context) => {
        const use = { signal: context.signal, isDone: false };
        uses.push(use);
        try {
          return await run(input, context);
        } finally {
          use.isDone = true;
        }
      },
    });
  return {
    echo: told((value) => value),
    slow: told((value) => new Promise((resolve) => setTimeout(() => resolve(value), 3))),
    never: told(() => new Promise(() => {})),
    later: told((_, context) => context.defer()),
    fail: told(() => Promise.reject(new Error("no"))),
    stream: told(async function* () {
      for (let part = 0; part < 4; part++) yield part;
    }),
  };
}

async function oneRun(sandbox: Sandbox, uses: Use[], random: Random): Promise<string[]> {
  uses.length = 0;
  const source = random.pick(SOURCES);
  const found: string[] = [];
  if (random.chance(0.3)) {
    found.push(...(await settles(`a session with ${source}`, () => sessionOf(sandbox, source))));
  } else {
    const run = sandbox.start(source, { track: random.chance(0.2), onYield: (value) => value });
    const events = settles(`the events of ${source}`, async () => {
      for await (const event of run) void event;
    });
    if (random.chance(0.3)) setTimeout(() => run.suspend().catch(() => undefined), random.below(10));
    found.push(...(await settles(source, () => run.outcome)), ...(await events));
  }
  if (uses.some(({ isDone, signal }) => !isDone && !signal.aborted))
    found.push(`a tool of ${source} was never told of the end`);
  return found;
}

async function sessionOf(sandbox: Sandbox, source: string): Promise<Outcome[]> {
  const session = sandbox.session();
  const outcomes = [await session.run(source), await session.run("1 + 1").catch(refused)];
  await session.variables().catch(refused);
  await session.snapshot().catch(refused);
  await session.close();
  return outcomes;
}

/** What a session refuses is an error of ours. */
function refused(error: Error): never {
  if (!["UsageError", "RunError", "SnapshotError"].includes(error.name)) throw error;
  return undefined as never;
}

async function settles(what: string, begin: () => Promise<unknown>): Promise<string[]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([`${what}: did not settle`]), LIMITS.wallMs * 4 + SLACK_MS);
  });
  const settled = begin().then(
    () => [],
    (error: Error) => [`${what}: rejected with ${error.stack ?? error}`],
  );
  const found = await Promise.race([settled, late]);
  clearTimeout(timer);
  return found;
}
