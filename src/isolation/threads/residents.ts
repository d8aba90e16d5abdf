import type { PooledPort } from "../pooled-port.ts";
import { Claims } from "./claims.ts";

/** A run that stands in a thread. */
export interface Resident {
  readonly run: number;
  readonly slot: number;
  readonly port: PooledPort;
  /** Commands that were posted, and that were replied to. */
  posted: number;
  replied: number;
  memory?: SharedArrayBuffer;
  /** When its host closed it, while a command of it was out. */
  closedAtMs?: number;
}

/** The runs that stand in a thread, and the slots that they have. */
export class Residents {
  readonly claims: Claims | undefined;
  private readonly byRun = new Map<number, Resident>();
  private readonly byPort = new Map<PooledPort, Resident>();
  private readonly freeSlots: number[];
  private runs = 0;
  private most = 0;

  constructor(slots: number) {
    this.claims = Claims.make(slots);
    // Where memory can't be read from outside, a run that must be moved is lost: so it has a thread of its own.
    this.freeSlots = Array.from({ length: this.claims ? slots : 1 }, (_, slot) => slot);
  }

  /** Runs that are not closed. */
  get open(): number {
    return this.byPort.size;
  }

  get isEmpty(): boolean {
    return this.byRun.size === 0;
  }

  get hasRoom(): boolean {
    return this.freeSlots.length > 0;
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

  add(port: PooledPort): Resident {
    const slot = this.freeSlots.pop() ?? 0;
    const resident = { run: ++this.runs, slot, port, posted: 0, replied: 0 };
    this.claims?.give(slot, resident.run);
    this.byRun.set(resident.run, resident);
    this.byPort.set(port, resident);
    this.most = Math.max(this.most, this.byPort.size);
    return resident;
  }

  of(port: PooledPort): Resident | undefined {
    return this.byPort.get(port);
  }

  get(run: number): Resident | undefined {
    return this.byRun.get(run);
  }

  all(): Resident[] {
    return [...this.byRun.values()];
  }

  /** Its port is somewhere else, or closed. */
  leave({ port }: Resident): void {
    this.byPort.delete(port);
  }

  /** Nothing that it says is listened to any more. */
  forget({ port, run }: Resident): void {
    this.byPort.delete(port);
    this.byRun.delete(run);
  }

  free({ slot }: Resident): void {
    this.freeSlots.push(slot);
  }

  /** The one whose command is being carried out. */
  running(): Resident | undefined {
    for (const resident of this.byRun.values()) {
      if (resident.posted === resident.replied) continue;
      if (!this.claims || this.claims.isRunning(resident.slot, resident.run)) return resident;
    }
    return undefined;
  }

  /** How many of its commands are done. */
  doneBy({ replied, slot }: Resident): number {
    return this.claims?.done(slot) ?? replied;
  }

  /** Whether the end of the thread is the end of this run: it was running, or did what it could not tell. */
  isLost(resident: Resident): boolean {
    const { port, posted, replied, run, slot } = resident;
    if (port.isClosed || posted === replied) return false;
    return !this.claims || this.claims.isRunning(slot, run) || this.claims.done(slot) !== replied;
  }

  /** Takes a run away that has done nothing but what it told: what it was asked for is not begun any more. */
  takeUndone({ replied, run, slot }: Resident): boolean {
    const { claims } = this;
    return claims !== undefined && claims.done(slot) === replied && claims.take(slot, run);
  }

  /**
   * Takes away those that wait behind `staying`, so that the thread will not touch them. What they did and have not told
   * comes first: then they are left for the next time. Those that rest stay: their memory can be read even when the
   * thread is gone.
   */
  takeWaiting(staying: Resident): Resident[] {
    return this.all().filter((resident) => {
      const { closedAtMs, port } = resident;
      if (resident === staying || closedAtMs !== undefined || port.isResting || !port.canMove) return false;
      return this.takeUndone(resident);
    });
  }
}
