import { UsageError } from "../errors.ts";
import { type Admission, type Isolation, sharedRuntime } from "../isolation/index.ts";
import { claimedRunId, copiedBytes } from "../snapshots/index.ts";
import { createToolTable, searchTools, type ToolMatch, type ToolTable } from "../tools/index.ts";
import { copiedAnswers } from "./answers.ts";
import { EventLog } from "./events.ts";
import { Keys } from "./keys.ts";
import { type Limits, resolveLimits } from "./limits.ts";
import { openRun } from "./open-run.ts";
import { checkResumeOptions, checkRunOptions, checkSandboxOptions, checkSessionOptions, epochMs } from "./options.ts";
import { ProgramRun } from "./program-run.ts";
import type { Running, RunSettings } from "./program-start.ts";
import { ResumedRun } from "./resumed-run.ts";
import { RunHandle } from "./run-handle.ts";
import { newRunId } from "./run-id.ts";
import type { Sandbox } from "./sandbox-types.ts";
import { SandboxSession } from "./session.ts";
import type { SessionHome } from "./session-run.ts";
import { openSession } from "./session-state.ts";
import type { Session, SessionOptions } from "./session-types.ts";
import { openSound } from "./sound-port.ts";
import type { Outcome, ResumeOptions, Run, RunOptions, SandboxOptions } from "./types.ts";

const NO_OPTIONS: RunOptions = Object.freeze({});

/**
 * Makes a sandbox: a set of tools, a policy and limits, against which any number of programs run. Cheap; machines
 * belong to the runtime that sandboxes share. Throws UsageError for wrong options.
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const limits = checkSandboxOptions(options);
  return new ToolSandbox(options, limits, createToolTable(options.tools ?? {}, options.globals));
}

class ToolSandbox implements Sandbox {
  private readonly options: SandboxOptions;
  private readonly limits: Readonly<Limits>;
  private readonly table: ToolTable;
  private readonly isolation: Isolation;
  private readonly admission: Admission;
  private readonly keys: Keys;
  private readonly runs = new Set<Running>();
  private readonly forget = (run: Running): void => void this.runs.delete(run);
  private own: RunSettings | undefined;
  private closed = false;

  constructor(options: SandboxOptions, limits: Readonly<Limits>, table: ToolTable) {
    this.options = options;
    this.limits = limits;
    this.table = table;
    const { admission, inline, isolation } = options.runtime ?? sharedRuntime();
    this.isolation = options.isolation === "inline" ? (inline ?? isolation) : isolation;
    if (options.isolation === "thread" && inline === isolation) {
      throw new UsageError('the runtime has no threads: leave out isolation: "thread", or give a runtime that has');
    }
    this.admission = admission;
    this.keys = new Keys(options.snapshotKey);
  }

  run(source: string, options: RunOptions = NO_OPTIONS): Promise<Outcome> {
    // Not async: a promise around the outcome, with all that ties them, would stay as long as the run.
    try {
      return this.begin(source, options, undefined).outcome;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  start(source: string, options: RunOptions = NO_OPTIONS): Run {
    return new RunHandle(this.begin(source, options, new EventLog()));
  }

  resume(snapshot: Uint8Array, options: ResumeOptions = {}): Run {
    this.refuseIfClosed();
    checkResumeOptions(options);
    const answers = copiedAnswers(options.answers);
    const bytes = copiedBytes(snapshot);
    const claimed = options.fork ? undefined : claimedRunId(bytes);
    const run: Run = new ResumedRun(claimed ?? newRunId(), async (events, cancelled) => {
      const table = this.tableWith(options.globals);
      const opened = await openRun(bytes, {
        options: this.options,
        isolation: this.isolation,
        keys: this.keys,
        table,
        how: options,
      });
      const { limits, timezone } = opened.state;
      const { generation, startedAt } = opened.meta;
      const identity = named({ id: run.id, startedAt, generation: generation + 1 }, opened.meta);
      const beginning = { opened, answers };
      const settings = this.settings(table, limits, timezone, () => this.runs.delete(run));
      return new ProgramRun({ beginning, events, identity, options, cancelled: cancelled() }, settings);
    });
    this.runs.add(run);
    void run.outcome.then(() => this.runs.delete(run));
    return run;
  }

  session(options: SessionOptions = {}): Session {
    this.refuseIfClosed();
    checkSessionOptions(options);
    const { globals, snapshot } = options;
    const limits = resolveLimits(options.limits, this.limits);
    const identity = named({ id: newRunId(), startedAt: Date.now() }, options);
    const opener = { options: this.options, isolation: this.isolation, keys: this.keys, how: options };
    const table = this.tableWith(globals);
    const opening = "snapshot" in options ? openSession(copiedBytes(snapshot), { ...opener, table }) : undefined;
    return new SandboxSession(this.sessionHome(), { identity, limits, globals, opening });
  }

  search(query: string, options: { limit?: number } = {}): ToolMatch[] {
    return searchTools(this.table, query, options);
  }

  async close(): Promise<void> {
    this.closed = true;
    // Those that came last first: else the places that become free would go to runs that wait and end as well.
    const runs = [...this.runs].reverse();
    for (const run of runs) run.cancel("the sandbox was closed");
    await Promise.all(runs.map((run) => run.outcome));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private begin(source: string, options: RunOptions, events: EventLog | undefined): ProgramRun {
    this.refuseIfClosed();
    checkRunOptions(source, options);
    const { comments = false, input, now, track = false } = options;
    const settings = this.settingsFor(options);
    const identity = named({ id: newRunId(), startedAt: Date.now(), generation: 0 }, options);
    const how = { comments, jsx: options.jsx ?? settings.jsx, track };
    const beginning = { source, how, input, ...(now !== undefined && { nowMs: epochMs(now) }) };
    const run = new ProgramRun({ beginning, events, identity, options }, settings);
    if (!run.isOver()) this.runs.add(run);
    return run;
  }

  /** Most runs have no limits and globals of their own, and share what they have. */
  private settingsFor({ globals, limits }: RunOptions): RunSettings {
    const { forget, options, table } = this;
    if (!globals && !limits) {
      this.own ??= this.settings(table, this.limits, options.timezone, forget);
      return this.own;
    }
    return this.settings(this.tableWith(globals), resolveLimits(limits, this.limits), options.timezone, forget);
  }

  private sessionHome(): SessionHome {
    const { isolation, keys, runs } = this;
    return {
      ...{ isolation, keys, runs },
      refuseIfClosed: () => this.refuseIfClosed(),
      tableWith: (globals) => this.tableWith(globals),
      settings: (table, limits) => this.settings(table, limits, this.options.timezone, () => undefined),
    };
  }

  private refuseIfClosed(): void {
    if (this.closed) throw new UsageError("the sandbox is closed: make a new one");
  }

  private tableWith(globals: Record<string, unknown> | undefined): ToolTable {
    if (!globals) return this.table;
    return createToolTable(this.options.tools ?? {}, { ...this.options.globals, ...globals });
  }

  private settings(
    table: ToolTable,
    limits: Readonly<Limits>,
    timezone: string | undefined,
    ended: (run: Running) => void,
  ): RunSettings {
    const { allowEval = false, jsx = false, policy, settleMs = 5_000, sleepInlineMs = 10_000 } = this.options;
    return {
      ...{ table, limits, policy, allowEval, jsx, timezone, settleMs, sleepInlineMs, ended },
      admission: this.admission,
      open: (need) => openSound(this.isolation, need),
      seal: (snapshot) => this.keys.seal(snapshot),
    };
  }
}

/** What names a run or session, beside its id. */
interface Names {
  readonly name?: string;
  readonly tenant?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function named<T extends object>(identity: T, { labels, name, tenant }: Names): T & Names {
  if (name === undefined && tenant === undefined && labels === undefined) return identity;
  return {
    ...identity,
    ...(name !== undefined && { name }),
    ...(tenant !== undefined && { tenant }),
    ...(labels !== undefined && { labels: { ...labels } }),
  };
}
