import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { versionOf } from "./version.mjs";

/** The bare engine: one warm machine of quickjs-wasi, the engine that Tardigrade is built on; nothing around it. */
export async function load() {
  const { QuickJS } = await import("quickjs-wasi");
  const wasm = await WebAssembly.compile(
    await readFile(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm")),
  );
  const vm = await QuickJS.create({ wasm });
  let round;
  return {
    key: "bare engine",
    version: versionOf("quickjs-wasi"),
    how: "quickjs-wasi, one warm machine that is never reset: `evalCode` of the same text as a function that is called at once; no promise, no limits, no bridge",
    run: (source) => {
      const result = vm.evalCode(`(() => {${source}\n})()`);
      const value = vm.dump(result);
      result.dispose();
      return value;
    },
    /** Puts a text into the machine; then `json()` is JSON.parse and JSON.stringify of it, inside, once. */
    prepareJson: (text) => {
      const handle = vm.newString(text);
      vm.setProp(vm.global, "text", handle);
      handle.dispose();
      round?.dispose();
      round = vm.evalCode("() => JSON.stringify(JSON.parse(text)).length");
    },
    json: () => {
      const result = vm.callFunction(round, vm.undefined);
      const length = result.toNumber();
      result.dispose();
      return length;
    },
    close: async () => {
      round?.dispose();
      vm.dispose();
    },
  };
}
