import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

/** The bytes of the engine, from the package that ships it: Node, Bun and Deno. */
export function loadEngine(): Promise<Uint8Array> {
  return readFile(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm"));
}
