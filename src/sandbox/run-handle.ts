import { EventLog } from "./events.ts";
import type { ProgramRun } from "./program-run.ts";
import type { Outcome, Run, RunEvent } from "./types.ts";

/** A run as its caller has it. */
export class RunHandle implements Run {
  readonly id: string;
  readonly outcome: Promise<Outcome>;
  readonly #run: ProgramRun;

  constructor(run: ProgramRun) {
    this.id = run.runId;
    this.outcome = run.outcome;
    this.#run = run;
  }

  suspend(): Promise<void> {
    return this.#run.suspend();
  }

  cancel(reason?: string): void {
    this.#run.cancel(reason);
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return (this.#run.events ?? new EventLog())[Symbol.asyncIterator]();
  }
}
