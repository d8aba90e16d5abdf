import type { RunPlace } from "../isolation/index.ts";
import type { EventLog } from "./events.ts";
import type { RunSettings } from "./program-start.ts";
import type { HostOptions } from "./types.ts";

/** What the calls of a run need to know of it. */
export interface CallHost {
  readonly runId: string;
  readonly settings: RunSettings;
  readonly options: HostOptions;
  /** Its place in the runtime, which counts calls and their bytes. */
  readonly place: RunPlace;
  /** Absent where nobody listens. */
  readonly events: EventLog | undefined;
  wallLeftMs(): number;
  /** Whether no tool may start now, as the run is being suspended. */
  isSuspending(): boolean;
  lineOf(stack: string): number | undefined;
  /** The variables that the result of the call made there goes into, if the program is tracked. */
  assignedTo(stack: string, tool: string): string | undefined;
}
