import { expect, test } from "vitest";
import type { MachineKind } from "../../src/isolation/machines.ts";
import { type Place, PooledPort, type PortPool } from "../../src/isolation/pooled-port.ts";
import type { MachineCommand } from "../../src/isolation/port.ts";
import { sleep } from "../support.ts";

const nothing = () => undefined;
const POOL: PortPool = {
  ...{ began: nothing, baseFor: nothing, seek: nothing, measured: nothing, rested: nothing, roused: nothing },
  ...{ parked: nothing, stays: nothing, left: nothing, closed: nothing },
};
const PLACE: Place = { admit: nothing, ready: nothing, leave: nothing, release: nothing };

const deliver = (id: number, wallLeftMs: number): MachineCommand => {
  return { type: "deliver", delivery: { id, fulfilled: true, text: "1" }, wallLeftMs };
};

test("the time that commands wait for a machine is counted once, from when each was asked for, however often they are moved", async () => {
  const port = new PooledPort({ memoryBytes: 1 << 20 }, {} as MachineKind, POOL);
  const endsAtMs = performance.now() + 1000;
  const leftMs = () => endsAtMs - performance.now();
  const expectRight = () => {
    for (const command of port.take()) {
      expect(Math.abs((command as { wallLeftMs: number }).wallLeftMs - leftMs())).toBeLessThan(30);
    }
  };
  port.post(deliver(1, leftMs()));
  await sleep(60);
  port.post(deliver(2, leftMs()));
  await sleep(60);
  expectRight();
  for (let moves = 0; moves < 2; moves++) {
    port.place = PLACE;
    port.move();
    expectRight();
  }
});
