import { createPlatformEngine, type Engine, type EngineSource } from "../engine/index.ts";
import { UsageError } from "../errors.ts";
import { InlineIsolation } from "./inline.ts";
import type { Isolation } from "./port.ts";

/** Options of `createRuntime`. */
export interface RuntimeOptions {
  /** The engine's `quickjs.wasm`, as bytes or as a compiled module, where the runtime can't find it by itself. */
  engine?: { wasm: EngineSource | Promise<EngineSource> };
}

/** What sandboxes share: the compiled engine and its machines. */
export interface Runtime {
  /** Where the machines of this runtime run. */
  readonly isolation: Isolation;
  /** Drops what stands ready. Runs that are under way go on. */
  close(): void;
}

/** Makes a runtime of its own, apart from the one that all sandboxes share. Throws UsageError. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  for (const name of Object.keys(options)) {
    if (name !== "engine") throw new UsageError(`createRuntime has no option "${name}"; it has: engine`);
  }
  let engine: Promise<Engine> | undefined;
  const isolation = new InlineIsolation(() => {
    engine ??= Promise.resolve(options.engine?.wasm).then(createPlatformEngine);
    return engine;
  });
  return { isolation, close: () => isolation.close() };
}

let shared: Runtime | undefined;

/** The runtime of this process; made on first use. */
export function sharedRuntime(): Runtime {
  shared ??= createRuntime();
  return shared;
}
