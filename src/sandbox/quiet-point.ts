import type { Delta } from "../engine/index.ts";
import { type ErrorCode, UsageError } from "../errors.ts";
import type { RunPlace } from "../isolation/index.ts";
import type { PendingCall } from "../snapshots/index.ts";
import type { Calls } from "./calls.ts";
import type { EventLog } from "./events.ts";
import type { HostObjects } from "./host-objects.ts";
import type { MachineLink } from "./machine-link.ts";
import type { RunSettings } from "./program-start.ts";
import type { Ending, RunReport } from "./run-report.ts";
import { newSnapshot, type RunIdentity, type RunState } from "./run-snapshot.ts";
import { pendingSleep, type Timers } from "./timers.ts";
import { callFailureOf } from "./tool-error.ts";
import type { HostOptions } from "./types.ts";
import type { WallClock } from "./wall-clock.ts";
import type { Yields } from "./yields.ts";

/** The parts of a run that quiet points are about. */
export interface RunParts {
  readonly identity: RunIdentity;
  readonly source: string;
  readonly settings: RunSettings;
  readonly options: HostOptions;
  readonly track: boolean;
  readonly events: EventLog | undefined;
  readonly place: RunPlace;
  readonly link: MachineLink;
  readonly clock: WallClock;
  readonly calls: Calls;
  readonly yields: Yields;
  readonly timers: Timers;
  readonly objects: HostObjects;
  readonly report: RunReport;
}

/** How a quiet point ends the run. */
export interface QuietOwner {
  isOver(): boolean;
  fail(code: ErrorCode, message: string): void;
  finish(ending: Ending): void;
  /** Leaves all that is out: what it answers has no effect any more. */
  leave(reason: string): void;
}

/** Decides what a run does where its machine is quiet: wait, let calls through, or suspend. */
export class QuietPoint {
  /** Whether the run is to be suspended: no tool starts any more. */
  isSuspending = false;
  /** What nothing may move for: the program is started or taken up, calls wait for `beforeCalls`, a snapshot is taken. */
  private busyWith: "start" | "gate" | "snapshot" | undefined = "start";
  private settleTimer: ReturnType<typeof setTimeout> | undefined;
  private settleTimeOver = false;
  private readonly run: RunParts & QuietOwner;

  constructor(run: RunParts & QuietOwner) {
    this.run = run;
  }

  /** The program runs. */
  started(): void {
    this.busyWith = undefined;
  }

  /** Suspends as soon as the calls that are out are back, or `settleMs` is over. */
  suspend(): void {
    if (this.isSuspending || this.run.isOver()) return;
    const { settleMs } = this.run.settings;
    this.isSuspending = true;
    this.settleTimeOver = settleMs === 0;
    this.check();
    if (this.settleTimeOver || this.run.isOver()) return;
    this.settleTimer = setTimeout(() => {
      this.settleTimeOver = true;
      this.check();
    }, settleMs);
  }

  end(): void {
    clearTimeout(this.settleTimer);
  }

  /** To be called whenever something came to rest. */
  check(): void {
    const { calls, clock, link, settings, timers, yields } = this.run;
    if (this.run.isOver() || this.busyWith || !link.isQuiet) return;
    if (this.isSuspending) {
      this.stand();
      if (this.settleTimeOver || (!calls.isRunning && !yields.isBusy)) void this.suspendNow();
    } else if (calls.isGated) void this.passGate();
    else if (calls.isBusy || yields.isBusy || timers.dueWithin(settings.sleepInlineMs)) clock.run();
    else if (calls.isAsking) clock.pause();
    else void this.suspendNow();
  }

  /** Asks `beforeCalls` about the calls that are about to start. Nothing moves meanwhile. */
  private async passGate(): Promise<void> {
    this.busyWith = "gate";
    this.stand();
    this.run.clock.run();
    const { calls, link, options } = this.run;
    const batch = calls.atGate();
    let failure: string | undefined;
    let open = true;
    const snapshot = async () => {
      // Once before the machine is asked, and once after: what moved on meanwhile would not fit its state.
      if (open && !this.run.isOver()) {
        const delta = await link.save();
        if (open) return await this.within(this.sealed(delta, true));
      }
      throw new UsageError("a batch gives snapshots only until its beforeCalls is done");
    };
    try {
      await options.beforeCalls?.({ calls: batch.map((call) => call.pending("in_flight")), snapshot });
    } catch (error) {
      failure = callFailureOf(error).failure.message;
    }
    open = false;
    if (failure !== undefined) this.run.fail("cancelled", `the run was cancelled: beforeCalls failed: ${failure}`);
    if (this.run.isOver()) return;
    this.busyWith = undefined;
    calls.clear(batch);
    if (!this.isSuspending) this.move();
    this.check();
  }

  /** Ends the run with a snapshot. Calls that are out are left: what they answer has no effect any more. */
  private async suspendNow(): Promise<void> {
    this.busyWith = "snapshot";
    this.stand();
    const { run } = this;
    const { calls, clock, events, link, report } = run;
    try {
      const delta = await link.save();
      if (link.isTracking) report.observed(await link.observe());
      if (run.isOver()) return;
      // What the snapshot says was spent is what the outcome says.
      clock.pause();
      calls.loseStreams();
      const pending = this.pending(false);
      const sealing = this.sealed(delta, false);
      run.leave("the run was suspended");
      const snapshot = await this.within(sealing);
      if (run.isOver()) return;
      events?.add({ type: "suspended", pending });
      report.heldBack(delta.logs);
      run.finish({ snapshot, pending });
    } catch (error) {
      run.fail("unserializable", `the run cannot be suspended: ${callFailureOf(error).failure.message}`);
    }
  }

  /** The bytes, unless they are too many: that ends the run. */
  private async within(sealing: Promise<Uint8Array>): Promise<Uint8Array> {
    const snapshot = await sealing;
    const { snapshotBytes } = this.run.settings.limits;
    if (snapshot.length <= snapshotBytes) return snapshot;
    const message = `the suspended run has ${snapshot.length} bytes; ${snapshotBytes} are allowed`;
    this.run.fail("snapshot_limit", message);
    throw new RangeError(message);
  }

  /** `started`: queued calls count as begun. */
  private pending(started: boolean): PendingCall[] {
    const { calls, report, timers, yields } = this.run;
    const sleeps = timers.saved().map((timer) => pendingSleep(timer, report.lineOf(timer.stack)));
    return [...calls.book.pending(started), ...yields.pending(), ...sleeps];
  }

  /** The run as it stands, sealed; all is taken before anything is waited for. `started`: its queued calls count as begun. */
  private sealed(delta: Delta, started: boolean): Promise<Uint8Array> {
    const { calls, identity, link, objects, report, settings, source, timers, yields } = this.run;
    const { limits, table, timezone } = settings;
    const state: RunState = {
      source,
      limits,
      calls: calls.save(started),
      yields: { count: yields.count, waiting: yields.save() },
      timers: timers.saved(),
      objects: objects.save(),
      deliveries: [...link.heldBack],
      report: report.save(),
      ...(timezone !== undefined && { timezone }),
      ...(link.isTracking && { track: true }),
      ...(link.clock.fixedMs !== undefined && { clockMs: link.clock.fixedMs }),
    };
    const saved = { state, delta, pending: this.pending(started), usage: report.usage(), suspendedAt: link.epochMs };
    return newSnapshot(identity, table, saved).then(settings.seal);
  }

  /** Keeps all that could move the program back. */
  private stand(): void {
    this.run.link.hold();
    this.run.timers.hold();
  }

  private move(): void {
    this.run.timers.release();
    this.run.link.release();
  }
}
