import { checkNumber, checkType, refuseUnknown } from "../check.ts";
import { UsageError } from "../errors.ts";
import { FairQueue } from "./fair-queue.ts";

/** What all runs of one tenant may take together. Absent: as much as there is. */
export interface TenantLimits {
  /** Runs at a time; further ones wait for their turn. */
  runs?: number;
  /** Milliseconds inside machines, on average over time; up to so many may be spent at once. */
  cpuMsPerMinute?: number;
  /** Calls at a time; further ones wait for their turn. */
  callsInFlight?: number;
}

/** The limits of every tenant, or what gives those of one; asked anew for each run. */
export type TenantLimiter = TenantLimits | ((tenant: string) => TenantLimits | undefined);

/** Calls of one run that wait until their tenant may have another one in flight. */
export interface CallWaiter {
  /** It is the run's turn to take one place, if it still wants one. */
  callFree(): void;
}

type AllLimits = Readonly<Required<TenantLimits>>;

const MINUTE_MS = 60_000;
/** How many tenants that have nothing going on are remembered. */
const MAX_IDLE = 10_000;
const SWEEP_MS = 1_000;

const RANGES: Readonly<Record<keyof TenantLimits, readonly [min: number, max: number]>> = {
  runs: [1, 10_000_000],
  cpuMsPerMinute: [1, 2 ** 31 - 1],
  callsInFlight: [1, 10_000_000],
};

const NO_LIMITS: AllLimits = Object.freeze({
  runs: Number.POSITIVE_INFINITY,
  cpuMsPerMinute: Number.POSITIVE_INFINITY,
  callsInFlight: Number.POSITIVE_INFINITY,
});

/** What one tenant has going on, and what it may. */
export class TenantAccount {
  readonly name: string;
  limits: AllLimits = NO_LIMITS;
  running = 0;
  callsInFlight = 0;
  /** Spent since the tenant is known. */
  cpuMs = 0;
  idleSinceMs = 0;
  /** What is left to spend; below zero if runs spent more than there was. */
  private creditMs = Number.POSITIVE_INFINITY;
  private creditAtMs = 0;
  private waiting: FairQueue<CallWaiter> | undefined;
  private granted: CallWaiter | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Whether no further run of it may be admitted now. */
  get isHeld(): boolean {
    return this.running >= this.limits.runs || !this.hasCredit;
  }

  /** Whether it may spend time. */
  get hasCredit(): boolean {
    return this.limits.cpuMsPerMinute === Number.POSITIVE_INFINITY || this.refilled() > 0;
  }

  /** Whether nothing is lost by forgetting what it spent. */
  get isFull(): boolean {
    const { cpuMsPerMinute } = this.limits;
    return cpuMsPerMinute === Number.POSITIVE_INFINITY || this.refilled() >= cpuMsPerMinute;
  }

  spend(cpuMs: number): void {
    this.cpuMs += cpuMs;
    if (this.limits.cpuMsPerMinute !== Number.POSITIVE_INFINITY) this.creditMs = this.refilled() - cpuMs;
  }

  /** Takes a place for a call. False: there is none, and the waiter is told when it is its turn. */
  takeCall(waiter: CallWaiter): boolean {
    const { granted, limits, waiting } = this;
    const mayTake = granted === waiter || !waiting || waiting.size === 0;
    if (!mayTake || this.callsInFlight >= limits.callsInFlight) {
      this.waiting ??= new FairQueue();
      this.waiting.push(undefined, waiter);
      return false;
    }
    this.granted = undefined;
    this.callsInFlight++;
    return true;
  }

  /** Takes a place for what cannot wait. */
  takeCallAnyway(): void {
    this.callsInFlight++;
  }

  /** Gives places of calls back: to the runs that wait for them, one each in turn. */
  freeCalls(count: number): void {
    this.callsInFlight -= count;
    this.grantCalls();
  }

  /** A run asks for no more places. */
  forgetCalls(waiter: CallWaiter): void {
    this.waiting?.remove(undefined, waiter);
  }

  private grantCalls(): void {
    while (this.waiting && this.callsInFlight < this.limits.callsInFlight) {
      this.granted = this.waiting.shift();
      if (!this.granted) return;
      this.granted.callFree();
      this.granted = undefined;
    }
  }

  private refilled(): number {
    const { cpuMsPerMinute } = this.limits;
    const nowMs = performance.now();
    const gained = ((nowMs - this.creditAtMs) * cpuMsPerMinute) / MINUTE_MS;
    this.creditMs = Math.min(cpuMsPerMinute, this.creditMs + gained);
    this.creditAtMs = nowMs;
    return this.creditMs;
  }
}

/** The tenants that have something going on, or had until just now: others leave no trace. */
export class Tenants {
  private readonly limiter: TenantLimiter | undefined;
  private readonly shared: AllLimits | undefined;
  private readonly known = new Map<string, TenantAccount>();
  /** In the order in which they came to rest. */
  private readonly idle = new Set<TenantAccount>();
  private nextSweepMs = 0;

  /** Throws UsageError. */
  constructor(limiter: TenantLimiter | undefined) {
    if (typeof limiter !== "function") {
      checkType("tenantLimits", limiter, "object");
      this.shared = limiter && allLimits("tenantLimits", limiter);
    }
    this.limiter = limiter;
  }

  get(name: string): TenantAccount | undefined {
    return this.known.get(name);
  }

  /** The account for a run that is about to begin. Throws UsageError for limits that are none. */
  accountFor(name: string): TenantAccount {
    const limits = this.shared ?? this.limitsOf(name);
    const account = this.known.get(name) ?? this.open(name);
    account.limits = limits;
    return account;
  }

  /** The tenant has something going on. */
  woke(account: TenantAccount): void {
    // It may have been forgotten since its run asked for it.
    if (this.idle.delete(account)) this.known.set(account.name, account);
  }

  /** Nothing of the tenant goes on any more. */
  rested(account: TenantAccount): void {
    account.idleSinceMs = performance.now();
    this.idle.add(account);
  }

  /** All that are known: who rested for a minute is forgotten. */
  all(): IterableIterator<TenantAccount> {
    this.sweep();
    return this.known.values();
  }

  private open(name: string): TenantAccount {
    if (this.idle.size >= MAX_IDLE || performance.now() >= this.nextSweepMs) this.sweep();
    const account = new TenantAccount(name);
    this.known.set(name, account);
    this.rested(account);
    return account;
  }

  private limitsOf(name: string): AllLimits {
    if (typeof this.limiter !== "function") return NO_LIMITS;
    let limits: TenantLimits | undefined;
    try {
      limits = this.limiter(name);
    } catch (error) {
      throw new UsageError(`tenantLimits failed for the tenant ${quoted(name)}: ${(error as Error)?.message ?? error}`);
    }
    return limits === undefined ? NO_LIMITS : allLimits(`tenantLimits(${quoted(name)})`, limits);
  }

  private sweep(): void {
    const nowMs = performance.now();
    this.nextSweepMs = nowMs + SWEEP_MS;
    // Half of them at once: to look for the first one takes as long as what was forgotten before it.
    const keep = this.idle.size >= MAX_IDLE ? MAX_IDLE / 2 : MAX_IDLE;
    for (const account of this.idle) {
      if (this.idle.size <= keep && account.idleSinceMs + MINUTE_MS > nowMs) return;
      // A tenant that owes time would have it anew.
      if (!account.isFull) continue;
      this.idle.delete(account);
      this.known.delete(account.name);
    }
  }
}

function quoted(tenant: string): string {
  return JSON.stringify(tenant.length > 80 ? `${tenant.slice(0, 80)}…` : tenant);
}

/** The limits with those that are absent. Throws UsageError naming the limit, its range and the value. */
function allLimits(name: string, given: TenantLimits): AllLimits {
  // A promise has no members: it would pass for limits that are all absent.
  if (typeof (given as { then?: unknown } | null)?.then === "function") {
    throw new UsageError(`expected ${name} to be an object, got a promise: limits are needed at once`);
  }
  refuseUnknown(name, given, Object.keys(RANGES));
  const { callsInFlight, cpuMsPerMinute, runs } = given;
  const checked = (limit: keyof TenantLimits, value: unknown) =>
    value === undefined || value === Number.POSITIVE_INFINITY
      ? Number.POSITIVE_INFINITY
      : checkNumber(`${name}.${limit}`, value, ...RANGES[limit]);
  return {
    runs: checked("runs", runs),
    cpuMsPerMinute: checked("cpuMsPerMinute", cpuMsPerMinute),
    callsInFlight: checked("callsInFlight", callsInFlight),
  };
}
