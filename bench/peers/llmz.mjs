import { readdirSync } from "node:fs";
import { versionOf } from "./version.mjs";

/**
 * llmz's code execution. Its public door, `execute`, needs a model that writes the code, so this goes to the function
 * that runs it, `runAsyncFunction`, in the chunk that holds it.
 */
export async function load() {
  const dist = new URL("../node_modules/llmz/dist/", import.meta.url);
  const chunk = readdirSync(dist).find((name) => /^vm-.*\.js$/.test(name));
  if (!chunk) throw new Error("the chunk with llmz's VM was not found");
  const { runAsyncFunction } = await import(new URL(chunk, dist).href);
  const run = async (source, context = {}) => {
    const result = await runAsyncFunction(context, source, [], null, 1000);
    if (!result.success) throw new Error(String(result.error?.message ?? result.error));
    return result.return_value;
  };
  const tools = { add: async (a, b) => a + b };
  return {
    key: "llmz",
    version: versionOf("llmz"),
    how: "its internal `runAsyncFunction(context, code)` (the public `execute` would call a model), QuickJS driver; it always tracks variables and lines",
    run,
    calls: (source) => run(source, { tools }),
    pass: (input) => run("return input", { input }),
    close: async () => {},
  };
}
