import type { MachineKinds } from "../kinds.ts";
import type { Places } from "../place.ts";
import type { MachinePool } from "../pool.ts";
import type { Place } from "../pooled-port.ts";
import { type StartThread, Thread, type ThreadOwner } from "./thread.ts";

/** How often threads with work are looked after. */
const WATCH_MS = 5;
/** A tenant that asked for a place this long ago still counts as one that is here. */
const PRESENT_MS = 5_000;

/** A thread with so much to do is no place for a tenant that is quiet. */
const CROWDED_LOAD = 4;

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
  /** How many share the work; those that one long command keeps don't count. */
  private readonly width: number;
  private readonly slots: number;
  private readonly kinds: MachineKinds;
  private all: Thread[] = [];
  private isClosed = false;
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

  get isFull(): boolean {
    return !this.mayAdd && !this.all.some((thread) => thread.hasRoom(this.kinds.hasUnshared));
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
    for (const thread of this.all) {
      if (thread.hasRoom(alone) && isBetter(thread, best) && this.accepts(thread, tenant)) best = thread;
    }
    if (best?.load === 0) return best;
    const started = this.wantsMore(best) && this.mayStart(tenant) ? this.newThread() : undefined;
    return best ?? started;
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

  /** After its runtime was closed, what stands ready has nobody to wait for. */
  emptied(thread: Thread): void {
    if (this.isClosed) queueMicrotask(() => thread.drop());
  }

  close(): void {
    this.isClosed = true;
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
    // What keeps a thread may have to be ended: by then another one stands ready in its place.
    const needed = Math.min(this.width, this.all.length);
    for (let { quick } = this; quick < needed && this.newThread(); ) quick++;
    if (work) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** While others are here, a tenant has runs in half of the threads at most: one that floods does not keep the rest waiting. */
  private accepts(thread: Thread, tenant: string | undefined): boolean {
    return thread.residents.has(tenant) || this.mayStart(tenant);
  }

  /** While several tenants are here there is one thread more, for those that have none. */
  private wantsMore(best: Thread | undefined): boolean {
    const { quick, width } = this;
    return quick < width || (quick === width && this.isMixed && (!best || best.load > CROWDED_LOAD));
  }

  private get isMixed(): boolean {
    return this.other !== undefined && performance.now() - this.other.atMs <= PRESENT_MS;
  }

  private mayStart(tenant: string | undefined): boolean {
    if (!this.isMixed) return true;
    return this.all.filter((thread) => thread.residents.has(tenant)).length < Math.max(1, this.width >> 1);
  }

  present(tenant: string | undefined): void {
    const atMs = performance.now();
    if (this.latest && this.latest.tenant !== tenant) this.other = this.latest;
    this.latest = { tenant, atMs };
  }

  private get quick(): number {
    return this.all.reduce((count, { isSlow }) => (isSlow ? count : count + 1), 0);
  }

  /** Not where there are twice as many as share the work, and the one beside them. */
  private get mayAdd(): boolean {
    return this.all.length <= 2 * this.width;
  }

  /** None where there are enough, or where there are some and the system gives no more. Throws Error where there is none. */
  private newThread(): Thread | undefined {
    if (!this.mayAdd) return undefined;
    try {
      const thread = new Thread(this.start, this.slots, this);
      this.all.push(thread);
      return thread;
    } catch (error) {
      if (this.all.length > 0) return undefined;
      throw error;
    }
  }
}

/** One that is still starting comes last: what is put there waits. */
function isBetter(thread: Thread, best: Thread | undefined): boolean {
  if (!best) return true;
  return thread.isReady === best.isReady ? thread.load < best.load : thread.isReady;
}
