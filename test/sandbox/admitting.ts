import {
  createRuntime,
  createSandbox,
  type Runtime,
  type RuntimeOptions,
  type Sandbox,
  type SandboxOptions,
} from "../../src/index.ts";
import { gate } from "./gates.ts";

/** What a runtime tells when nothing goes on in it. */
export const NOTHING = {
  runs: { running: 0, queued: 0, parked: 0 },
  machines: { busy: 0 },
  memoryBytes: { parked: 0, tools: 0 },
};

/** A sandbox on a runtime of its own, inline so that all has its order, with tools that answer when they are told to. */
export class Doors {
  /** The names with which `tools.wait(name)` was called, in order. */
  readonly called: string[] = [];
  readonly runtime: Runtime;
  readonly sandbox: Sandbox;
  private readonly gates = new Map<string, ReturnType<typeof gate<string>>>();
  private readonly arrived = new Map<string, ReturnType<typeof gate<void>>>();

  constructor(runtime: RuntimeOptions = {}, { tools, ...options }: SandboxOptions = {}) {
    this.runtime = createRuntime({ threads: 0, ...runtime });
    const wait = (name: string) => {
      this.called.push(name);
      this.arrival(name).open();
      return this.door(name).passed;
    };
    const note = (name: string) => void this.called.push(name);
    this.sandbox = createSandbox({ ...options, runtime: this.runtime, tools: { wait, note, ...tools } });
  }

  /** Resolves when a program called `tools.wait(name)`. */
  arrivalOf(name: string): Promise<void> {
    return this.arrival(name).passed;
  }

  open(...names: string[]): void {
    for (const name of names) this.door(name).open(name);
  }

  get runs(): { running: number; queued: number; parked: number } {
    return this.runtime.stats().runs;
  }

  private door(name: string): ReturnType<typeof gate<string>> {
    const door = this.gates.get(name) ?? gate<string>();
    this.gates.set(name, door);
    return door;
  }

  private arrival(name: string): ReturnType<typeof gate<void>> {
    const arrival = this.arrived.get(name) ?? gate();
    this.arrived.set(name, arrival);
    return arrival;
  }
}

/** A program that waits for a door. */
export const waitFor = (name: string): string => `return await tools.wait(${JSON.stringify(name)})`;
/** A program that only tells that it ran. */
export const note = (name: string): string => `await tools.note(${JSON.stringify(name)})`;
