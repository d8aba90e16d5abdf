/** How often an item is taken out before the kept iterator is made anew: it keeps all tables that its set has outgrown. */
const RENEW = 1_000;

/** What one tenant has waiting, in order; its place among those that take turns. */
interface Lane<T> {
  readonly tenant: string | undefined;
  readonly items: Set<T>;
  /** Stands before the first item. Kept, as a new one would walk over all that was taken before. */
  first: Iterator<T>;
  removed: number;
  held: boolean;
  before: Lane<T> | undefined;
  after: Lane<T> | undefined;
}

/**
 * Items of tenants that wait for their turn: first come, first served within a tenant, and turn about between tenants.
 * No item may be in it twice. All it does takes the same time however much waits.
 */
export class FairQueue<T> {
  private readonly lanes = new Map<string | undefined, Lane<T>>();
  private head: Lane<T> | undefined;
  private tail: Lane<T> | undefined;
  private count = 0;

  /** How many items wait. */
  get size(): number {
    return this.count;
  }

  /** Whether a tenant that is not held has something waiting. */
  get hasTurn(): boolean {
    return this.head !== undefined;
  }

  /** How many items of this tenant wait. */
  sizeOf(tenant: string | undefined): number {
    return this.lanes.get(tenant)?.items.size ?? 0;
  }

  push(tenant: string | undefined, item: T): void {
    const lane = this.lanes.get(tenant) ?? this.open(tenant);
    const { size } = lane.items;
    this.count += lane.items.add(item).size - size;
  }

  /**
   * Takes the next item of the tenant whose turn it is, which is the last one in line from then on. Tenants that are not
   * accepted keep their place in the line; each of them costs one question, so hold those for which it is long.
   */
  shift(accepts?: (tenant: string | undefined) => boolean): T | undefined {
    for (let lane = this.head, after = lane?.after; lane; lane = after) {
      // Before the question, by which the tenant may be held.
      after = lane.after;
      if (!accepts || accepts(lane.tenant)) return this.next(lane);
    }
    return undefined;
  }

  /** Takes the next item of this tenant, out of turn. */
  take(tenant: string | undefined): T | undefined {
    const lane = this.lanes.get(tenant);
    if (!lane) return undefined;
    const item = lane.first.next().value as T;
    this.drop(lane, item);
    return item;
  }

  /** Takes an item out, wherever it stands; tells whether it was there. */
  remove(tenant: string | undefined, item: T): boolean {
    const lane = this.lanes.get(tenant);
    if (!lane || !this.drop(lane, item)) return false;
    if (++lane.removed % RENEW === 0) lane.first = lane.items.values();
    return true;
  }

  /** Lets a tenant have no turn until it is released, or until nothing of it waits any more. */
  hold(tenant: string | undefined): void {
    const lane = this.lanes.get(tenant);
    if (!lane || lane.held) return;
    this.unlink(lane);
    lane.held = true;
  }

  /** Lets a tenant that was held take turns again: it is the last one in line. */
  release(tenant: string | undefined): void {
    const lane = this.lanes.get(tenant);
    if (lane?.held) this.append(lane);
  }

  private open(tenant: string | undefined): Lane<T> {
    const items = new Set<T>();
    const place = { held: false, before: undefined, after: undefined };
    const lane: Lane<T> = { tenant, items, first: items.values(), removed: 0, ...place };
    this.lanes.set(tenant, lane);
    this.append(lane);
    return lane;
  }

  private next(lane: Lane<T>): T {
    const item = lane.first.next().value as T;
    this.drop(lane, item);
    if (lane.items.size > 0 && lane.after) {
      this.unlink(lane);
      this.append(lane);
    }
    return item;
  }

  private drop(lane: Lane<T>, item: T): boolean {
    if (!lane.items.delete(item)) return false;
    this.count--;
    if (lane.items.size > 0) return true;
    if (!lane.held) this.unlink(lane);
    this.lanes.delete(lane.tenant);
    return true;
  }

  private append(lane: Lane<T>): void {
    lane.held = false;
    lane.before = this.tail;
    lane.after = undefined;
    if (this.tail) this.tail.after = lane;
    else this.head = lane;
    this.tail = lane;
  }

  private unlink(lane: Lane<T>): void {
    const { after, before } = lane;
    if (before) before.after = after;
    else this.head = after;
    if (after) after.before = before;
    else this.tail = before;
  }
}
