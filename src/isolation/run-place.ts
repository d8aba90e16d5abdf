import type { CallWaiter, TenantAccount } from "./tenants.ts";

/** What a run does for its place. */
export interface PlaceOwner {
  /** The run is not admitted. */
  fail(code: "busy" | "queue_timeout", message: string): void;
}

/** What keeps the places of a runtime. */
interface Places {
  enter(place: RunPlace): boolean;
  wait(place: RunPlace): void;
  opened(place: RunPlace): void;
  holds(place: RunPlace, bytes: number): void;
  leave(place: RunPlace): void;
}

/** Where a run stands. One that is over and one that has not asked yet are alike: nothing is counted. */
type Standing = "out" | "queued" | "opening" | "running";

/** A run's place in its runtime: asked for once, and given back when the run has its outcome. */
export class RunPlace {
  readonly owner: PlaceOwner;
  readonly account: TenantAccount | undefined;
  private readonly places: Places;
  standing: Standing = "out";
  toolBytes = 0;
  /** Until when it waits in the queue. */
  untilMs = 0;
  /** Its turn has come. */
  go: (() => void) | undefined;

  constructor(places: Places, owner: PlaceOwner, account: TenantAccount | undefined) {
    this.places = places;
    this.owner = owner;
    this.account = account;
  }

  get tenant(): string | undefined {
    return this.account?.name;
  }

  /** Asks to be admitted: undefined if the run is, else a promise of its turn, which never comes if the run ends before. */
  enter(): Promise<void> | undefined {
    if (this.places.enter(this)) return undefined;
    return new Promise((resolve) => {
      this.go = resolve;
      this.places.wait(this);
    });
  }

  /** The run had a turn of so much time: from now on its machine is counted where machines are. */
  spent(cpuMs: number): void {
    this.places.opened(this);
    this.account?.spend(cpuMs);
  }

  /** The run holds so many bytes more (or less) of the inputs and answers of its calls. */
  holds(bytes: number): void {
    this.places.holds(this, bytes);
  }

  /** Takes a place for a call. False: there is none, and the waiter is told when it is its turn. */
  takeCall(waiter: CallWaiter): boolean {
    return this.account?.takeCall(waiter) ?? true;
  }

  /** Takes a place for a call that cannot wait. */
  takeCallAnyway(): void {
    this.account?.takeCallAnyway();
  }

  /** Gives the place of a call back. */
  freeCall(): void {
    this.account?.freeCalls(1);
  }

  /** Gives the places of so many calls back; the run asks for no more. */
  forgetCalls(waiter: CallWaiter, count: number): void {
    this.account?.forgetCalls(waiter);
    if (count > 0) this.account?.freeCalls(count);
  }

  /** The run has its outcome. */
  leave(): void {
    this.places.leave(this);
  }
}
