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

/** The same by walking over a plain list: slow, and plain to see. */
class PlainQueue {
  private lanes: { tenant: string | undefined; items: number[] }[] = [];

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
      }
      expect(drained(queue)).toEqual(plain.drained());
    }),
  );
});
