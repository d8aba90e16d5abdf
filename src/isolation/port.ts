import type {
  Breakdown,
  Delivery,
  Delta,
  EngineBuild,
  KeptDelta,
  MachineSetup,
  MachineState,
  ProgramStart,
  Spent,
  Tracked,
  Turn,
  VariablesRead,
} from "../engine/index.ts";
import type { PreparedProgram, PrepareOptions } from "../language/index.ts";

/**
 * What a run asks of its machine. Plain data only: the machine may stand in another thread. `wallLeftMs` is what is left
 * of the run's time, `nowMs` the run's clock if it is fixed.
 */
export type MachineCommand =
  /** Makes the author's text runnable, where a text that takes for ever can be ended. */
  | { readonly type: "prepare"; readonly source: string; readonly options: PrepareOptions; readonly wallLeftMs: number }
  | { readonly type: "start"; readonly start: ProgramStart; readonly setup: MachineSetup; readonly wallLeftMs: number }
  /** `goesOn`: the run was only moved, and nothing shows it to the program. */
  | { readonly type: "load"; readonly delta: KeptDelta; readonly setup: MachineSetup; readonly goesOn?: boolean }
  /** Takes over a run of another thread, from the memory of its machine. */
  | { readonly type: "adopt"; readonly standing: Standing; readonly setup: MachineSetup }
  | { readonly type: "deliver"; readonly delivery: Delivery; readonly wallLeftMs: number; readonly nowMs?: number }
  | { readonly type: "wake"; readonly timer: number; readonly wallLeftMs: number; readonly nowMs?: number }
  /** `collect`: looks for what nothing refers to any more first. `last`: the run is over, a turn of it soon has to be. */
  | { readonly type: "save"; readonly collect?: boolean; readonly last?: boolean }
  /** The state, to be kept in memory: packed with these words for a base, which whoever asks keeps. */
  | { readonly type: "park"; readonly base?: Uint8Array | undefined }
  | { readonly type: "variables"; readonly wallLeftMs: number; readonly maxBytes: number }
  | { readonly type: "observe" };

/** A run as it stands in a machine whose memory other threads can read. */
export interface Standing {
  readonly state: MachineState;
  readonly memory: SharedArrayBuffer;
}

/** What is wrong with an author's text: the parts of a SourceError. */
export interface SourceFailure {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
  readonly frame?: string;
  readonly hint?: string;
}

/**
 * What a machine reports: the prepared text, the turn that a command brought, its state, the variables of its session,
 * or what a tracked program holds. After `observe` the port can only be closed: save before. `lost` comes in place of
 * any of them and of all that was asked for: the machine is gone.
 */
export type MachineReport =
  | { readonly type: "prepared"; readonly program: PreparedProgram }
  | { readonly type: "unprepared"; readonly failure: SourceFailure }
  | { readonly type: "turn"; readonly turn: Turn }
  | { readonly type: "saved"; readonly delta: Delta }
  | { readonly type: "parked"; readonly delta: KeptDelta }
  | { readonly type: "variables"; readonly read: VariablesRead }
  | { readonly type: "observed"; readonly tracked: Tracked | undefined }
  | { readonly type: "lost"; readonly breakdown: Breakdown; readonly spent: Spent };

/**
 * A machine that belongs to one run until it is closed. Commands are answered in order; `load` and `adopt` are not
 * answered. What has a time is answered soon after it is over, by `lost` if by nothing else.
 */
export interface MachinePort {
  onReport: (report: MachineReport) => void;
  post(command: MachineCommand): void;
  /** Gives the machine back; nothing is reported afterwards. */
  close(): void;
}

/** What a machine must be like. */
export interface MachineNeed {
  readonly memoryBytes: number;
  readonly tenant?: string | undefined;
  /** Whether its state is wanted when the program is over: that of a session. */
  readonly ofSession?: boolean | undefined;
  /** The engine build to run on, if it is another one than the isolation's own: for a run that such a build suspended. */
  readonly build?: EngineBuild | undefined;
}

/** What a place where machines run has at the moment. */
export interface IsolationStats {
  /** Threads, those that are starting included. None where machines run on the caller's own. */
  readonly threads: number;
  /** Threads in which a turn is under way. */
  readonly busyThreads: number;
  readonly startingThreads: number;
  /** Machines that belong to a run, and those that stand ready. */
  readonly busyMachines: number;
  readonly idleMachines: number;
  /** What all of them take of the host's memory. */
  readonly machineBytes: number;
  /** Runs that are kept as the deltas of their machines, and what those take. */
  readonly parkedRuns: number;
  readonly parkedBytes: number;
}

/** A place where machines run. */
export interface Isolation {
  /** Whether reports are what this process's own machines said, and were not carried. */
  readonly isDirect?: boolean;
  /** The id of its own engine build: what the deltas of its machines name. */
  readonly engineId: Promise<string>;
  /** Rejects with UsageError for a build whose files are damaged. */
  open(need: MachineNeed): Promise<MachinePort> | MachinePort;
  /** Numbers that are counted anyway: it is asked for each run. */
  stats(): IsolationStats;
  close(): void;
}
