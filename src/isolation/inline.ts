import type { Machine } from "../engine/index.ts";
import { execute } from "./execute.ts";
import { Machines } from "./machines.ts";
import type { Places } from "./place.ts";
import type { Place, PooledPort } from "./pooled-port.ts";
import type { MachineCommand, MachineReport } from "./port.ts";
import { executePrepare } from "./prepare-command.ts";
import { writeCheck } from "./writes.ts";

/** On the host's own thread its native stack is the bound: more than this and plain recursion traps. */
const STACK_BYTES = 192 * 1024;

/** Machines on the caller's own thread. Guest code blocks it while it runs; see docs/limitations/inline.md. */
export class InlinePlaces implements Places, Place {
  readonly threads = { total: 0, busy: 0, starting: 0 };
  private readonly machines = new Machines(STACK_BYTES);
  private readonly taken = new Map<PooledPort, Machine>();
  private readonly slots: number;
  private runs = 0;

  get idleMachines(): number {
    return this.machines.idleCount;
  }

  /** `slots`: how many runs have a machine at a time. */
  constructor(slots: number) {
    this.slots = slots;
  }

  get capacity(): number {
    return this.slots;
  }

  get isFull(): boolean {
    return this.runs >= this.slots;
  }

  present(): void {}

  find(): Place | undefined {
    return this.isFull ? undefined : this;
  }

  admit(): void {
    this.runs++;
  }

  /** What a report brings is carried out after what was there before. */
  ready(port: PooledPort): void {
    if (port.isServed) return;
    port.isServed = true;
    while (port.hasPending && port.place) {
      for (const command of port.take()) this.carryOut(port, command);
    }
    port.isServed = false;
  }

  leave(port: PooledPort): void {
    const machine = this.taken.get(port);
    this.runs--;
    this.taken.delete(port);
    if (machine) this.machines.give(port.kind.key, machine, port.need.tenant !== undefined);
  }

  release(): void {}

  close(): void {
    this.machines.drop();
  }

  private carryOut(port: PooledPort, command: MachineCommand): void {
    if (port.isClosed) return;
    if (command.type === "prepare") {
      void executePrepare(command).then((report) => port.replied(report));
      return;
    }
    let report: MachineReport | undefined;
    try {
      report = execute(this.machineOf(port), command, writeCheck);
    } catch (error) {
      port.lose({ code: "machine_crashed", message: `no machine could go on: ${(error as Error)?.message ?? error}` });
      return;
    }
    port.replied(report);
  }

  private machineOf(port: PooledPort): Machine {
    const known = this.taken.get(port);
    if (known) return known;
    const machine = this.machines.take(port.kind);
    this.taken.set(port, machine);
    return machine;
  }
}
