import Module from "node:module";
import { versionOf } from "./version.mjs";

const resolve = Module._resolveFilename;
let typescriptHidden = true;
// On Node 20 `run` strips types with the typescript package if it finds it, also from plain JavaScript, which is slower.
// So the JavaScript lines hide it (its best case), and the TypeScript lines show it.
Module._resolveFilename = function (request, ...rest) {
  if (typescriptHidden && request === "typescript") {
    throw Object.assign(new Error("hidden from run"), { code: "MODULE_NOT_FOUND" });
  }
  return resolve.call(this, request, ...rest);
};

/** One runner on its warm pool of worker threads. */
export async function load() {
  const { createRunner } = await import("run");
  const runner = createRunner({ limits: { maxBridgeRequests: 100_000 } });
  const hostFunctions = { tools: { add: async (a, b) => a + b } };
  const run = async (source, functions) => {
    const result = await runner.run({ source, ...(functions && { hostFunctions: functions }) });
    if (result.status !== "completed") throw new Error(`run: ${result.status}`);
    return result.value;
  };
  const calls = (source) => run(source, hostFunctions);
  return {
    key: "run",
    version: versionOf("run"),
    how: "one `createRunner()`, its pool of worker threads warm; typescript is hidden from it except in the TypeScript line, where it needs the package (Node 20)",
    run,
    calls,
    manyCalls: calls,
    typescript: (source) => {
      typescriptHidden = false;
      return run(source);
    },
    pass: (input) => run("return await values.get()", { values: { get: () => input } }),
    close: async () => {},
  };
}
