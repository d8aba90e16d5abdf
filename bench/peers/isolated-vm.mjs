import { versionOf } from "./version.mjs";

const TIMEOUT_MS = 1000;

/** Fresh isolate and context for each run, both disposed of, with memory limit and timeout. */
export async function load() {
  const { default: ivm } = await import("isolated-vm");
  const isolated = async (use) => {
    const isolate = new ivm.Isolate({ memoryLimit: 64 });
    try {
      return await use(isolate.createContextSync());
    } finally {
      isolate.dispose();
    }
  };
  const add = async (a, b) => a + b;
  const withTool = (tool) => (source) =>
    isolated((context) =>
      context.evalClosure(
        `const tools = { add: (...args) => ${tool} };\nreturn (async () => {${source}\n})();`,
        [new ivm.Reference(add)],
        { timeout: TIMEOUT_MS, result: { promise: true, copy: true } },
      ),
    );
  return {
    key: "isolated-vm",
    version: versionOf("isolated-vm"),
    how: "new Isolate (64 MB) + createContextSync + evalClosureSync with a timeout + dispose for each run (without a promise: programs that await must be evaluated asynchronously, +0.1 ms). Sequential calls by `applySyncPromise`, its fastest way to an async host function; parallel ones by `apply` with `result: { promise: true }`",
    run: (source) =>
      isolated((context) => context.evalClosureSync(source, [], { timeout: TIMEOUT_MS, result: { copy: true } })),
    calls: withTool("$0.applySyncPromise(undefined, args, { arguments: { copy: true } })"),
    manyCalls: withTool("$0.applySyncPromise(undefined, args, { arguments: { copy: true } })"),
    parallel: withTool(
      "$0.apply(undefined, args, { arguments: { copy: true }, result: { promise: true, copy: true } })",
    ),
    pass: (input) =>
      isolated((context) =>
        context.evalClosureSync("return $0", [input], {
          timeout: TIMEOUT_MS,
          arguments: { copy: true },
          result: { copy: true },
        }),
      ),
    close: async () => {},
  };
}
