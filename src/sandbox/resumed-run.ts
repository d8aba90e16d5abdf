import type { RunFailure } from "../errors.ts";
import { SnapshotError, type Usage } from "../snapshots/index.ts";
import { EventLog } from "./events.ts";
import type { ProgramRun } from "./program-run.ts";
import type { Failed, Outcome, Run, RunEvent } from "./types.ts";

/** The usage of a run that never began. */
export const NOTHING_SPENT: Usage = Object.freeze({
  ...{ wallMs: 0, cpuMs: 0, steps: 0, memoryBytes: 0, sourceBytes: 0, resultBytes: 0, toolCalls: 0 },
  ...{ toolInputBytes: 0, toolOutputBytes: 0, logEntries: 0, logBytes: 0, yields: 0, writes: 0 },
});

/** Tells whether the run was cancelled before it could begin. */
export type EarlyCancel = () => { readonly reason: string | undefined } | undefined;

/** A run that goes on as soon as its snapshot is open; a snapshot that can't be opened is its failure. */
export class ResumedRun implements Run {
  readonly id: string;
  readonly outcome: Promise<Outcome>;
  private readonly events = new EventLog();
  private readonly opening: Promise<ProgramRun>;
  private run: ProgramRun | undefined;
  private cancelled: ReturnType<EarlyCancel>;

  constructor(id: string, open: (events: EventLog, early: EarlyCancel) => Promise<ProgramRun>) {
    this.id = id;
    this.opening = open(this.events, () => this.cancelled).then((run) => this.opened(run));
    this.outcome = this.opening.then(
      (run) => run.outcome,
      (error: unknown) => this.refused(error),
    );
  }

  async suspend(): Promise<void> {
    const run = await this.opening.catch(() => undefined);
    await run?.suspend();
  }

  cancel(reason?: string): void {
    this.cancelled ??= { reason };
    this.run?.cancel(reason);
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return this.events[Symbol.asyncIterator]();
  }

  private opened(run: ProgramRun): ProgramRun {
    this.run = run;
    if (this.cancelled) run.cancel(this.cancelled.reason);
    return run;
  }

  private refused(error: unknown): Failed {
    this.events.end();
    return notOpened(this.id, error);
  }
}

/** The outcome of a run whose snapshot can't be opened. */
export function notOpened(runId: string, error: unknown): Failed {
  const known = error instanceof SnapshotError;
  const message = (error as Error)?.message ?? String(error);
  const failure = known
    ? { code: error.code, name: error.name, message, ...(error.data !== undefined && { data: error.data }) }
    : { code: "machine_crashed" as const, name: "RunError", message: `the run could not be resumed: ${message}` };
  return notRun(runId, failure);
}

/** The outcome of a run of which nothing ran. */
export function notRun(runId: string, error: RunFailure): Failed {
  return { status: "failed", error, runId, logs: [], calls: [], warnings: [], usage: NOTHING_SPENT };
}
