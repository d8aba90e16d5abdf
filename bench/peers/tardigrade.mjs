import { readFileSync } from "node:fs";

/** The engine as its user gets it: one sandbox with one tool; inline, to be compared with what runs on this thread too. */
export async function load(isolation = "inline") {
  const { createSandbox } = await import("../../dist/index.js");
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const add = async (a, b) => a + b;
  const sandbox = createSandbox({ isolation, tools: { add } });
  const many = createSandbox({ isolation, tools: { add }, limits: { toolCalls: 100_000 } });
  const value = (outcome) => {
    if (outcome.status !== "completed") throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
    return outcome.value;
  };
  const run = async (source) => value(await sandbox.run(source));
  return {
    key: "tardigrade",
    version,
    how: "one sandbox with the tool `add`, `sandbox.run(source)`, machines inline, in threads where the line says so; limits, records and usage as always",
    run,
    tracked: async (source) => value(await sandbox.run(source, { track: true })),
    calls: run,
    manyCalls: async (source) => value(await many.run(source)),
    typescript: run,
    pass: async (input) => value(await sandbox.run("return input", { input })),
    close: async () => {
      await sandbox.close();
      await many.close();
    },
  };
}
