import { FairQueue } from "./fair-queue.ts";
import { type PlaceOwner, RunPlace } from "./run-place.ts";
import type { TenantAccount, Tenants } from "./tenants.ts";

/** How many may run and wait, how long, and how much memory they may take. */
export interface AdmissionLimits {
  readonly maxConcurrentRuns: number;
  readonly maxQueuedRuns: number;
  readonly queueTimeoutMs: number;
  readonly memoryBytes: number;
}

/** What machines take, and how many more there may be. */
export interface MemoryMeter {
  /** Machines and parked runs. */
  readonly takenBytes: number;
  readonly freeMachines: number;
}

/** How often is looked whether memory or time of a tenant is there again, as nobody tells. */
const LOOK_MS = 20;
/** What is reserved for a run that had no turn yet: the machine that it is about to get, or what it takes until there is one. */
const MACHINE_BYTES = 768 * 1024;
const WAITING_BYTES = 8 * 1024;

/** Who may run, and when: as many as the limits let, tenants in turn. */
export class Admission {
  private readonly limits: AdmissionLimits;
  private readonly tenants: Tenants;
  private readonly memory: MemoryMeter;
  private readonly queue = new FairQueue<RunPlace>();
  /** Those that wait, the first to come first: for all of them the time is the same. */
  private readonly arrivals = new Set<RunPlace>();
  /** Tenants that wait for time to spend. */
  private readonly refilling = new Set<TenantAccount>();
  private fullest: string | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private timerAtMs = 0;
  private opening = 0;
  running = 0;
  toolBytes = 0;
  admitted = 0;
  busy = 0;
  timedOut = 0;

  constructor(limits: AdmissionLimits, tenants: Tenants, memory: MemoryMeter) {
    this.limits = limits;
    this.tenants = tenants;
    this.memory = memory;
  }

  get queued(): number {
    return this.queue.size;
  }

  queuedOf(tenant: string): number {
    return this.queue.sizeOf(tenant);
  }

  /** A place for a run that is about to begin. Throws UsageError where the tenant's limits are none. */
  place(tenant: string | undefined, owner: PlaceOwner): RunPlace {
    return new RunPlace(this, owner, tenant === undefined ? undefined : this.tenants.accountFor(tenant));
  }

  /** Admits a run if nobody waits for the same and there is room. */
  enter(place: RunPlace): boolean {
    const { account, tenant } = place;
    if (this.queue.hasTurn || account?.isHeld || !this.hasRoom) return false;
    // Those that were held may go now, by other limits or as time went by: they are first.
    if (account && this.queue.size > 0 && this.queue.sizeOf(tenant) > 0) return false;
    this.admit(place);
    return true;
  }

  /** Lets a run wait for its turn, unless too many do. */
  wait(place: RunPlace): void {
    const { account, tenant } = place;
    const { maxQueuedRuns, queueTimeoutMs } = this.limits;
    // Memory may be there again without anybody having looked.
    if (this.queue.size >= maxQueuedRuns) this.proceed();
    if (this.queue.size >= maxQueuedRuns && !this.makeRoomFor(tenant)) {
      this.refuse(place, "busy", `${this.queue.size} runs wait already; ${maxQueuedRuns} may`);
      return;
    }
    place.standing = "queued";
    place.untilMs = performance.now() + queueTimeoutMs;
    this.queue.push(tenant, place);
    if (this.queue.sizeOf(tenant) >= this.queue.sizeOf(this.fullest)) this.fullest = tenant;
    this.arrivals.add(place);
    if (account) this.tenants.woke(account);
    this.proceed(account);
  }

  opened(place: RunPlace): void {
    if (place.standing !== "opening") return;
    place.standing = "running";
    this.opening--;
  }

  holds(place: RunPlace, bytes: number): void {
    place.toolBytes += bytes;
    if (place.standing === "opening" || place.standing === "running") this.toolBytes += bytes;
  }

  leave(place: RunPlace): void {
    const { account, standing } = place;
    if (standing === "out") return;
    if (standing === "queued") this.takeOut(place);
    else {
      if (standing === "opening") this.opening--;
      this.running--;
      this.toolBytes -= place.toolBytes;
      if (account) account.running--;
    }
    place.standing = "out";
    this.rest(account);
    if (this.timer !== undefined) this.proceed(account);
  }

  /** Whether one more may run. One always may, or nothing would ever change. */
  private get hasRoom(): boolean {
    const { maxConcurrentRuns, memoryBytes } = this.limits;
    return this.running === 0 || (this.running < maxConcurrentRuns && this.memoryTaken() <= memoryBytes);
  }

  /** What is taken, with the machines that those admitted are about to get. */
  private memoryTaken(): number {
    const { freeMachines, takenBytes } = this.memory;
    const machines = Math.min(this.opening, Math.max(0, freeMachines)) * MACHINE_BYTES;
    return takenBytes + this.toolBytes + machines + this.opening * WAITING_BYTES;
  }

  private admit(place: RunPlace): void {
    const { account } = place;
    if (account) {
      this.tenants.woke(account);
      account.running++;
    }
    place.standing = "opening";
    this.toolBytes += place.toolBytes;
    this.opening++;
    this.running++;
    this.admitted++;
  }

  /** Admits as many as may be; `changed` is a tenant for which more may be possible now. */
  private proceed(changed?: TenantAccount): void {
    if (changed && changed.running < changed.limits.runs) this.queue.release(changed.name);
    while (this.queue.hasTurn && this.hasRoom) {
      const next = this.queue.shift((tenant) => this.mayGo(tenant));
      if (!next) break;
      this.arrivals.delete(next);
      this.admit(next);
      next.go?.();
      next.go = undefined;
    }
    this.schedule();
  }

  /** Whether a tenant may have a turn; it is not asked again before something changed for it. */
  private mayGo(tenant: string | undefined): boolean {
    const account = tenant === undefined ? undefined : this.tenants.get(tenant);
    if (!account?.isHeld) return true;
    this.queue.hold(tenant);
    if (!account.hasCredit) this.refilling.add(account);
    return false;
  }

  /** Refuses the longest waiting run of the tenant that has most in the queue, if that is another one with clearly more. */
  private makeRoomFor(tenant: string | undefined): boolean {
    const { fullest, queue } = this;
    if (queue.sizeOf(fullest) <= queue.sizeOf(tenant) + 1) return false;
    const place = queue.take(fullest);
    if (!place) return false;
    this.refuse(place, "busy", "the queue is full, and other tenants have less in it");
    return true;
  }

  private refuse(place: RunPlace, code: "busy" | "queue_timeout", message: string): void {
    if (place.standing === "queued") this.takeOut(place);
    place.standing = "out";
    if (code === "busy") this.busy++;
    else this.timedOut++;
    this.rest(place.account);
    place.owner.fail(code, message);
  }

  private takeOut(place: RunPlace): void {
    this.queue.remove(place.tenant, place);
    this.arrivals.delete(place);
    place.go = undefined;
  }

  private rest(account: TenantAccount | undefined): void {
    if (account && account.running === 0 && this.queue.sizeOf(account.name) === 0) this.tenants.rested(account);
  }

  /** Sees to it that whoever waits is looked at when time alone changes something for it. */
  private schedule(): void {
    if (this.arrivals.size === 0) {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.refilling.clear();
      return;
    }
    // Those that may go wait for memory, or for others to end.
    const looks = this.refilling.size > 0 || (this.queue.hasTurn && this.running < this.limits.maxConcurrentRuns);
    const lookMs = looks ? performance.now() + LOOK_MS : Number.POSITIVE_INFINITY;
    // A timer for a run that waits no longer is left: to look for the first one takes long where many have gone.
    if (this.timer !== undefined && this.timerAtMs <= lookMs) return;
    clearTimeout(this.timer);
    const [first] = this.arrivals;
    this.timerAtMs = Math.min(first?.untilMs ?? lookMs, lookMs);
    this.timer = setTimeout(() => this.look(), Math.max(0, Math.ceil(this.timerAtMs - performance.now())));
  }

  private look(): void {
    this.timer = undefined;
    const nowMs = performance.now();
    for (const place of this.arrivals) {
      if (place.untilMs > nowMs) break;
      this.refuse(place, "queue_timeout", `the run waited ${this.limits.queueTimeoutMs} ms for its turn`);
    }
    for (const account of this.refilling) {
      if (!account.hasCredit) continue;
      this.refilling.delete(account);
      if (!account.isHeld) this.queue.release(account.name);
    }
    this.proceed();
  }
}
