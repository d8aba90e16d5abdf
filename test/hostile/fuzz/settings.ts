import type { Limits, SandboxOptions, ToolTree } from "../../../src/index.ts";
import type { Random } from "./random.ts";

const MiB = 1024 * 1024;

/** How a program is run. */
export interface Settings {
  readonly limits: Partial<Limits> & { readonly wallMs: number };
  readonly allowEval: boolean;
  readonly track: boolean;
  readonly jsx: boolean;
  readonly comments: boolean;
  readonly answersYields: boolean;
  readonly tenant: string | undefined;
  /** In a session, as one that is suspended and resumed, as one that is cancelled, or plainly. */
  readonly mode: "plain" | "session" | "suspended" | "cancelled";
  /** When it is suspended or cancelled. */
  readonly afterMs: number;
}

/** Draws how a program is run. */
export function drawSettings(random: Random): Settings {
  const wallMs = random.pick([60, 100, 200, 300]);
  return {
    limits: {
      wallMs,
      cpuMs: random.pick([wallMs, wallMs, 50]),
      memoryBytes: random.pick([2, 8, 32]) * MiB,
      resultBytes: random.pick([1000, 65_536, MiB]),
      toolInputBytes: random.pick([1000, 262_144]),
      toolOutputBytes: random.pick([1000, 262_144]),
      toolCalls: random.pick([5, 1000]),
      toolCallsInFlight: random.pick([1, 64]),
      logBytes: random.pick([1000, 65_536]),
      logEntries: random.pick([5, 1000]),
      yields: random.pick([5, 1000]),
      recordBytes: random.pick([1000, MiB]),
      ...(random.chance(0.1) && { steps: random.pick([1, 10, 1000]) }),
    },
    allowEval: random.chance(0.4),
    track: random.chance(0.15),
    jsx: random.chance(0.1),
    comments: random.chance(0.1),
    answersYields: random.chance(0.5),
    tenant: random.pick([undefined, "a", "b"]),
    mode: random.pick(["plain", "plain", "plain", "session", "suspended", "cancelled"]),
    afterMs: random.pick([0, 1, 5, 20, 50]),
  };
}

/** The tools that programs find. */
export function fuzzTools(): ToolTree {
  return {
    echo: (value: unknown) => value,
    slow: (value: unknown) => new Promise((resolve) => setTimeout(() => resolve(value), 10)),
    never: () => new Promise(() => {}),
    fail: (value: unknown) => {
      throw Object.assign(new Error("tool failed"), { code: "E_TOOL", data: { value } });
    },
    async *stream(count: unknown) {
      for (let i = 0; i < Math.min(Number(count) || 0, 50); i++) yield { part: i };
    },
    async *endless() {
      for (;;) yield "part";
    },
  } as ToolTree;
}

/** The options of the sandbox for such a run. */
export function sandboxOptions({ allowEval, jsx, limits }: Settings): SandboxOptions {
  return { tools: fuzzTools(), limits, allowEval, jsx, settleMs: 50, sleepInlineMs: 1000 };
}
