import type { Breakdown } from "../../engine/index.ts";
import { FairQueue } from "../fair-queue.ts";
import type { Place } from "../place.ts";
import type { PooledPort } from "../pooled-port.ts";
import { allowanceMs, overdue } from "./allowance.ts";
import { Claims } from "./claims.ts";
import type { FromThread, Reply, ThreadHandle, ThreadListener, ThreadStart, ToThread } from "./messages.ts";

/** A command that takes longer keeps the thread: its neighbours go elsewhere. */
const SLOW_MS = 20;
/** What a run may still take once it is over for its host. */
const CLOSED_GRACE_MS = 20;
/** How often a run may lose its thread by no fault of its own. */
const MAX_MOVES = 3;
/** Work that a thread is given ahead, so that it need not wait for its host. */
const AHEAD_MS = 1;
const MAX_AHEAD = 16;

/** A run that stands in the thread. */
interface Resident {
  readonly run: number;
  readonly slot: number;
  readonly port: PooledPort;
  /** Commands that were posted, and that were replied to. */
  posted: number;
  replied: number;
  postedAtMs: number;
  memory?: SharedArrayBuffer;
  closedAtMs?: number;
}

/** What a thread's owner hears of it. */
export interface ThreadOwner {
  /** There is work in it. */
  busy(): void;
  /** It can take runs in again. */
  freed(): void;
  /** Nobody answers there any more; `failed`: it could not even be started. */
  gone(thread: Thread, failed: boolean): void;
}

/** One thread as its host sees it: hands out commands, watches how long each takes, and moves runs when it must. */
export class Thread implements Place, ThreadListener {
  isReady = false;
  private readonly owner: ThreadOwner;
  private readonly handle: ThreadHandle;
  private readonly claims: Claims | undefined;
  private readonly residents = new Map<number, Resident>();
  private readonly byPort = new Map<PooledPort, Resident>();
  /** Runs that were moved away while their memory is still read. */
  private readonly lent = new Map<PooledPort, Resident>();
  private readonly freeSlots: number[];
  private readonly waiting = new FairQueue<PooledPort>();
  private readonly engines = new Set<string>();
  private readonly kinds = new Set<string>();
  private outbox: ToThread[] = [];
  private outstanding = 0;
  private runs = 0;
  /** As many runs as stood here at once. */
  private most = 0;
  private pumps = false;
  private isGone = false;
  /** The run whose command keeps the thread. */
  private slow: Resident | undefined;
  private running: { resident: Resident; done: number; sinceMs: number } | undefined;
  /** How long a command takes here, on average. */
  private turnMs = 0.1;

  /** `slots`: how many runs have a machine here at a time. */
  constructor(
    start: (start: ThreadStart, listener: ThreadListener) => ThreadHandle,
    slots: number,
    owner: ThreadOwner,
  ) {
    this.owner = owner;
    this.claims = Claims.make(slots);
    // Where memory can't be read from outside, a run that must be moved is lost: so it has a thread of its own.
    this.freeSlots = Array.from({ length: this.claims ? slots : 1 }, (_, slot) => slot);
    this.handle = start({ claims: this.claims?.buffer }, this);
  }

  get hasRoom(): boolean {
    return !this.isSlow && !this.isGone && this.freeSlots.length > 0;
  }

  /** Whether one command keeps it. */
  get isSlow(): boolean {
    return this.slow !== undefined;
  }

  get isBusy(): boolean {
    return this.outstanding > 0;
  }

  /** How much it has to do: runs that stand in it, those with work counted more. */
  get load(): number {
    return this.byPort.size + 4 * this.outstanding;
  }

  /** Machines that stand ready there. */
  get idleMachines(): number {
    return this.most - this.byPort.size;
  }

  /** Whether a run of this tenant stands here. */
  has(tenant: string | undefined): boolean {
    for (const port of this.byPort.keys()) if (port.need.tenant === tenant) return true;
    return false;
  }

  admit(port: PooledPort): void {
    const slot = this.freeSlots.pop() ?? 0;
    const { image, key, module } = port.kind;
    const { engine } = image;
    this.claims?.give(slot);
    if (!this.engines.has(engine)) this.outbox.push({ type: "image", engine, image });
    this.engines.add(engine);
    if (!this.kinds.has(key)) this.outbox.push({ type: "kind", key, engine, module });
    this.kinds.add(key);
    const resident = { run: ++this.runs, slot, port, posted: 0, replied: 0, postedAtMs: 0 };
    this.outbox.push({ type: "open", run: resident.run, slot, key, ofTenant: port.need.tenant !== undefined });
    this.residents.set(resident.run, resident);
    this.byPort.set(port, resident);
    this.most = Math.max(this.most, this.byPort.size);
  }

  ready(port: PooledPort): void {
    this.waiting.push(port.need.tenant, port);
    this.pump();
  }

  leave(port: PooledPort): void {
    const resident = this.byPort.get(port);
    if (!resident) return;
    this.byPort.delete(port);
    this.waiting.remove(port.need.tenant, port);
    if (this.lent.has(port)) {
      this.residents.delete(resident.run);
      this.outstanding -= resident.posted - resident.replied;
    } else if (port.isClosed && resident.replied < resident.posted && !this.isGone) {
      resident.closedAtMs = performance.now();
    } else this.retire(resident);
  }

  release(port: PooledPort): void {
    const resident = this.lent.get(port);
    if (!resident) return;
    this.lent.delete(port);
    this.free(resident);
  }

  told(message: FromThread): void {
    if (message === "ready") {
      this.isReady = true;
      this.owner.freed();
      return;
    }
    const { isSlow } = this;
    for (const reply of message) this.replied(reply);
    if (isSlow && !this.isSlow) this.owner.freed();
    if (this.outstanding === 0) this.handle.keepAlive(false);
    if (this.waiting.size > 0 || this.outbox.length > 0) this.pump();
  }

  ended(error: Error | undefined): void {
    const wasGone = this.isGone;
    this.isGone = true;
    const reason = `the thread ended${error ? `: ${error.message}` : ""}`;
    const culprits = [...this.residents.values()].filter((resident) => this.isLost(resident));
    for (const { port } of culprits) port.lose({ code: "machine_crashed", message: reason });
    for (const { port } of [...this.byPort.values()]) {
      if (port.canMove && port.moves < MAX_MOVES) port.move();
      else port.lose({ code: "machine_crashed", message: reason });
    }
    this.residents.clear();
    if (!wasGone) this.owner.gone(this, !this.isReady);
  }

  /** Ends the thread if no run stands in it. */
  drop(): void {
    if (this.byPort.size === 0) this.end();
  }

  /** Looks after what runs here; to be called every few milliseconds while there is work. */
  watch(nowMs: number): void {
    const resident = this.runningResident();
    if (!resident) {
      this.running = undefined;
      return;
    }
    const done = this.claims?.done(resident.slot) ?? resident.replied;
    if (this.running?.resident !== resident || this.running.done !== done) {
      this.running = { resident, done, sinceMs: nowMs };
      return;
    }
    const tookMs = nowMs - this.running.sinceMs;
    if (tookMs >= SLOW_MS) this.evacuate(resident);
    const { closedAtMs = nowMs, port, postedAtMs } = resident;
    const command = port.sent[done - resident.replied];
    const waitedMs = Math.max(0, this.running.sinceMs - postedAtMs);
    const isLate = tookMs > allowanceMs(port, command, waitedMs) || nowMs - closedAtMs > CLOSED_GRACE_MS;
    if (isLate) this.kill(resident, overdue(port, command, waitedMs), tookMs);
  }

  private replied({ memory, report, run, state }: Reply): void {
    const resident = this.residents.get(run);
    if (!resident) return;
    const { port } = resident;
    resident.replied++;
    this.outstanding--;
    if (memory) resident.memory = memory;
    if (this.running?.resident === resident) this.running = undefined;
    if (this.slow === resident) this.slow = undefined;
    const before = port.spent.cpuMs;
    if (report?.type === "lost") port.lose(report.breakdown);
    else port.replied(report, state && resident.memory && { state, memory: resident.memory });
    if (report?.type === "turn") this.turnMs += (port.spent.cpuMs - before - this.turnMs) / 8;
    if (resident.closedAtMs !== undefined && resident.replied === resident.posted) this.retire(resident);
  }

  /** Hands out commands, tenants in turn: at once what was asked for within one turn of the host's own loop. */
  private pump(): void {
    if (this.pumps) return;
    this.pumps = true;
    queueMicrotask(() => {
      this.pumps = false;
      this.handOut();
    });
  }

  private handOut(): void {
    if (this.isGone) return;
    const ahead = Math.min(MAX_AHEAD, Math.max(1, Math.ceil(AHEAD_MS / this.turnMs)));
    while (this.waiting.size > 0 && this.outstanding < ahead) {
      const port = this.waiting.shift();
      const resident = port && this.byPort.get(port);
      if (resident) this.command(resident);
    }
    if (this.outbox.length === 0) return;
    this.handle.post(this.outbox);
    this.outbox = [];
  }

  private command(resident: Resident): void {
    const { port, run } = resident;
    if (this.outstanding === 0) {
      this.handle.keepAlive(true);
      this.owner.busy();
    }
    resident.postedAtMs = performance.now();
    for (const command of port.take()) {
      this.outbox.push({ type: "command", run, command });
      resident.posted++;
      this.outstanding++;
    }
  }

  private runningResident(): Resident | undefined {
    for (const resident of this.residents.values()) {
      if (resident.posted === resident.replied) continue;
      if (!this.claims || this.claims.isRunning(resident.slot)) return resident;
    }
    return undefined;
  }

  /**
   * Moves the runs away that wait behind a long command. What they did and have not told comes first: then they are left
   * for the next time. The memory of those that rest can be read even when the thread is gone.
   */
  private evacuate(staying: Resident): void {
    this.slow = staying;
    if (!this.claims) return;
    for (const resident of [...this.residents.values()]) {
      const { closedAtMs, port, replied, slot } = resident;
      if (resident === staying || closedAtMs !== undefined || port.isResting) continue;
      if (this.claims.done(slot) === replied && port.canMove && this.claims.take(slot)) this.moveAway(resident);
    }
  }

  private moveAway(resident: Resident): void {
    const { memory, port } = resident;
    if (memory) this.lent.set(port, resident);
    port.move();
  }

  private kill(resident: Resident, breakdown: Breakdown, tookMs: number): void {
    this.residents.delete(resident.run);
    this.byPort.delete(resident.port);
    this.end();
    resident.port.lose(breakdown, tookMs);
  }

  private end(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.handle.terminate();
    this.owner.gone(this, false);
  }

  /** Whether the end of the thread is the end of this run: it was running, or did what it could not tell. */
  private isLost({ port, posted, replied, slot }: Resident): boolean {
    if (port.isClosed || posted === replied) return false;
    return !this.claims || this.claims.isRunning(slot) || this.claims.done(slot) !== replied;
  }

  private retire(resident: Resident): void {
    this.residents.delete(resident.run);
    this.outstanding -= resident.posted - resident.replied;
    this.free(resident);
  }

  private free({ run, slot }: Resident): void {
    this.freeSlots.push(slot);
    this.outbox.push({ type: "close", run });
    if (!this.isGone) this.pump();
  }
}
