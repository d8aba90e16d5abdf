import {
  createRuntime,
  type Isolation,
  type MachineNeed,
  type MachinePort,
  type MachineReport,
  type Runtime,
} from "../../src/isolation/index.ts";

/** All kinds of isolation: what holds for one holds for all. */
export const ISOLATIONS: readonly [name: string, makeRuntime: () => Runtime][] = [
  ["inline", () => createRuntime({ threads: 0 })],
  ["in threads", () => createRuntime()],
  ["behind structured clones", loopbackRuntime],
];

/** A runtime whose machines stand behind structured clones of every message, as another thread would see them. */
export function loopbackRuntime(): Runtime {
  const runtime = createRuntime({ threads: 0 });
  return { ...runtime, isolation: loopback(runtime.isolation) };
}

function loopback(isolation: Isolation): Isolation {
  return {
    engineId: isolation.engineId,
    async open(need: MachineNeed): Promise<MachinePort> {
      return new LoopbackPort(await isolation.open(structuredClone(need)));
    },
    stats: () => isolation.stats(),
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
      setImmediate(() => this.onReport(copy));
    };
  }

  post(command: Parameters<MachinePort["post"]>[0]): void {
    const copy = structuredClone(command);
    setImmediate(() => this.inner.post(copy));
  }

  close(): void {
    this.onReport = () => undefined;
    setImmediate(() => this.inner.close());
  }
}
