import { versionOf } from "./version.mjs";

/** One loaded module, a new sandbox for each run; nothing allowed that is not needed. */
export async function load() {
  const [{ loadQuickJs }, { default: variant }] = await Promise.all([
    import("@sebastianwessel/quickjs"),
    import("@jitl/quickjs-ng-wasmfile-release-sync"),
  ]);
  const { runSandboxed } = await loadQuickJs(variant);
  const run = async (source, options = {}) => {
    const code = `export default await (async () => {${source}\n})()`;
    const result = await runSandboxed(({ evalCode }) => evalCode(code), {
      executionTimeout: 1000,
      memoryLimit: 64 << 20,
      ...options,
    });
    if (!result.ok) throw new Error(result.error.message);
    return result.data;
  };
  const env = { tools: { add: async (a, b) => a + b } };
  return {
    key: "@sebastianwessel/quickjs",
    version: versionOf("@sebastianwessel/quickjs"),
    how: "`loadQuickJs(variant)` once, `runSandboxed` for each run with time and memory limits, without fs and fetch; tools by `env`, TypeScript by `transformTypescript`",
    run,
    calls: (source) => run(`const { tools } = env;\n${source}`, { env }),
    typescript: (source) => run(source, { transformTypescript: true }),
    pass: (input) => run("return env.input", { env: { input } }),
    close: async () => {},
  };
}
