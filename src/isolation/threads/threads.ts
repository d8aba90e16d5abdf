import type { MachineKinds } from "../kinds.ts";
import type { Places } from "../place.ts";
import type { MachinePool } from "../pool.ts";
import type { Place } from "../pooled-port.ts";
import { type StartThread, Thread, type ThreadOwner } from "./thread.ts";

/** How often threads with work are looked after. */
const WATCH_MS = 5;
/** A tenant that asked for a place this long ago still counts as one that is here. */
const PRESENT_MS = 5_000;

/** How many threads share the work, and how many runs have a machine in each. */
export interface ThreadsOptions {
  readonly width: number;
  readonly slots: number;
  readonly kinds: MachineKinds;
}

/** The threads of a runtime: started as they are needed, replaced when they are gone. */
export class Threads implements Places, ThreadOwner {
  private readonly start: StartThread;
  private readonly pool: MachinePool;
  /** How many share the work. One more is there for what must not wait behind the others. */
  private readonly width: number;
  private readonly slots: number;
  private readonly kinds: MachineKinds;
  private all: Thread[] = [];
  private timer: ReturnType<typeof setInterval> | undefined;
  private latest: { tenant: string | undefined; atMs: number } | undefined;
  private other: { tenant: string | undefined; atMs: number } | undefined;

  constructor(start: StartThread, { kinds, slots, width }: ThreadsOptions, pool: MachinePool) {
    this.start = start;
    this.kinds = kinds;
    this.width = width;
    this.slots = slots;
    this.pool = pool;
  }

  get idleMachines(): number {
    return this.all.reduce((sum, { residents }) => sum + residents.idleMachines, 0);
  }

  get capacity(): number {
    return this.width * this.slots;
  }

  get threads(): { total: number; busy: number; starting: number } {
    const { all } = this;
    return {
      total: all.length,
      busy: all.filter(({ isBusy }) => isBusy).length,
      starting: all.filter(({ isReady }) => !isReady).length,
    };
  }

  find(tenant: string | undefined): Place | undefined {
    this.present(tenant);
    // A run that can't be moved must have no neighbours.
    const alone = this.kinds.hasUnshared;
    let best: Thread | undefined;
    let quick = 0;
    for (const thread of this.all) {
      if (!thread.isSlow) quick++;
      if (thread.hasRoom(alone) && (!best || thread.load < best.load) && this.accepts(thread, tenant)) best = thread;
    }
    if (best?.load === 0) return best;
    const wanted = best ? quick < this.width : this.mayStart(tenant);
    if (wanted && this.all.length <= this.width) {
      const started = this.newThread();
      return best ?? started;
    }
    return best;
  }

  busy(): void {
    this.timer ??= setInterval(() => this.watch(), WATCH_MS);
  }

  freed(): void {
    this.pool.fill();
  }

  gone(thread: Thread): void {
    this.all = this.all.filter((one) => one !== thread);
    this.pool.fill();
  }

  close(): void {
    for (const thread of [...this.all]) thread.drop();
  }

  private watch(): void {
    const nowMs = performance.now();
    let work = false;
    for (const thread of [...this.all]) {
      if (!thread.isBusy) continue;
      work = true;
      thread.watch(nowMs);
    }
    // What keeps a thread may have to be ended: another one stands ready for its neighbours, and for what comes then.
    if (this.all.length <= this.width && this.all.every(({ isSlow }) => isSlow) && this.all.length > 0)
      this.newThread();
    if (work) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** While others are here, no tenant has a run in every thread: one that floods does not keep the rest waiting. */
  private accepts(thread: Thread, tenant: string | undefined): boolean {
    return thread.residents.has(tenant) || this.mayStart(tenant);
  }

  private mayStart(tenant: string | undefined): boolean {
    if (!this.other || performance.now() - this.other.atMs > PRESENT_MS) return true;
    return this.all.filter((thread) => thread.residents.has(tenant)).length < this.width;
  }

  private present(tenant: string | undefined): void {
    const atMs = performance.now();
    if (this.latest && this.latest.tenant !== tenant) this.other = this.latest;
    this.latest = { tenant, atMs };
  }

  private newThread(): Thread {
    const thread = new Thread(this.start, this.slots, this);
    this.all.push(thread);
    return thread;
  }
}
