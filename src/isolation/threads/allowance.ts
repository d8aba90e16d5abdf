import type { Breakdown } from "../../engine/index.ts";
import type { Asked, PooledPort } from "../pooled-port.ts";

/** How long after its limit a run that does not end by itself is ended. */
const GRACE_MS = 20;
/** Longer than a machine takes to read what a tracked program holds. */
const OBSERVE_MS = 1100;
/** Longer than it takes to save or load the largest memory. */
const MOVE_MS = 20_000;

/** What a turn may still take whose run is over, so that the state it leaves can be saved. */
const LAST_MS = 250;

/** How long a command that began at `sinceMs` may take until its thread is ended. */
export function allowanceMs(port: PooledPort, asked: Asked | undefined, sinceMs: number): number {
  const takesMs = ownAllowanceMs(port, asked, sinceMs);
  return asked?.command.type === "save"
    ? takesMs
    : Math.min(takesMs, Math.max(0, port.overSinceMs - sinceMs) + LAST_MS);
}

function ownAllowanceMs(port: PooledPort, asked: Asked | undefined, sinceMs: number): number {
  switch (asked?.command.type) {
    case "start":
    case "deliver":
    case "wake": {
      const readMs = port.setup?.track ? OBSERVE_MS : 0;
      return Math.min(asked.untilMs - sinceMs, cpuLeftMs(port)) + GRACE_MS + readMs;
    }
    case "prepare":
    case "variables":
      return asked.untilMs - sinceMs + GRACE_MS;
    case "observe":
      return OBSERVE_MS;
    default:
      return MOVE_MS;
  }
}

/** What a run has failed by that did not end in time. */
export function overdue(port: PooledPort, asked: Asked | undefined, sinceMs: number): Breakdown {
  if (asked && (asked.command.type === "prepare" || asked.untilMs - sinceMs < cpuLeftMs(port))) {
    return { code: "wall_limit", message: "the run's time is over" };
  }
  const cpuMs = port.setup?.limits.cpuMs;
  return { code: "cpu_limit", message: `more than ${cpuMs} ms inside the machine` };
}

function cpuLeftMs({ setup, spent }: PooledPort): number {
  return setup ? setup.limits.cpuMs - spent.cpuMs : Number.POSITIVE_INFINITY;
}
