import fc from "fast-check";
import { expect, test } from "vitest";
import { FairQueue } from "../../src/isolation/fair-queue.ts";

function drained<T>(queue: FairQueue<T>): T[] {
  const items: T[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item);
  return items;
}

test("one tenant's items come in the order in which they were pushed", () => {
  const queue = new FairQueue<number>();
  for (const item of [1, 2, 3]) queue.push("a", item);
  expect(queue.size).toBe(3);
  expect(drained(queue)).toEqual([1, 2, 3]);
  expect(queue.size).toBe(0);
});

test("tenants take turns, however much one of them has waiting", () => {
  const queue = new FairQueue<string>();
  for (let at = 0; at < 100; at++) queue.push("flood", `flood ${at}`);
  for (const tenant of ["a", "b", undefined]) queue.push(tenant, `quiet ${tenant}`);
  expect(drained(queue).slice(0, 6)).toEqual([
    ...["flood 0", "quiet a", "quiet b", "quiet undefined", "flood 1", "flood 2"],
  ]);
});

test("a tenant that comes back is the last in line, and no tenant is another one's name", () => {
  const queue = new FairQueue<number>();
  queue.push("undefined", 1);
  queue.push(undefined, 2);
  queue.push("undefined", 3);
  expect(queue.shift()).toBe(1);
  queue.push("__proto__", 4);
  expect(drained(queue)).toEqual([2, 3, 4]);
});

test("tenants that may not go keep their place", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "b1", "c1", "a2", "b2"]) queue.push(item[0], item);
  expect(queue.shift((tenant) => tenant !== "a")).toBe("b1");
  expect(queue.shift((tenant) => tenant === "none")).toBeUndefined();
  expect(drained(queue)).toEqual(["a1", "c1", "b2", "a2"]);
});

test("an item is taken out wherever it stands, once", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "a2", "a3", "b1"]) queue.push(item[0], item);
  expect(queue.remove("a", "a2")).toBe(true);
  expect(queue.remove("a", "a2")).toBe(false);
  expect(queue.remove("b", "a1")).toBe(false);
  expect(queue.remove("nobody", "a1")).toBe(false);
  expect(queue.remove("a", "a1")).toBe(true);
  expect([queue.size, queue.sizeOf("a"), queue.sizeOf("b")]).toEqual([2, 1, 1]);
  expect(drained(queue)).toEqual(["a3", "b1"]);
});

test("a tenant that is held has no turn, what it has waits, and it is the last in line when it is released", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "b1", "a2", "c1"]) queue.push(item[0], item);
  queue.hold("a");
  queue.push("a", "a3");
  expect(queue.shift()).toBe("b1");
  expect(queue.remove("a", "a2")).toBe(true);
  queue.release("a");
  queue.hold("nobody");
  queue.release("nobody");
  expect(drained(queue)).toEqual(["c1", "a1", "a3"]);
});

test("a tenant may be held while it is asked about, and what is held can be taken out of turn", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "b1", "a2"]) queue.push(item[0], item);
  const free = (tenant: string | undefined) => {
    if (tenant === "a") queue.hold(tenant);
    return tenant !== "a";
  };
  expect([queue.shift(free), queue.shift(free), queue.hasTurn, queue.size]).toEqual(["b1", undefined, false, 2]);
  expect([queue.take("a"), queue.take("a"), queue.take("a"), queue.size]).toEqual(["a1", "a2", undefined, 0]);
  queue.push("a", "a4");
  expect(queue.shift()).toBe("a4");
});

test("an order is kept over many that are taken out", () => {
  const queue = new FairQueue<number>();
  for (let item = 0; item < 5_000; item++) {
    queue.push("a", item);
    if (item % 7 !== 0) queue.remove("a", item);
  }
  expect([queue.shift(), queue.shift(), queue.size]).toEqual([0, 7, 713]);
  expect(drained(queue)).toEqual(Array.from({ length: 713 }, (_, at) => 14 + at * 7));
});

/** The same by walking over a plain list: slow, and plain to see. */
class PlainQueue {
  private lanes: { tenant: string | undefined; items: number[] }[] = [];

  get size(): number {
    return this.lanes.reduce((sum, { items }) => sum + items.length, 0);
  }

  push(tenant: string | undefined, item: number): void {
    const lane = this.lanes.find((each) => each.tenant === tenant);
    if (lane) lane.items.push(item);
    else this.lanes.push({ tenant, items: [item] });
  }

  shift(accepts: (tenant: string | undefined) => boolean): number | undefined {
    const lane = this.lanes.find((each) => accepts(each.tenant));
    const item = lane?.items.shift();
    if (lane) this.lanes = [...this.lanes.filter((each) => each !== lane), lane].filter((each) => each.items.length);
    return item;
  }

  remove(tenant: string | undefined, item: number): boolean {
    const lane = this.lanes.find((each) => each.tenant === tenant);
    const had = lane?.items.includes(item) ?? false;
    if (lane) lane.items = lane.items.filter((each) => each !== item);
    this.lanes = this.lanes.filter((each) => each.items.length);
    return had;
  }

  drained(): number[] {
    const items: number[] = [];
    for (let item = this.shift(() => true); item !== undefined; item = this.shift(() => true)) items.push(item);
    return items;
  }
}

test("whatever is pushed, taken and removed, it gives what a plain list of lists would", () => {
  const tenant = fc.constantFrom(undefined, "a", "b", "c");
  const step = fc.oneof(
    fc.record({ does: fc.constant("push"), tenant, at: fc.nat() }),
    fc.record({ does: fc.constant("shift"), tenant, at: fc.nat() }),
    fc.record({ does: fc.constant("skip"), tenant, at: fc.nat() }),
    fc.record({ does: fc.constant("remove"), tenant, at: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new FairQueue<number>();
      const plain = new PlainQueue();
      let next = 0;
      for (const { at, does, tenant: name } of steps) {
        const accepts = (each: string | undefined) => does === "shift" || each !== name;
        const item = at % (next + 1);
        if (does === "push") {
          queue.push(name, next);
          plain.push(name, next++);
        } else if (does === "remove") expect(queue.remove(name, item)).toBe(plain.remove(name, item));
        else expect(queue.shift(accepts)).toBe(plain.shift(accepts));
        expect(queue.size).toBe(plain.size);
      }
      expect(drained(queue)).toEqual(plain.drained());
    }),
  );
});
