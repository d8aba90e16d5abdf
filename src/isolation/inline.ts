import type { Engine, Machine } from "../engine/index.ts";
import type { Isolation, MachineCommand, MachineNeed, MachinePort, MachineReport } from "./port.ts";

/** On the host's own thread its native stack is the bound: more than this and plain recursion traps. */
const STACK_BYTES = 192 * 1024;
/** Machines kept ready, for each memory limit. */
const MAX_IDLE = 16;

/** Machines on the caller's own thread. Guest code blocks it while it runs; see docs/limitations/inline.md. */
export class InlineIsolation implements Isolation {
  private readonly engine: () => Promise<Engine>;
  private readonly idle = new Map<number, Machine[]>();
  private loaded: Engine | undefined;

  constructor(engine: () => Promise<Engine>) {
    this.engine = engine;
  }

  open(need: MachineNeed): Promise<MachinePort> | MachinePort {
    const machine = this.idle.get(need.memoryBytes)?.pop();
    return machine ? this.port(machine, need) : this.create(need);
  }

  close(): void {
    this.idle.clear();
  }

  private async create(need: MachineNeed): Promise<MachinePort> {
    this.loaded ??= await this.engine();
    return this.port(await this.loaded.createMachine(need.memoryBytes, STACK_BYTES), need);
  }

  private port(machine: Machine, need: MachineNeed): MachinePort {
    return new InlinePort(machine, () => this.release(machine, need));
  }

  private release(machine: Machine, need: MachineNeed): void {
    if (!machine.reusable) return;
    // At once, so that nothing of a run stays in an idle machine.
    machine.rewind(need.tenant !== undefined);
    const idle = this.idle.get(need.memoryBytes);
    if (!idle) this.idle.set(need.memoryBytes, [machine]);
    else if (idle.length < MAX_IDLE) idle.push(machine);
  }
}

class InlinePort implements MachinePort {
  onReport: (report: MachineReport) => void = () => undefined;
  private readonly release: () => void;
  private machine: Machine | undefined;

  constructor(machine: Machine, release: () => void) {
    this.machine = machine;
    this.release = release;
  }

  post(command: MachineCommand): void {
    const { machine } = this;
    if (!machine) return;
    const report = execute(machine, command);
    if (report && this.machine) this.onReport(report);
  }

  close(): void {
    if (!this.machine) return;
    this.machine = undefined;
    this.release();
  }
}

/** Carries out one command on a machine. */
export function execute(machine: Machine, command: MachineCommand): MachineReport | undefined {
  switch (command.type) {
    case "start":
      return { type: "turn", turn: machine.start(command.start, command.setup, command.wallLeftMs) };
    case "load":
      machine.load(command.delta, command.setup);
      return undefined;
    case "save":
      return { type: "saved", delta: machine.save() };
    case "deliver":
      if (command.nowMs !== undefined) machine.clockMs = command.nowMs;
      return { type: "turn", turn: machine.deliver(command.delivery, command.wallLeftMs) };
    case "wake":
      if (command.nowMs !== undefined) machine.clockMs = command.nowMs;
      return { type: "turn", turn: machine.wake(command.timer, command.wallLeftMs) };
  }
}
