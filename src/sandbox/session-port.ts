import type { Delta } from "../engine/index.ts";
import type { MachineCommand, MachinePort, MachineReport } from "../isolation/index.ts";

/** The machine of one run of a session: begins with what the runs before it left, and is saved when the run lets go of it. */
export class SessionPort implements MachinePort {
  onReport: (report: MachineReport) => void = () => undefined;
  /** The state after the run; undefined if no program was started, or the machine broke down. */
  readonly left: Promise<Delta | undefined>;
  /** Whether the machine broke down: nothing of the run is left. */
  broken = false;
  private readonly inner: MachinePort;
  private readonly before: Delta | undefined;
  private begun = false;
  private leaving = false;
  private leave: (delta: Delta | undefined) => void = () => undefined;

  constructor(inner: MachinePort, before: Delta | undefined) {
    this.inner = inner;
    this.before = before;
    this.left = new Promise((resolve) => {
      this.leave = resolve;
    });
    inner.onReport = (report) => this.reported(report);
  }

  post(command: MachineCommand): void {
    if (command.type === "start" && this.before) {
      this.inner.post({ type: "load", delta: this.before, setup: command.setup });
    }
    if (command.type === "start" || command.type === "load") this.begun = true;
    this.inner.post(command);
  }

  close(): void {
    if (this.leaving) return;
    this.leaving = true;
    if (this.begun && !this.broken) this.inner.post({ type: "save", last: true });
    else this.end(undefined);
  }

  private reported(report: MachineReport): void {
    if (report.type === "lost" || (report.type === "turn" && report.turn.breakdown)) this.broken = true;
    if (!this.leaving) this.onReport(report);
    else if (report.type === "saved") this.end(this.broken ? undefined : report.delta);
    else if (report.type === "lost") this.end(undefined);
  }

  private end(delta: Delta | undefined): void {
    this.inner.close();
    this.leave(delta);
  }
}
