import { UsageError } from "../errors.ts";
import { type Isolation, sharedRuntime } from "../isolation/index.ts";
import { createToolTable, searchTools, type ToolMatch, type ToolTable } from "../tools/index.ts";
import { type Limits, resolveLimits } from "./limits.ts";
import { checkRunOptions, checkSandboxOptions } from "./options.ts";
import { ProgramRun } from "./program-run.ts";
import type { Outcome, Run, RunOptions, Sandbox, SandboxOptions } from "./types.ts";

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
  private readonly runs = new Set<Run>();
  private closed = false;

  constructor(options: SandboxOptions, limits: Readonly<Limits>, table: ToolTable) {
    this.options = options;
    this.limits = limits;
    this.table = table;
    this.isolation = (options.runtime ?? sharedRuntime()).isolation;
  }

  async run(source: string, options: RunOptions = {}): Promise<Outcome> {
    return this.begin(source, options, false).outcome;
  }

  start(source: string, options: RunOptions = {}): Run {
    return this.begin(source, options, true);
  }

  search(query: string, options: { limit?: number } = {}): ToolMatch[] {
    return searchTools(this.table, query, options);
  }

  async close(): Promise<void> {
    this.closed = true;
    const outcomes = [...this.runs].map((run) => run.outcome);
    for (const run of this.runs) run.cancel("the sandbox was closed");
    await Promise.all(outcomes);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private begin(source: string, options: RunOptions, withEvents: boolean): ProgramRun {
    if (this.closed) throw new UsageError("the sandbox is closed: make a new one");
    checkRunOptions(source, options);
    const { allowEval = false, globals, policy, timezone, tools = {} } = this.options;
    const settings = {
      table: options.globals ? createToolTable(tools, { ...globals, ...options.globals }) : this.table,
      limits: resolveLimits(options.limits, this.limits),
      policy,
      allowEval,
      timezone,
      open: (memoryBytes: number, tenant: string | undefined) => this.isolation.open({ memoryBytes, tenant }),
      ended: (run: Run) => {
        this.runs.delete(run);
      },
    };
    const run = new ProgramRun(source, settings, options, withEvents);
    this.runs.add(run);
    return run;
  }
}
