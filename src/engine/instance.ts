import type { CompiledModule, EngineExports, LinearMemory, Pointer } from "./exports.ts";

/** What a WebAssembly instance of the engine asks of its host. */
export interface InstanceHost {
  /** A call from the guest; returns a boxed value. */
  call(argc: number, argv: Pointer): Pointer;
  /** Every 10,000 ticks: 1 interrupts. */
  interrupt(): 0 | 1;
  /** A promise was rejected with nobody handling it, or is handled after all; takes over both boxes. */
  rejection(promise: Pointer, reason: Pointer, handled: boolean): void;
  /** Whole milliseconds since the epoch. */
  nowMs(): number;
  /** Seconds ahead of UTC. */
  timezoneOffset(epochSeconds: number): number;
}

const SUCCESS = 0;
const BAD_FILE = 8;
const NOT_SUPPORTED = 52;

/** Makes an instance of the compiled engine. Text that the engine would print is dropped; nothing is random. */
export function instantiate(module: CompiledModule, host: InstanceHost): EngineExports {
  let memory: LinearMemory | undefined;
  const view = () => new DataView((memory as LinearMemory).buffer);
  const instance = new WebAssembly.Instance(module, {
    env: {
      host_call: (_name: Pointer, _length: number, _self: Pointer, argc: number, argv: Pointer) =>
        host.call(argc, argv),
      host_interrupt: () => host.interrupt(),
      host_promise_rejection: (promise: Pointer, reason: Pointer, handled: number) =>
        host.rejection(promise, reason, handled !== 0),
      // No module can be loaded: `import()` rejects.
      host_module_normalize: () => 0,
      host_module_load: () => 0,
      host_get_timezone_offset: (high: number, low: number) => host.timezoneOffset(high * 2 ** 32 + (low >>> 0)),
    },
    wasi_snapshot_preview1: {
      clock_time_get: (_clock: number, _precision: bigint, out: Pointer) => {
        view().setBigUint64(out, BigInt(host.nowMs()) * 1_000_000n, true);
        return SUCCESS;
      },
      random_get: (out: Pointer, length: number) => {
        new Uint8Array((memory as LinearMemory).buffer, out, length).fill(7);
        return SUCCESS;
      },
      fd_write: (_file: number, vectors: Pointer, count: number, out: Pointer) => {
        let written = 0;
        for (let i = 0; i < count; i++) written += view().getUint32(vectors + i * 8 + 4, true);
        view().setUint32(out, written, true);
        return SUCCESS;
      },
      fd_close: () => NOT_SUPPORTED,
      fd_seek: () => NOT_SUPPORTED,
      fd_fdstat_get: () => BAD_FILE,
    },
  });
  const exports = instance.exports as unknown as EngineExports;
  memory = exports.memory;
  return exports;
}
