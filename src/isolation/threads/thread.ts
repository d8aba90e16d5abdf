import type { Breakdown } from "../../engine/index.ts";
import { FairQueue } from "../fair-queue.ts";
import type { MachineKind } from "../machines.ts";
import type { Place, PooledPort } from "../pooled-port.ts";
import { allowanceMs, overdue } from "./allowance.ts";
import type { FromThread, Reply, ThreadHandle, ThreadListener, ThreadStart, ToThread } from "./messages.ts";
import { type Resident, Residents } from "./residents.ts";

/** A command that takes longer keeps the thread: its neighbours go elsewhere. */
const SLOW_MS = 20;
/** What a run may still take once it is over for its host. */
const CLOSED_GRACE_MS = 20;
/** How often in a row, without a command done, a run may lose its thread by no fault of its own. */
const MAX_THREADS_LOST = 3;
/** Kinds of machines that a thread knows at a time. */
const MAX_KINDS = 16;
/** Work that a thread is given ahead, so that it need not wait for its host. */
const AHEAD_MS = 1;
const MAX_AHEAD = 16;

/** What a thread's owner hears of it. */
export interface ThreadOwner {
  /** There is work in it. */
  busy(): void;
  /** It can take runs in again. */
  freed(): void;
  /** No run stands in it any more. */
  emptied(thread: Thread): void;
  /** Nobody answers there any more. */
  gone(thread: Thread): void;
}

/** Starts a thread. */
export type StartThread = (start: ThreadStart, listener: ThreadListener) => ThreadHandle;

/** One thread as its host sees it: hands out commands, watches how long each takes, and moves runs when it must. */
export class Thread implements Place, ThreadListener {
  isReady = false;
  readonly residents: Residents;
  private readonly owner: ThreadOwner;
  private readonly handle: ThreadHandle;
  /** Runs that were moved away while their memory is still read. */
  private readonly lent = new Map<PooledPort, Resident>();
  private readonly waiting = new FairQueue<PooledPort>();
  private readonly engines = new Set<string>();
  private readonly kinds = new Set<string>();
  private outbox: ToThread[] = [];
  private outstanding = 0;
  private pumps = false;
  private isGone = false;
  /** The run whose command keeps the thread. */
  private slow: Resident | undefined;
  private running: { resident: Resident; done: number; sinceMs: number } | undefined;
  /** How long a command takes here, on average. */
  private turnMs = 0.1;

  /** `slots`: how many runs have a machine here at a time. */
  constructor(start: StartThread, slots: number, owner: ThreadOwner) {
    this.owner = owner;
    this.residents = new Residents(slots);
    this.handle = start({ claims: this.residents.claims?.buffer }, this);
  }

  /** `alone`: for a run that must have no neighbours. */
  hasRoom(alone: boolean): boolean {
    return !this.isSlow && !this.isGone && (alone ? this.residents.isEmpty : this.residents.hasRoom);
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
    return this.residents.open + 4 * this.outstanding;
  }

  admit(port: PooledPort): void {
    const { key } = port.kind;
    this.introduce(port.kind);
    const { run, slot } = this.residents.add(port);
    const { ofSession = false, tenant } = port.need;
    this.outbox.push({ type: "open", run, slot, key, ofTenant: tenant !== undefined, ofSession });
  }

  ready(port: PooledPort): void {
    this.waiting.push(port.need.tenant, port);
    this.pump();
  }

  leave(port: PooledPort): void {
    const resident = this.residents.of(port);
    if (!resident) return;
    this.residents.leave(resident);
    this.waiting.remove(port.need.tenant, port);
    const isOut = resident.replied < resident.posted && !this.isGone;
    if (this.lent.has(port)) this.forget(resident);
    else if (port.isClosed && isOut && !this.residents.takeUndone(resident)) resident.closedAtMs = performance.now();
    else this.retire(resident);
    if (this.residents.open === 0) this.owner.emptied(this);
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
    const breakdown: Breakdown = {
      code: "machine_crashed",
      message: `${this.isReady ? "the thread ended" : "no thread could be started"}${error ? `: ${error.message}` : ""}`,
    };
    const { residents } = this;
    for (const resident of residents.all()) if (residents.isLost(resident)) resident.port.lose(breakdown);
    for (const { port } of residents.all()) {
      if (port.isClosed) continue;
      // Threads that are ended for another run's sake are nothing that goes wrong.
      if (!wasGone) port.threadsLost++;
      if (port.canMove && port.threadsLost <= MAX_THREADS_LOST) port.move();
      else port.lose(breakdown);
    }
    if (!wasGone) this.owner.gone(this);
  }

  /** Ends the thread if no run stands in it. */
  drop(): void {
    if (this.residents.open === 0) this.end();
  }

  /** Looks after what runs here; to be called every few milliseconds while there is work. */
  watch(nowMs: number): void {
    const resident = this.residents.running();
    const done = resident ? this.residents.doneBy(resident) : 0;
    if (!resident) this.running = undefined;
    else if (this.running?.resident !== resident || this.running.done !== done) {
      this.running = { resident, done, sinceMs: nowMs };
    } else this.inspect(resident, this.running.sinceMs, nowMs);
  }

  private inspect(resident: Resident, sinceMs: number, nowMs: number): void {
    const tookMs = nowMs - sinceMs;
    const { closedAtMs = nowMs, port, replied, run, slot } = resident;
    const asked = port.sent[this.residents.doneBy(resident) - replied];
    const isLate = tookMs > allowanceMs(port, asked, sinceMs) || nowMs - closedAtMs > CLOSED_GRACE_MS;
    if (!isLate && tookMs < SLOW_MS) return;
    this.slow = resident;
    for (const waiting of this.residents.takeWaiting(resident)) this.moveAway(waiting);
    // It may have come to its end by now: the next one's command must not be taken for its own.
    const { claims } = this.residents;
    if (isLate && (!claims || claims.isRunning(slot, run))) this.kill(resident, overdue(port, asked, sinceMs), tookMs);
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

  /** Tells the thread once what machines of a kind are made from. */
  private introduce({ image, key, module }: MachineKind): void {
    if (this.kinds.has(key)) return;
    const [oldest] = this.kinds;
    if (this.kinds.size >= MAX_KINDS && oldest !== undefined) {
      this.kinds.delete(oldest);
      this.outbox.push({ type: "forget", key: oldest });
    }
    this.kinds.add(key);
    const { engine } = image;
    if (!this.engines.has(engine)) this.outbox.push({ type: "image", engine, image });
    this.engines.add(engine);
    this.outbox.push({ type: "kind", key, engine, module });
  }

  /** Hands out commands: at once what was asked for within one turn of the host's own loop. */
  private pump(): void {
    if (this.pumps) return;
    this.pumps = true;
    queueMicrotask(() => {
      this.pumps = false;
      if (!this.isGone) this.handOut();
    });
  }

  private handOut(): void {
    const ahead = Math.min(MAX_AHEAD, Math.max(1, Math.ceil(AHEAD_MS / this.turnMs)));
    while (this.waiting.size > 0 && this.outstanding < ahead) {
      const port = this.waiting.shift();
      const resident = port && this.residents.of(port);
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
    for (const command of port.take()) {
      this.outbox.push({ type: "command", run, command });
      resident.posted++;
      this.outstanding++;
    }
  }

  private moveAway(resident: Resident): void {
    const { memory, port } = resident;
    if (memory) this.lent.set(port, resident);
    port.move();
  }

  private kill(resident: Resident, breakdown: Breakdown, tookMs: number): void {
    this.residents.forget(resident);
    this.end();
    resident.port.lose(breakdown, tookMs);
  }

  private end(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.handle.terminate();
    this.owner.gone(this);
  }

  private retire(resident: Resident): void {
    this.forget(resident);
    this.free(resident);
  }

  private forget(resident: Resident): void {
    this.residents.forget(resident);
    this.outstanding -= resident.posted - resident.replied;
    if (this.outstanding === 0) this.handle.keepAlive(false);
  }

  private free(resident: Resident): void {
    this.residents.free(resident);
    this.outbox.push({ type: "close", run: resident.run });
    if (!this.isGone) this.pump();
  }
}
