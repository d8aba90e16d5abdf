import type { Isolation, MachineCommand, MachineNeed, MachinePort, MachineReport } from "../isolation/index.ts";
import { isReport } from "./sound-shapes.ts";

/** What answers a command; `load` and `adopt` are not answered. */
const ANSWERS: { readonly [T in MachineCommand["type"]]: readonly MachineReport["type"][] } = {
  prepare: ["prepared", "unprepared"],
  start: ["turn"],
  deliver: ["turn"],
  wake: ["turn"],
  save: ["saved"],
  park: ["parked"],
  variables: ["variables"],
  observe: ["observed"],
  load: [],
  adopt: [],
};

/**
 * A machine of which only sound reports are heard: each an answer to what was asked, in order, with all its fields. One
 * that says anything else is lost, with `machine_crashed`. What was not carried from elsewhere needs no such look.
 */
export function openSound(isolation: Isolation, need: MachineNeed): Promise<MachinePort> | MachinePort {
  const port = isolation.open(need);
  if (isolation.isDirect) return port;
  return port instanceof Promise ? port.then((opened) => new SoundPort(opened)) : new SoundPort(port);
}

const NOTHING: (readonly MachineReport["type"][])[] = [];

class SoundPort implements MachinePort {
  onReport: (report: MachineReport) => void = () => undefined;
  private readonly inner: MachinePort;
  /** What the machine owes, in order. */
  private owed: (readonly MachineReport["type"][])[] = NOTHING;
  private isLost = false;

  constructor(inner: MachinePort) {
    this.inner = inner;
    inner.onReport = (report: unknown) => this.reported(report);
  }

  post(command: MachineCommand): void {
    const answers = ANSWERS[command.type];
    // A list made of its items has no room to spare, and a hundred thousand runs may wait.
    if (answers.length > 0 && this.owed.length > 0) this.owed.push(answers);
    else if (answers.length > 0) this.owed = [answers];
    this.inner.post(command);
  }

  close(): void {
    this.isLost = true;
    this.inner.close();
  }

  private reported(report: unknown): void {
    if (this.isLost) return;
    if (!isReport(report)) this.lose("it has no sense");
    else if (report.type === "lost") {
      this.isLost = true;
      this.onReport(report);
    } else if (this.owed.shift()?.includes(report.type)) this.onReport(report);
    else this.lose(`nobody asked for "${report.type}"`);
  }

  private lose(reason: string): void {
    this.isLost = true;
    const message = `the machine reported what it cannot have meant: ${reason}`;
    const spent = { cpuMs: 0, steps: 0, memoryBytes: 0 };
    this.onReport({ type: "lost", breakdown: { code: "machine_crashed", message }, spent });
  }
}
