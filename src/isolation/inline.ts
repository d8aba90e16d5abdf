import {
  buildId,
  createBuildEngine,
  type Engine,
  type EngineBuild,
  type Machine,
  platformEngineId,
} from "../engine/index.ts";
import type { Isolation, MachineCommand, MachineNeed, MachinePort, MachineReport } from "./port.ts";
import { writeCheck } from "./writes.ts";

/** On the host's own thread its native stack is the bound: more than this and plain recursion traps. */
const STACK_BYTES = 192 * 1024;
/** Machines kept ready, for each memory limit and engine build. */
const MAX_IDLE = 16;

/** Machines on the caller's own thread. Guest code blocks it while it runs; see docs/limitations/inline.md. */
export class InlineIsolation implements Isolation {
  private readonly engine: () => Promise<Engine>;
  private readonly idle = new Map<number | string, Machine[]>();
  /** Other builds than its own: the few that its host gave. */
  private readonly builds = new Map<string, Promise<Engine>>();
  private loaded: Engine | undefined;

  constructor(engine: () => Promise<Engine>) {
    this.engine = engine;
  }

  get engineId(): Promise<string> {
    return platformEngineId();
  }

  open(need: MachineNeed): Promise<MachinePort> | MachinePort {
    const machine = this.idle.get(poolOf(need))?.pop();
    return machine ? this.port(machine, need) : this.create(need);
  }

  close(): void {
    this.idle.clear();
    this.builds.clear();
  }

  private async create(need: MachineNeed): Promise<MachinePort> {
    const engine = await this.engineFor(need);
    return this.port(await engine.createMachine(need.memoryBytes, STACK_BYTES), need);
  }

  private async engineFor({ build }: MachineNeed): Promise<Engine> {
    if (build) return this.builtEngine(build);
    this.loaded ??= await this.engine();
    return this.loaded;
  }

  private builtEngine(build: EngineBuild): Promise<Engine> {
    const { builds } = this;
    const id = buildId(build.image);
    const known = builds.get(id);
    if (known) return known;
    const engine = createBuildEngine(build);
    builds.set(id, engine);
    engine.catch(() => builds.get(id) === engine && builds.delete(id));
    return engine;
  }

  private port(machine: Machine, need: MachineNeed): MachinePort {
    return new InlinePort(machine, () => this.release(machine, need));
  }

  private release(machine: Machine, need: MachineNeed): void {
    if (!machine.reusable) return;
    // At once, so that nothing of a run stays in an idle machine.
    machine.rewind(need.tenant !== undefined);
    const pool = poolOf(need);
    const idle = this.idle.get(pool);
    if (!idle) this.idle.set(pool, [machine]);
    else if (idle.length < MAX_IDLE) idle.push(machine);
  }
}

/** Which machines can stand in for each other. */
function poolOf({ build, memoryBytes }: MachineNeed): number | string {
  return build ? `${memoryBytes} ${buildId(build.image)}` : memoryBytes;
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
      machine.checkWrite = writeCheck(command.setup);
      return { type: "turn", turn: machine.start(command.start, command.setup, command.wallLeftMs) };
    case "load":
      machine.checkWrite = writeCheck(command.setup);
      machine.load(command.delta, command.setup);
      return undefined;
    case "save":
      return { type: "saved", delta: machine.save(command.collect) };
    case "variables":
      return { type: "variables", read: machine.variables(command.wallLeftMs, command.maxBytes) };
    case "observe":
      return { type: "observed", tracked: machine.observe() };
    case "deliver":
      if (command.nowMs !== undefined) machine.clockMs = command.nowMs;
      return { type: "turn", turn: machine.deliver(command.delivery, command.wallLeftMs) };
    case "wake":
      if (command.nowMs !== undefined) machine.clockMs = command.nowMs;
      return { type: "turn", turn: machine.wake(command.timer, command.wallLeftMs) };
  }
}
