import { createSandbox, type Limits, type Outcome, type Run, type RunEvent, type Sandbox } from "../index.ts";
import { formatValue, type HostOptions, type Suspended } from "../sandbox/index.ts";
import { ApprovalDesk } from "./approvals.ts";
import type { ProgramCommand } from "./arguments.ts";
import { CallLines } from "./call-lines.ts";
import { type CliContext, createPaint, isLive, type Paint } from "./output.ts";
import { logLine, noteLine } from "./print.ts";
import { countServers, readServerFiles, type ServerFile, type Servers, startServers } from "./servers.ts";
import type { SnapshotFile } from "./snapshot-file.ts";
import { instant, oneLine } from "./text.ts";
import { askPolicy, checkGlobs } from "./tool-globs.ts";
import { userName } from "./user.ts";

/** The longest delay that a platform timer takes. */
const MAX_PLATFORM_MS = 2 ** 31 - 1;
const ALL_TOOLS = 1_000_000;

/** What a program is carried out with. */
export interface Program {
  readonly command: ProgramCommand;
  readonly source: string;
  readonly limits?: Partial<Limits>;
  /** Seals what is written to `store`. */
  readonly key?: Uint8Array;
  /** Where the run is kept. Absent: sleeps are waited for. */
  readonly store?: SnapshotFile;
  /** Whether somebody can be asked. */
  readonly asks: boolean;
  begin(sandbox: Sandbox, host: HostOptions): Run;
}

/** Starts the servers, runs the program to its outcome, showing what happens, and ends the servers. Throws CliError. */
export async function carryOut(program: Program, context: CliContext): Promise<Outcome> {
  const { command, key, limits = {} } = program;
  const { env, signal, stderr } = context;
  const files = await readServerFiles(command.mcp);
  const paint = createPaint(stderr, env);
  const lines = new CallLines(stderr, { live: isLive(stderr, env) && !command.json, paint });
  const servers = await whileShown(lines, files, startServers(files, signal));
  try {
    // Also with --json: the outcome doesn't tell it.
    for (const warning of servers.warnings) stderr.write(noteLine(warning, paint));
    const policy = askPolicy(command.ask);
    const sandbox = createSandbox({
      tools: servers.tools,
      limits,
      ...(policy && { policy }),
      ...(key && { snapshotKey: key }),
    });
    checkAsks(command, servers, sandbox);
    return await new Conductor(program, { context, lines, paint, sandbox }).outcome();
  } finally {
    lines.close();
    await servers.close();
  }
}

/** Shows a line while servers are starting. */
export async function whileShown<T>(lines: CallLines, files: readonly ServerFile[], promise: Promise<T>): Promise<T> {
  const count = countServers(files);
  const done = count === 0 ? undefined : lines.wait(`starting ${count} MCP server${count === 1 ? "" : "s"}`);
  return await promise.finally(done);
}

/** The tools of servers that did not start are unknown: nothing can be said about them then. */
function checkAsks({ ask }: ProgramCommand, { statuses }: Servers, sandbox: Sandbox): void {
  if (ask.length === 0 || statuses.some(({ state }) => state === "failed")) return;
  const tools = sandbox.search("", { limit: ALL_TOOLS });
  checkGlobs(
    ask,
    tools.map(({ name }) => name),
  );
}

interface Surroundings {
  readonly context: CliContext;
  readonly lines: CallLines;
  readonly paint: Paint;
  readonly sandbox: Sandbox;
}

/** Carries a program over its suspensions as long as it can go on by itself. */
class Conductor {
  private readonly program: Program;
  private readonly around: Surroundings;
  private readonly desk: ApprovalDesk | undefined;
  private suspended = false;

  constructor(program: Program, around: Surroundings) {
    this.program = program;
    this.around = around;
    const { lines, paint } = around;
    const { env, keyboard, stderr } = around.context;
    if (!program.asks || !keyboard) return;
    this.desk = new ApprovalDesk({ keyboard, lines, paint, output: stderr, source: program.source, by: userName(env) });
  }

  async outcome(): Promise<Outcome> {
    const { sandbox } = this.around;
    const { store } = this.program;
    let run = this.program.begin(sandbox, this.host());
    const timer = this.suspendAfter(() => run);
    try {
      for (;;) {
        const outcome = await this.watch(run);
        if (outcome.status !== "suspended") return outcome;
        // What could not be written is told by the store; the version before still stands.
        await store?.write(outcome.snapshot).catch(() => undefined);
        const wakeAt = this.wakeAt(outcome);
        if (wakeAt === undefined) return outcome;
        if (!(await this.sleep(wakeAt)))
          return this.suspended ? outcome : cancelled(outcome, this.around.context.signal);
        run = sandbox.resume(outcome.snapshot, { ...this.host(), onToolChange: "accept" });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private host(): HostOptions {
    const { desk } = this;
    const { store } = this.program;
    return {
      signal: this.around.context.signal,
      ...(desk && { onApproval: (call) => desk.ask(call) }),
      // Whoever kills this process finds in the file which calls may have run.
      ...(store && { beforeCalls: async (batch) => store.write(await batch.snapshot()) }),
    };
  }

  private async watch(run: Run): Promise<Outcome> {
    for await (const event of run) {
      this.desk?.event(event);
      if (!this.program.command.json) this.show(event);
    }
    this.desk?.close();
    return await run.outcome;
  }

  private show(event: RunEvent): void {
    const { lines, paint } = this.around;
    if (event.type === "call") lines.call(event.call);
    else if (event.type === "progress") lines.progress(event.callId, event.progress);
    else if (event.type === "log") lines.write(logLine(event.entry, paint));
    else if (event.type === "yield") lines.write(`${paint.cyan("yield")} ${oneLine(formatValue(event.value))}\n`);
  }

  private suspendAfter(run: () => Run): ReturnType<typeof setTimeout> | undefined {
    const { suspendAfterMs } = this.program.command;
    if (suspendAfterMs === undefined) return undefined;
    return setTimeout(() => {
      this.suspended = true;
      this.wakeUp();
      void run().suspend();
    }, suspendAfterMs);
  }

  /** When the run can go on by itself, if it is to be waited for. */
  private wakeAt({ pending }: Suspended): number | undefined {
    const { command, store } = this.program;
    if (this.suspended || store?.problem || (store && !command.wait)) return undefined;
    const times = pending.flatMap(({ wakeAt }) => (wakeAt === undefined ? [] : [wakeAt]));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Ends a sleep early. */
  private wakeUp: () => void = () => undefined;

  /** Waits until then; false if something else ended it. */
  private async sleep(until: number): Promise<boolean> {
    const { context, lines, paint } = this.around;
    const text = `sleeping until ${instant(until)}`;
    const awake = lines.wait(text);
    if (!this.program.command.json && !isLive(context.stderr, context.env)) lines.write(`${paint.dim(text)}\n`);
    const { signal } = context;
    while (Date.now() < until && !signal.aborted && !this.suspended) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(until - Date.now(), MAX_PLATFORM_MS));
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener("abort", this.wakeUp, { once: true });
      });
    }
    awake();
    return !signal.aborted && !this.suspended;
  }
}

/** The outcome of a run that was ended while it slept. */
function cancelled({ pending: _, snapshot: __, ...report }: Suspended, { reason }: AbortSignal): Outcome {
  const message = `the run was cancelled: ${(reason as Error)?.message ?? reason}`;
  return { ...report, status: "failed", error: { code: "cancelled", name: "AbortError", message } };
}
