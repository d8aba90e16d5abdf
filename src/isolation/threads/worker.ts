import type { BootImage, Machine, MachineSetup, WriteCheck } from "../../engine/index.ts";
import { execute, type MachineOnlyCommand } from "../execute.ts";
import { type MachineKind, Machines } from "../machines.ts";
import type { MachineCommand, MachineReport } from "../port.ts";
import { Claims } from "./claims.ts";
import type { FromThread, Reply, ThreadStart, ToThread } from "./messages.ts";

/** A thread of ours has at least four megabytes of native stack: recursion of all kinds is an ordinary RangeError in it. */
const STACK_BYTES = 256 * 1024;

/** A run that stands here. */
interface Resident {
  readonly run: number;
  readonly slot: number;
  readonly kind: MachineKind;
  readonly ofTenant: boolean;
  readonly ofSession: boolean;
  machine?: Machine;
  /** The memory that the host knows of. */
  memory?: SharedArrayBuffer;
}

const refuseWrites = (): WriteCheck => () => "there is no such object of the host";

function hasObjects(command: MachineCommand): boolean {
  return "setup" in command && (command.setup.objects?.length ?? 0) > 0;
}

/** The inside of a thread: carries out what it is told, one after the other, on the machines that stand here. */
export class ThreadWorker {
  private readonly tell: (message: FromThread) => void;
  private readonly claims: Claims | undefined;
  private readonly machines = new Machines(STACK_BYTES);
  private readonly images = new Map<string, BootImage>();
  private readonly kinds = new Map<string, MachineKind>();
  private readonly residents = new Map<number, Resident>();
  private readonly queue: ToThread[] = [];
  /** Loaded for the first run that has objects of its host: a thread is sooner ready without. */
  private writeCheck: (setup: MachineSetup) => WriteCheck = refuseWrites;
  private working = false;
  private replies: Reply[] = [];

  constructor({ claims }: ThreadStart, tell: (message: FromThread) => void) {
    this.tell = tell;
    this.claims = claims && new Claims(claims);
  }

  /** Loads ahead what most programs need, and what takes long to load. */
  async warm(): Promise<void> {
    await import("../prepare-command.ts");
  }

  async receive(messages: readonly ToThread[]): Promise<void> {
    this.queue.push(...messages);
    if (this.working) return;
    this.working = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      const later = this.carryOut(next);
      if (later) await later;
    }
    this.working = false;
    this.flush();
  }

  private carryOut(message: ToThread): Promise<void> | undefined {
    switch (message.type) {
      case "image":
        this.images.set(message.engine, message.image);
        return undefined;
      case "kind":
        this.kinds.set(message.key, { ...message, image: this.images.get(message.engine) as BootImage });
        return undefined;
      case "forget":
        this.kinds.delete(message.key);
        this.machines.drop(message.key);
        return undefined;
      case "open":
        this.residents.set(message.run, { ...message, kind: this.kinds.get(message.key) as MachineKind });
        return undefined;
      case "close":
        this.close(message.run);
        return undefined;
      case "command":
        return this.command(message.run, message.command);
    }
  }

  private close(run: number): void {
    const resident = this.residents.get(run);
    this.residents.delete(run);
    if (resident?.machine && this.kinds.has(resident.kind.key))
      this.machines.give(resident.kind.key, resident.machine, resident.ofTenant);
  }

  private command(run: number, command: MachineCommand): Promise<void> | undefined {
    const resident = this.residents.get(run);
    if (!resident) return undefined;
    // What others are owed goes out first: this one may never end. To tell it costs as much as a short command.
    if (runsGuest(command) && this.replies.some((reply) => reply.run !== run)) this.flush();
    if (this.claims && !this.claims.enter(resident.slot, run)) return undefined;
    if (command.type === "prepare") {
      const prepared = import("../prepare-command.ts").then(({ executePrepare }) => executePrepare(command));
      return prepared.then((report) => this.done(resident, report));
    }
    if (hasObjects(command) && this.writeCheck === refuseWrites) {
      return this.loadWriteCheck().then(() => this.done(resident, this.executed(resident, command)));
    }
    this.done(resident, this.executed(resident, command));
    return undefined;
  }

  private async loadWriteCheck(): Promise<void> {
    ({ writeCheck: this.writeCheck } = await import("../writes.ts"));
  }

  private executed(resident: Resident, command: MachineOnlyCommand): MachineReport | undefined {
    try {
      resident.machine ??= this.machines.take(resident.kind);
      return execute(resident.machine, command, this.writeCheck);
    } catch (error) {
      if (resident.machine) resident.machine.sound = false;
      const message = `no machine could go on: ${(error as Error)?.message ?? error}`;
      const spent = { cpuMs: 0, steps: 0, memoryBytes: 0 };
      return { type: "lost", breakdown: { code: "machine_crashed", message }, spent };
    }
  }

  private done(resident: Resident, report: MachineReport | undefined): void {
    const { machine, run, slot } = resident;
    const isWanted = machine?.sound && goesOn(report, resident);
    const memory = this.claims && isWanted ? machine.sharedMemory : undefined;
    const isNew = memory !== resident.memory;
    if (memory) resident.memory = memory;
    this.replies.push({
      run,
      ...(report && { report }),
      ...(memory && machine && { state: machine.state() }),
      ...(memory && isNew && { memory }),
    });
    this.claims?.leave(slot, run);
  }

  private flush(): void {
    if (this.replies.length === 0) return;
    this.tell(this.replies);
    this.replies = [];
  }
}

/** Whether a command can take as long as a program likes. */
function runsGuest({ type }: MachineCommand): boolean {
  return type !== "park" && type !== "save" && type !== "load" && type !== "adopt";
}

/** Whether something may still be asked for: of a session that is its state. */
function goesOn(report: MachineReport | undefined, { ofSession }: Resident): boolean {
  if (report?.type !== "turn") {
    return report?.type !== "prepared" && report?.type !== "parked" && report?.type !== "lost";
  }
  const { breakdown, deadlock, refused, settled } = report.turn;
  return ofSession || (breakdown ?? deadlock ?? refused ?? settled) === undefined;
}
