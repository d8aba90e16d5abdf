import { type BootImage, type CompiledModule, Machine } from "../engine/index.ts";

/** Machines of each kind that are kept, however long nobody needs them. */
const KEPT = 16;
/** Kinds of which some are kept. */
const MAX_KINDS = 16;
/** What was not needed for so long is let go, beyond those. */
const NEEDED_MS = 10_000;

/** What machines of one kind are made from: those of one kind can stand in for each other. */
export interface MachineKind {
  /** Tells the kinds apart: engine build and memory limit. */
  readonly key: string;
  readonly image: BootImage;
  readonly module: CompiledModule;
}

/** Those of one kind that stand ready. */
interface Idle {
  readonly machines: Machine[];
  /** The fewest that there were since `sinceMs`: so many were not needed. */
  fewest: number;
  sinceMs: number;
}

/** The machines of one thread that stand ready, rewound. */
export class Machines {
  private readonly idle = new Map<string, Idle>();
  private readonly stackBytes: number;

  /** `stackBytes`: what the thread's native stack allows. */
  constructor(stackBytes: number) {
    this.stackBytes = stackBytes;
  }

  /** How many stand ready. */
  get idleCount(): number {
    let count = 0;
    for (const { machines } of this.idle.values()) count += machines.length;
    return count;
  }

  /** One that stands ready, or a new one. Throws RangeError where there is no memory for it. */
  take({ image, key, module }: MachineKind): Machine {
    const idle = this.idle.get(key);
    const machine = idle?.machines.pop();
    if (!machine) return new Machine(module, image, this.stackBytes);
    if (idle && idle.machines.length < idle.fewest) idle.fewest = idle.machines.length;
    return machine;
  }

  /** Takes one back. `thoroughly`: clears all of its stack. */
  give(key: string, machine: Machine, thoroughly: boolean): void {
    if (!machine.reusable) return;
    // At once, so that nothing of a run stays in an idle machine.
    machine.rewind(thoroughly);
    const idle = this.idle.get(key) ?? { machines: [], fewest: 0, sinceMs: performance.now() };
    this.idle.set(key, idle);
    const [oldest] = this.idle.keys();
    if (this.idle.size > MAX_KINDS && oldest !== undefined) this.idle.delete(oldest);
    idle.machines.push(machine);
    if (idle.machines.length > KEPT) letGo(idle);
  }

  /** Lets go of those that stand ready: of one kind, or all. */
  drop(key?: string): void {
    if (key === undefined) this.idle.clear();
    else this.idle.delete(key);
  }
}

/** Lets go of what was not needed for a while. */
function letGo(idle: Idle): void {
  const nowMs = performance.now();
  if (nowMs - idle.sinceMs < NEEDED_MS) return;
  idle.machines.splice(KEPT, idle.fewest);
  idle.fewest = idle.machines.length;
  idle.sinceMs = nowMs;
}
