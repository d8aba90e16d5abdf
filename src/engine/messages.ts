/**
 * What goes into a machine and what comes out of it: plain data only, so that it can be cloned, stored or sent to a
 * thread. Texts of values are those of src/values.
 */

/** The limits that a machine holds by itself. `toolCalls`, `yields` and `writes` are how many are left, `steps` and `cpuMs` count from the start of the run. */
export interface MachineLimits {
  readonly cpuMs: number;
  readonly steps: number;
  readonly memoryBytes: number;
  readonly resultBytes: number;
  readonly logEntries: number;
  readonly logBytes: number;
  readonly toolCalls: number;
  readonly toolInputBytes: number;
  readonly yields: number;
  readonly writes: number;
}

/** An object of the host: what the machine must know to check what is written to it. */
export interface HostObjectShape {
  /** Where the program finds it, such as `user` or `app.user`. */
  readonly path: string;
  readonly properties: Readonly<Record<string, { readonly writable: boolean; readonly schema?: unknown }>>;
}

/** What a machine needs for a run, fresh or going on, that no memory carries. */
export interface MachineSetup {
  /** Four 32-bit words for Math.random. */
  readonly seed: readonly number[];
  /** Whether `crypto` repeats with the seed too; else it is the platform's randomness. */
  readonly seeded: boolean;
  /** Milliseconds since the epoch if the clock is fixed. */
  readonly nowMs?: number;
  /** Milliseconds that a clock which is not fixed goes ahead of the host's, so that a resumed run's never goes back. */
  readonly clockSkewMs?: number;
  /** An IANA time zone; UTC if absent. */
  readonly timezone?: string;
  /** Full names of all tools, for `Object.keys(tools.github)`. */
  readonly toolNames: readonly string[];
  readonly objects?: readonly HostObjectShape[];
  readonly limits: MachineLimits;
  /** Whether the program was prepared to be tracked: its last turn carries what it counted and holds. */
  readonly track?: boolean;
}

/** What starts a program. `text` and `form` are what src/language prepared. */
export interface ProgramStart {
  readonly text: string;
  readonly form: "async" | "generator";
  readonly fileName: string;
  readonly originMs: number;
  readonly allowEval: boolean;
  readonly input?: string;
  readonly globals?: string;
  /** Paths of the globals that are tools. */
  readonly functions: readonly string[];
  /** The machine may hold earlier programs: what they left waiting never settles, and what this one declares stays. */
  readonly session?: boolean;
  /** The host objects with their values, as the text of a list. */
  readonly objects?: string;
}

/** What answers a call, a yield or a pull: the text of a value, or of a failure (`GuestFailure` as JSON). */
export interface Delivery {
  readonly id: number;
  readonly fulfilled: boolean;
  readonly text: string;
  /** In place of a value: the call's answer is a stream, or the stream has no more parts. */
  readonly as?: "stream" | "end";
}

/** An error for the guest; `data` is the text of a value. */
export interface GuestFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly data?: string;
}

/** What the guest let out during a turn, in order. `stack` shows where; `failure` and `error` are JSON. */
export type Emission =
  | {
      readonly type: "call";
      readonly id: number;
      readonly tool: string;
      readonly input: string;
      readonly stack: string;
    }
  | {
      readonly type: "refused";
      readonly id: number;
      readonly tool: string;
      readonly failure: string;
      readonly stack: string;
    }
  | {
      readonly type: "timer";
      readonly id: number;
      /** What the guest called for it. */
      readonly what: "sleep" | "sleepUntil" | "setTimeout" | "setInterval";
      readonly delayMs: number;
      /** Empty where nothing of the guest asked: an interval that goes on. */
      readonly stack: string;
    }
  | { readonly type: "clear"; readonly id: number }
  /** The guest waits for the next part of the stream that a call answered with; at most one at a time. */
  | { readonly type: "pull"; readonly id: number; readonly call: number }
  /** It wants no more of them. */
  | { readonly type: "stop"; readonly call: number }
  | { readonly type: "yield"; readonly id: number; readonly value: string; readonly stack: string }
  | {
      readonly type: "log";
      readonly level: string;
      readonly values: string;
      readonly stack: string;
      readonly at: number;
    }
  /** The program passed one of its comments; `length` is that of its text. */
  | { readonly type: "comment"; readonly index: number; readonly length: number }
  /** A property of a host object was written. */
  | {
      readonly type: "set";
      /** Its path. */
      readonly object: string;
      readonly property: string;
      readonly value: string;
      readonly stack: string;
    }
  | {
      readonly type: "dropped";
      readonly what: "log entries" | "refused calls" | "uncaught errors";
      readonly count: number;
    }
  | { readonly type: "uncaught"; readonly error: string };

/** How a program ended by itself: with the text of its value, or a description of what it threw (guest/errors.js). */
export interface Settlement {
  readonly fulfilled: boolean;
  readonly text: string;
  /** Descriptions of rejections that nobody handled, at most ten, and how many more there were. */
  readonly unhandled: readonly string[];
  readonly moreUnhandled: number;
}

/** Why a machine gave up. The machine is gone with it. */
export interface Breakdown {
  readonly code:
    | "cpu_limit"
    | "wall_limit"
    | "step_limit"
    | "memory_limit"
    | "stack_limit"
    | "yield_limit"
    | "machine_crashed";
  readonly message: string;
}

/** What a run has spent inside machines so far. */
export interface Spent {
  readonly cpuMs: number;
  readonly steps: number;
  /** The largest guest heap seen. */
  readonly memoryBytes: number;
}

/** A variable: the text of its value, or what it is where that is no value. */
export type TrackedVariable =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly kind: "function" | "promise" | "omitted"; readonly reason?: string };

/** What a tracked program holds and which lines it ran. */
export interface Tracked {
  /** Those of the failing function, then those of the top level. */
  readonly variables: readonly TrackedVariable[];
  /** Lines and how often each ran, in the order of their first time. */
  readonly lines: readonly (readonly [line: number, times: number])[];
}

/** What one visit to a machine brought. Quiet and going on if none of the next four is there. */
export interface Turn {
  readonly emissions: readonly Emission[];
  readonly spent: Spent;
  readonly settled?: Settlement;
  readonly breakdown?: Breakdown;
  /** The engine refused the program's text: a description of its SyntaxError. */
  readonly refused?: string;
  /** Nothing will ever settle what the program waits for; the line in the prepared text, 0 if unknown. */
  readonly deadlock?: { readonly line: number };
  /** In the last turn of a tracked program, unless its machine broke down. */
  readonly tracked?: Tracked;
}

/** What asking for a session's variables brought. */
export interface VariablesRead {
  /** A list as JSON (guest/session-variables.js); absent after a breakdown. */
  readonly text?: string;
  readonly breakdown?: Breakdown;
}

/** How far the logs of a run have come: what passed, and what is held back for the end. */
export interface LogState {
  readonly entries: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly tail: readonly Extract<Emission, { type: "log" | "comment" }>[];
}

/** What the host half of a bridge knows of a run between two turns. */
export interface BridgeState {
  /** Ids of calls, yields, timers and parts of streams that wait. */
  readonly outstanding: readonly number[];
  /** Which of them are timers. */
  readonly timers: readonly number[];
  /** How many bytes each call and yield that is out holds on the host. */
  readonly inFlight: readonly (readonly [id: number, bytes: number])[];
  readonly calls: number;
  readonly yields: number;
  readonly writes: number;
  /** The first call beyond the limit, and how many there were. */
  readonly refusedId?: number;
  readonly overLimit: number;
  readonly uncaughtErrors: number;
  /** How far the repeating randomness of a run with a seed has come. */
  readonly random?: readonly number[];
  readonly logs: LogState;
}

/** What a machine's run needs to go on elsewhere beside the memory. */
export interface MachineState extends BridgeState {
  readonly pages: number;
  readonly engine: string;
  /** Where the program's promise and unhandled rejections live in the memory. */
  readonly program: number;
  readonly rejections: readonly number[];
  readonly spent: Spent;
}

/**
 * A machine's difference from the boot image, with what the host side of the machine knew: all that a run needs to go
 * on as if it had never been saved.
 */
export interface Delta extends MachineState {
  /** Run-length coded words: see delta.ts. */
  readonly words: Uint8Array;
}
