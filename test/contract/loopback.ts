import type { Isolation, MachineNeed, MachinePort, MachineReport } from "../../src/isolation/index.ts";

/** An isolation behind structured clones of every message, as a thread would see them; for tests of the contract. */
export function loopback(isolation: Isolation): Isolation {
  return {
    async open(need: MachineNeed): Promise<MachinePort> {
      return new LoopbackPort(await isolation.open(need));
    },
    close: () => isolation.close(),
  };
}

class LoopbackPort implements MachinePort {
  onReport: (report: MachineReport) => void = () => undefined;
  private readonly inner: MachinePort;

  constructor(inner: MachinePort) {
    this.inner = inner;
    inner.onReport = (report) => {
      const copy = structuredClone(report);
      setTimeout(() => this.onReport(copy), 0);
    };
  }

  post(command: Parameters<MachinePort["post"]>[0]): void {
    const copy = structuredClone(command);
    setTimeout(() => this.inner.post(copy), 0);
  }

  close(): void {
    this.onReport = () => undefined;
    this.inner.close();
  }
}
