export { inflateByStream as inflate } from "../inflate.ts";

/** Where no file system is known, the engine must be given: `createRuntime({ engine: { wasm } })`. Always rejects. */
export function loadEngine(): Promise<Uint8Array> {
  return Promise.reject(
    new Error("this runtime cannot find the engine by itself: give it with createRuntime({ engine: { wasm } })"),
  );
}
