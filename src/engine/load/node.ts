import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { inflateRawSync } from "node:zlib";
import type { Inflate } from "../inflate.ts";

/** The bytes of the engine, from the package that ships it: Node, Bun and Deno. Rejects with what to do if it isn't there. */
export async function loadEngine(): Promise<Uint8Array> {
  try {
    return await readFile(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm"));
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    throw new Error(`cannot find the engine by itself: give it with createRuntime({ engine: { wasm } }) (${reason})`);
  }
}

/** The bytes behind a base64 text of raw deflate. */
export const inflate: Inflate = (base64) => inflateRawSync(Buffer.from(base64, "base64"));
