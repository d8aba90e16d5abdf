import type { CompiledModule } from "../engine/index.ts";
import { type BootImage, Machine } from "../engine/index.ts";

/** Machines kept ready, of each kind. */
const MAX_IDLE = 16;

/** What machines of one kind are made from: those of one kind can stand in for each other. */
export interface MachineKind {
  /** Tells the kinds apart: engine build and memory limit. */
  readonly key: string;
  readonly image: BootImage;
  readonly module: CompiledModule;
}

/** The machines of one thread that stand ready, rewound. */
export class Machines {
  private readonly idle = new Map<string, Machine[]>();
  private readonly stackBytes: number;

  /** `stackBytes`: what the thread's native stack allows. */
  constructor(stackBytes: number) {
    this.stackBytes = stackBytes;
  }

  /** How many stand ready. */
  get idleCount(): number {
    let count = 0;
    for (const machines of this.idle.values()) count += machines.length;
    return count;
  }

  /** One that stands ready, or a new one. Throws RangeError where there is no memory for it. */
  take({ image, key, module }: MachineKind): Machine {
    return this.idle.get(key)?.pop() ?? new Machine(module, image, this.stackBytes);
  }

  /** Takes one back. `thoroughly`: clears all of its stack. */
  give(key: string, machine: Machine, thoroughly: boolean): void {
    if (!machine.reusable) return;
    // At once, so that nothing of a run stays in an idle machine.
    machine.rewind(thoroughly);
    const idle = this.idle.get(key);
    if (!idle) this.idle.set(key, [machine]);
    else if (idle.length < MAX_IDLE) idle.push(machine);
  }

  /** Lets go of those that stand ready: of one kind, or all. */
  drop(key?: string): void {
    if (key === undefined) this.idle.clear();
    else this.idle.delete(key);
  }
}
