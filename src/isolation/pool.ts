import { type Breakdown, type KeptDelta, keptBytes } from "../engine/index.ts";
import { FairQueue } from "./fair-queue.ts";
import { Families } from "./families.ts";
import type { MachineKinds } from "./kinds.ts";
import type { Places } from "./place.ts";
import { type Place, PooledPort, type PortPool } from "./pooled-port.ts";
import type { Isolation, IsolationStats, MachineNeed, MachinePort } from "./port.ts";

/** What a machine takes beside the heap of its program, and before its first turn. */
const BESIDE_HEAP_BYTES = 256 * 1024;
const FRESH_BYTES = 704 * 1024;
/** One that stands ready was rewound: all of its memory was written. */
const IDLE_BYTES = 2_560 * 1024;
/** What a parked run takes beside its delta's words. */
const PARKED_OVERHEAD_BYTES = 1024;

/** What a pool is made of. */
export interface PoolParts {
  readonly engineId: () => Promise<string>;
  readonly kinds: MachineKinds;
  places(pool: MachinePool): Places;
  /** Whether all places are on this thread. */
  readonly isDirect: boolean;
  /** Quiet for this long, a run may be parked. */
  readonly parkAfterMs: number;
}

/**
 * Gives machines to runs while they need them. Where machines are short, a run that has been quiet for a while is
 * parked: kept as its delta until something is asked of it again.
 */
export class MachinePool implements Isolation, PortPool {
  private readonly parts: PoolParts;
  private readonly places: Places;
  /** Runs with commands and no place. */
  private readonly seeking = new FairQueue<PooledPort>();
  /** Those that had one and had to leave it. They come first: until they are elsewhere, machines are kept for them. */
  private readonly moving = new FairQueue<PooledPort>();
  /** Runs that have a place and nothing to do there, the one that has rested longest first. */
  private readonly resting = new Set<PooledPort>();
  /** Runs that are being parked. */
  private readonly leaving = new Set<PooledPort>();
  private readonly families = new Families();
  private parkTimer: ReturnType<typeof setTimeout> | undefined;
  private filling = false;
  private placed = 0;
  private placedBytes = 0;
  private parkedRuns = 0;
  private parkedBytes = 0;

  constructor(parts: PoolParts) {
    this.parts = parts;
    this.places = parts.places(this);
  }

  get isDirect(): boolean {
    return this.parts.isDirect;
  }

  get engineId(): Promise<string> {
    return this.parts.engineId();
  }

  open(need: MachineNeed): Promise<MachinePort> | MachinePort {
    const kind = this.parts.kinds.of(need);
    if (kind instanceof Promise) return kind.then((made) => new PooledPort(need, made, this));
    return new PooledPort(need, kind, this);
  }

  /** How many machines more there may be at once. */
  get freeMachines(): number {
    return this.places.capacity - this.placed;
  }

  /** How many runs want a place. */
  private get seekers(): number {
    return this.seeking.size + this.moving.size;
  }

  /** What machines and parked runs take. */
  get takenBytes(): number {
    return this.placedBytes + this.places.idleMachines * IDLE_BYTES + this.keptBytes;
  }

  stats(): IsolationStats {
    const { keptBytes: parkedBytes, parkedRuns, placed } = this;
    const { idleMachines, threads } = this.places;
    return {
      threads: threads.total,
      busyThreads: threads.busy,
      startingThreads: threads.starting,
      busyMachines: placed,
      idleMachines,
      machineBytes: this.takenBytes - parkedBytes,
      parkedRuns,
      parkedBytes,
    };
  }

  close(): void {
    this.places.close();
  }

  began(port: PooledPort, program: string): void {
    port.family ??= this.families.join(port.need.tenant, program);
  }

  baseFor({ family }: PooledPort): Uint8Array | undefined {
    return family && this.families.baseOf(family);
  }

  seek(port: PooledPort, isMoved = false): void {
    const queue = isMoved ? this.moving : this.seeking;
    queue.push(port.need.tenant, port);
    // Asked for it alone, also where others come first: so its tenant counts as one that is here.
    if (this.places.isFull) this.places.present(port.need.tenant);
    this.fill();
  }

  measured(port: PooledPort): void {
    if (!port.place) return;
    const bytes = Math.max(port.machineBytes, port.spent.memoryBytes + BESIDE_HEAP_BYTES);
    this.placedBytes += bytes - port.machineBytes;
    port.machineBytes = bytes;
  }

  rested(port: PooledPort): void {
    port.restedAtMs = performance.now();
    this.resting.add(port);
    this.makeRoom();
  }

  roused(port: PooledPort): void {
    this.resting.delete(port);
  }

  parked(port: PooledPort, delta: KeptDelta): void {
    port.kept = delta;
    if (port.family) this.families.kept(port.family, delta);
    port.keptBytes = keptBytes(delta) + PARKED_OVERHEAD_BYTES;
    this.parkedRuns++;
    this.parkedBytes += port.keptBytes;
    port.leave();
  }

  stays(port: PooledPort): void {
    this.leaving.delete(port);
    this.makeRoom();
  }

  left(port: PooledPort): void {
    this.placed--;
    this.placedBytes -= port.machineBytes;
    port.machineBytes = 0;
    this.resting.delete(port);
    this.leaving.delete(port);
    if (this.seekers > 0) this.fill();
  }

  closed(port: PooledPort): void {
    if (!this.moving.remove(port.need.tenant, port)) this.seeking.remove(port.need.tenant, port);
    this.unpark(port);
    if (port.family) this.families.leave(port.family);
    if (port.place) port.leave();
  }

  /** Lets runs that wait for a place have those that are free. What comes of one must not pile up on the one before. */
  fill(): void {
    if (this.filling) return;
    this.filling = true;
    for (const queue of [this.moving, this.seeking]) {
      while (queue.size > 0 && !this.places.isFull && this.fillOne(queue));
    }
    this.filling = false;
    this.makeRoom();
  }

  /** What parked runs take. */
  private get keptBytes(): number {
    return this.parkedBytes + this.families.bytes;
  }

  /** Lets the next run have a place; false if there is none for any. Where there can be none, the run is lost. */
  private fillOne(queue: FairQueue<PooledPort>): boolean {
    let place: Place | undefined;
    let problem: unknown;
    const port = queue.shift((tenant) => {
      try {
        place = this.places.find(tenant);
      } catch (error) {
        problem = error;
      }
      return (place ?? problem) !== undefined;
    });
    if (port && place) this.settle(port, place);
    else port?.lose(noPlace(problem));
    return port !== undefined;
  }

  private settle(port: PooledPort, place: Place): void {
    this.unpark(port);
    this.placed++;
    port.machineBytes = Math.max(FRESH_BYTES, port.spent.memoryBytes + BESIDE_HEAP_BYTES);
    this.placedBytes += port.machineBytes;
    port.place = place;
    place.admit(port);
    place.ready(port);
  }

  /** Parks as many runs as others wait, those that have rested longest; soon, if none has rested long enough. */
  private makeRoom(): void {
    if (this.leaving.size >= this.seekers) return;
    const now = performance.now();
    for (const port of this.resting) {
      if (this.leaving.size >= this.seekers) return;
      const leftMs = port.restedAtMs + this.parts.parkAfterMs - now;
      if (leftMs > 0) {
        this.parkTimer ??= setTimeout(() => this.parkLater(), Math.ceil(leftMs));
        return;
      }
      this.resting.delete(port);
      this.leaving.add(port);
      port.park();
    }
  }

  private parkLater(): void {
    this.parkTimer = undefined;
    this.makeRoom();
  }

  private unpark(port: PooledPort): void {
    if (port.keptBytes === 0) return;
    this.parkedRuns--;
    this.parkedBytes -= port.keptBytes;
    port.keptBytes = 0;
  }
}

function noPlace(error: unknown): Breakdown {
  return { code: "machine_crashed", message: `no thread could be started: ${(error as Error)?.message ?? error}` };
}
