import type {
  Delivery,
  Delta,
  EngineBuild,
  MachineSetup,
  ProgramStart,
  Tracked,
  Turn,
  VariablesRead,
} from "../engine/index.ts";

/**
 * What a run asks of its machine. Plain data only: the machine may stand in another thread. `wallLeftMs` is what is left
 * of the run's time, `nowMs` the run's clock if it is fixed.
 */
export type MachineCommand =
  | { readonly type: "start"; readonly start: ProgramStart; readonly setup: MachineSetup; readonly wallLeftMs: number }
  | { readonly type: "load"; readonly delta: Delta; readonly setup: MachineSetup }
  | { readonly type: "deliver"; readonly delivery: Delivery; readonly wallLeftMs: number; readonly nowMs?: number }
  | { readonly type: "wake"; readonly timer: number; readonly wallLeftMs: number; readonly nowMs?: number }
  | { readonly type: "save" /** Looks for what nothing refers to any more first. */; readonly collect?: boolean }
  | { readonly type: "variables"; readonly wallLeftMs: number; readonly maxBytes: number }
  | { readonly type: "observe" };

/**
 * What a machine reports: the turn that a command brought, its state, the variables of its session, or what a tracked
 * program holds. After `observe` the port can only be closed: save before.
 */
export type MachineReport =
  | { readonly type: "turn"; readonly turn: Turn }
  | { readonly type: "saved"; readonly delta: Delta }
  | { readonly type: "variables"; readonly read: VariablesRead }
  | { readonly type: "observed"; readonly tracked: Tracked | undefined };

/** A machine that belongs to one run until it is closed. Commands are answered in order; `load` is not answered. */
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
  /** The engine build to run on, if it is another one than the isolation's own: for a run that such a build suspended. */
  readonly build?: EngineBuild | undefined;
}

/** A place where machines run. */
export interface Isolation {
  /** The id of its own engine build: what the deltas of its machines name. */
  readonly engineId: Promise<string>;
  /** Rejects with UsageError for a build whose files are damaged. */
  open(need: MachineNeed): Promise<MachinePort> | MachinePort;
  close(): void;
}
