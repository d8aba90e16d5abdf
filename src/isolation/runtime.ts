import { defaultThreads, startThread } from "#start-thread";
import { createPlatformEngine, type Engine, platformEngineId } from "../engine/index.ts";
import { Admission } from "./admission.ts";
import { InlinePlaces } from "./inline.ts";
import { MachineKinds } from "./kinds.ts";
import { MachinePool } from "./pool.ts";
import type { Isolation } from "./port.ts";
import { checkRuntimeOptions, type RuntimeOptions } from "./runtime-options.ts";
import { type RuntimeStats, runtimeStats } from "./stats.ts";
import { Tenants } from "./tenants.ts";
import { Threads } from "./threads/threads.ts";

/** What sandboxes share: the compiled engine, its machines, and what may run at a time. */
export interface Runtime {
  /** Where the machines of this runtime run. */
  readonly isolation: Isolation;
  /** Where they run for a sandbox with `isolation: "inline"`; absent: in the same place. */
  readonly inline?: Isolation;
  /** Who may run, and when. */
  readonly admission: Admission;
  /** What is going on, as plain data. */
  stats(): RuntimeStats;
  /** Drops what stands ready. Runs that are under way go on. */
  close(): void;
}

const PARK_AFTER_MS = 5;
const MACHINES_INLINE = 128;
const MACHINES_IN_THREAD = 16;

/** Makes a runtime of its own, apart from the one that all sandboxes share. Throws UsageError. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const limits = checkRuntimeOptions(options);
  const tenants = new Tenants(options.tenantLimits);
  const { inline, isolation } = poolsFor(options);
  const pools = [...new Set([isolation, inline])];
  const memory = {
    get takenBytes() {
      return inline === isolation ? inline.takenBytes : inline.takenBytes + isolation.takenBytes;
    },
    get freeMachines() {
      return inline === isolation ? inline.freeMachines : inline.freeMachines + isolation.freeMachines;
    },
  };
  const admission = new Admission(limits, tenants, memory);
  const { memoryBytes } = limits;
  return {
    isolation,
    inline,
    admission,
    stats: () => runtimeStats(admission, tenants, { pools: pools.map((pool) => pool.stats()), memoryBytes }),
    close() {
      for (const pool of pools) pool.close();
    },
  };
}

/** The machines inline, and those in threads; without threads they are the same. */
function poolsFor(options: RuntimeOptions): { inline: MachinePool; isolation: MachinePool } {
  const { machines, parkAfterMs = PARK_AFTER_MS, threads = defaultThreads() } = options;
  let made: Promise<Engine> | undefined;
  const engine = () => {
    made ??= Promise.resolve(options.engine?.wasm).then(createPlatformEngine);
    return made;
  };
  const both = { engineId: platformEngineId, parkAfterMs };
  const inline = new MachinePool({
    ...both,
    isDirect: true,
    kinds: new MachineKinds(engine, false),
    places: () => new InlinePlaces(machines ?? MACHINES_INLINE),
  });
  if (threads === 0) return { isolation: inline, inline };
  const slots = machines === undefined ? MACHINES_IN_THREAD : Math.max(1, Math.ceil(machines / threads));
  const kinds = new MachineKinds(engine, true);
  const places = (pool: MachinePool) => new Threads(startThread, { width: threads, slots, kinds }, pool);
  return { inline, isolation: new MachinePool({ ...both, isDirect: false, kinds, places }) };
}

let shared: Runtime | undefined;

/** The runtime of this process; made on first use. */
export function sharedRuntime(): Runtime {
  shared ??= createRuntime();
  return shared;
}
