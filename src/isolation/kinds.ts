import { buildId, createBuildEngine, type Engine, type EngineBuild } from "../engine/index.ts";
import type { MachineKind } from "./machines.ts";
import type { MachineNeed } from "./port.ts";

/** Kinds that are kept compiled; beyond so many the oldest goes. */
const MAX_KINDS = 16;

/** Makes ready what machines are made from, once for each engine build and memory limit. */
export class MachineKinds {
  /** Whether the memories are to be readable by other threads, where that can be had. */
  private readonly shared: boolean;
  private readonly engine: () => Promise<Engine>;
  private readonly kinds = new Map<string, MachineKind>();
  /** Other builds than its own: the few that its host gave. */
  private readonly builds = new Map<string, Promise<Engine>>();

  private unshared = false;

  constructor(engine: () => Promise<Engine>, shared: boolean) {
    this.engine = engine;
    this.shared = shared;
  }

  /** Whether some memory can't be read by other threads: that of an engine that was given compiled. */
  get hasUnshared(): boolean {
    return this.unshared;
  }

  /** The kind that is needed. Rejects with Error where the engine can't be had, with UsageError for damaged files. */
  of(need: MachineNeed): MachineKind | Promise<MachineKind> {
    const key = keyOf(need);
    return this.kinds.get(key) ?? this.make(need, key);
  }

  private async make({ build, memoryBytes }: MachineNeed, key: string): Promise<MachineKind> {
    const engine = await (build ? this.builtEngine(build) : this.engine());
    this.unshared ||= !engine.isTailored;
    const module = await engine.module(memoryBytes, this.shared);
    const kind = this.kinds.get(key) ?? { key, image: engine.image, module };
    this.kinds.set(key, kind);
    const [oldest] = this.kinds.keys();
    if (this.kinds.size > MAX_KINDS && oldest !== undefined) this.kinds.delete(oldest);
    return kind;
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
}

/** Which machines can stand in for each other. */
function keyOf({ build, memoryBytes }: MachineNeed): string {
  return build ? `${memoryBytes} ${buildId(build.image)}` : `${memoryBytes}`;
}
