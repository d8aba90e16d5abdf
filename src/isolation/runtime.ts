import { defaultThreads, startThread } from "#start-thread";
import { createPlatformEngine, type Engine, type EngineSource, platformEngineId } from "../engine/index.ts";
import { UsageError } from "../errors.ts";
import { InlinePlaces } from "./inline.ts";
import { MachineKinds } from "./kinds.ts";
import { MachinePool, type PoolParts } from "./pool.ts";
import type { Isolation } from "./port.ts";
import { Threads } from "./threads/threads.ts";

/** Options of `createRuntime`. */
export interface RuntimeOptions {
  /** The engine's `quickjs.wasm`, as bytes or as a compiled module, where the runtime can't find it by itself. */
  engine?: { wasm: EngineSource | Promise<EngineSource> };
  /** How many threads share the work; one more stands ready. 0: none, all runs are inline. Default: the number of cores, at most 8. */
  threads?: number;
  /** How many runs have a machine at a time, shared out among the threads. Default 32 for each thread, 128 inline. */
  machines?: number;
  /** Where machines are short, a run that has waited this long is parked. Default 5 ms. */
  parkAfterMs?: number;
}

/** What sandboxes share: the compiled engine and its machines. */
export interface Runtime {
  /** Where the machines of this runtime run. */
  readonly isolation: Isolation;
  /** Where they run for a sandbox with `isolation: "inline"`; absent: in the same place. */
  readonly inline?: Isolation;
  /** Drops what stands ready. Runs that are under way go on. */
  close(): void;
}

const PARK_AFTER_MS = 5;
const MACHINES_INLINE = 128;
const MACHINES_IN_THREAD = 32;

/** Makes a runtime of its own, apart from the one that all sandboxes share. Throws UsageError. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  for (const name of Object.keys(options)) {
    if (!["engine", "threads", "machines", "parkAfterMs"].includes(name)) {
      throw new UsageError(`createRuntime has no option "${name}"; it has: engine, threads, machines, parkAfterMs`);
    }
  }
  const { machines, parkAfterMs = PARK_AFTER_MS, threads = defaultThreads() } = options;
  let made: Promise<Engine> | undefined;
  const engine = () => {
    made ??= Promise.resolve(options.engine?.wasm).then(createPlatformEngine);
    return made;
  };
  const pool = (shared: boolean, places: PoolParts["places"]) =>
    new MachinePool({ engineId: platformEngineId, kinds: new MachineKinds(engine, shared), places, parkAfterMs });
  const inline = pool(false, () => new InlinePlaces(machines ?? MACHINES_INLINE));
  if (threads === 0) return { isolation: inline, inline, close: () => inline.close() };
  const slots = machines === undefined ? MACHINES_IN_THREAD : Math.max(1, Math.ceil(machines / threads));
  const isolation = pool(true, (owner) => new Threads(startThread, { width: threads, slots }, owner));
  const close = () => {
    inline.close();
    isolation.close();
  };
  return { isolation, inline, close };
}

let shared: Runtime | undefined;

/** The runtime of this process; made on first use. */
export function sharedRuntime(): Runtime {
  shared ??= createRuntime();
  return shared;
}
