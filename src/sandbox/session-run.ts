import type { Delta, MachineSetup } from "../engine/index.ts";
import { RunError } from "../errors.ts";
import type { Isolation, MachinePort } from "../isolation/index.ts";
import type { Snapshot } from "../snapshots/index.ts";
import { createToolTable, type ToolTable } from "../tools/index.ts";
import type { Keys } from "./keys.ts";
import { type Limits, resolveLimits } from "./limits.ts";
import { epochMs } from "./options.ts";
import { ProgramRun } from "./program-run.ts";
import { machineSetup, type Running, type RunSettings } from "./program-start.ts";
import { newRunId } from "./run-id.ts";
import type { OpenedRun } from "./run-snapshot.ts";
import { SessionPort } from "./session-port.ts";
import { asSession, type SessionIdentity, type Standing } from "./session-state.ts";
import type { SessionOptions, SessionResumeOptions, SessionRunOptions } from "./session-types.ts";
import { openSound } from "./sound-port.ts";
import type { Answer } from "./types.ts";

/** What a session takes from its sandbox. */
export interface SessionHome {
  readonly isolation: Isolation;
  readonly keys: Keys;
  readonly runs: Set<Running>;
  refuseIfClosed(): void;
  tableWith(globals: Record<string, unknown> | undefined): ToolTable;
  settings(table: ToolTable, limits: Readonly<Limits>): RunSettings;
}

/** A session as it stands. */
export interface SessionParts {
  readonly home: SessionHome;
  readonly identity: SessionIdentity;
  readonly limits: Readonly<Limits>;
  readonly globals: SessionOptions["globals"];
  readonly standing: Standing;
}

/** What a run holds of its session while it goes on. */
export interface Held {
  port?: SessionPort;
  /** What was sealed last: if the run is suspended, that is it. */
  sealed?: { bytes: Uint8Array; snapshot: Snapshot };
}

/** Starts a program; the standing counts it already. */
export function freshRun(
  parts: SessionParts,
  { options, source }: { source: string; options: SessionRunOptions },
  held: Held,
): ProgramRun {
  const { begun, runs } = parts.standing;
  const { comments = false, globals, input, limits, name, now } = options;
  const table = tableOf(parts, globals);
  const place = { run: runs, begun, globals: begun ? createToolTable({}, globals) : table };
  const settings = settingsOf(parts, { table, limits: resolveLimits(limits, parts.limits) }, held);
  const how = { comments, jsx: options.jsx ?? settings.jsx, track: false };
  const identity = { ...parts.identity, id: newRunId(), startedAt: Date.now(), generation: 0 };
  return new ProgramRun(
    {
      beginning: { source, how, input, ...(now !== undefined && { nowMs: epochMs(now) }) },
      events: undefined,
      identity: { ...identity, ...(name !== undefined && { name }) },
      options: { ...options, ...tenantOf(parts) },
    },
    { ...settings, session: place },
  );
}

/** Goes on with the suspended run. */
export function resumedRun(
  parts: SessionParts,
  {
    answers,
    opened,
    options,
  }: { opened: OpenedRun; answers: Readonly<Record<string, Answer>>; options: SessionResumeOptions },
  held: Held,
): ProgramRun {
  const { generation, name, runId, startedAt } = opened.meta;
  const table = tableOf(parts, options.globals);
  const limits = { ...opened.state.limits, memoryBytes: parts.limits.memoryBytes };
  const identity = { ...parts.identity, id: runId, startedAt, generation: generation + 1 };
  return new ProgramRun(
    {
      beginning: { opened, answers },
      events: undefined,
      identity: { ...identity, ...(name !== undefined && { name }) },
      options: { ...options, ...tenantOf(parts) },
    },
    { ...settingsOf(parts, { table, limits }, held), timezone: opened.state.timezone },
  );
}

/** The tools of the session's programs. */
export function tableOf({ globals, home }: SessionParts, own?: Record<string, unknown>): ToolTable {
  return home.tableWith(globals || own ? { ...globals, ...own } : undefined);
}

/** A machine that can hold the session. */
export function openFor({ home, identity, limits, standing }: SessionParts): Promise<MachinePort> | MachinePort {
  const { tenant } = identity;
  const { build } = standing;
  const { memoryBytes } = limits;
  const need = { memoryBytes, ofSession: true, ...(tenant !== undefined && { tenant }), ...(build && { build }) };
  return openSound(home.isolation, need);
}

/** What a machine is set to that is only looked at. */
export function setupOf(parts: SessionParts): MachineSetup {
  const settings = parts.home.settings(tableOf(parts), parts.limits);
  return machineSetup(settings, { seed: undefined, track: false }, { fixedMs: undefined, skewMs: 0 });
}

/** A state without what nothing refers to any more; that of a machine in which nothing ran if there is none. */
export async function tidied(parts: SessionParts, delta?: Delta): Promise<Delta> {
  const port = await openFor(parts);
  try {
    return await new Promise((resolve, reject) => {
      port.onReport = (report) => {
        if (report.type === "saved") resolve(report.delta);
        else if (report.type === "lost") reject(new Error(report.breakdown.message));
      };
      if (delta) port.post({ type: "load", delta, setup: setupOf(parts) });
      port.post({ type: "save", collect: true });
    });
  } catch {
    // A heap that is full may not even be loaded: it is taken as it is.
    if (delta) return delta;
    throw new RunError({ code: "machine_crashed", name: "RunError", message: "no machine could be started" });
  } finally {
    port.close();
  }
}

function settingsOf(
  parts: SessionParts,
  { limits, table }: { table: ToolTable; limits: Readonly<Limits> },
  held: Held,
): RunSettings {
  const { home, standing } = parts;
  return {
    ...home.settings(table, limits),
    ended: (run) => home.runs.delete(run),
    open: async () => {
      held.port = new SessionPort(await openFor(parts), standing.delta);
      return held.port;
    },
    seal: async (snapshot) => {
      const whole = asSession(snapshot, { ...standing, begun: true }, parts.limits.memoryBytes);
      const bytes = await home.keys.seal(whole);
      held.sealed = { bytes, snapshot: whole };
      return bytes;
    },
  };
}

function tenantOf({ identity: { tenant } }: SessionParts): { tenant?: string } {
  return tenant === undefined ? {} : { tenant };
}
