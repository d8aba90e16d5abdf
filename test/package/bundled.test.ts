import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute } from "./node.ts";
import { ROOT } from "./sources.ts";

const ENTRY = `
import { readFile } from "node:fs/promises";
import { createRuntime, createSandbox } from "./dist/index.js";
const wasm = process.argv[2] === "given" ? readFile(new URL("quickjs.wasm", "file://" + process.argv[1])) : undefined;
const runtime = createRuntime({ engine: { wasm } });
const sandbox = createSandbox({ runtime, limits: { cpuMs: 200 }, tools: { add: (a, b) => a + b } });
const said = (outcome) => outcome.value ?? outcome.error.code + ": " + outcome.error.message;
for (const source of ["return await tools.add(40, 2)", "const a = []; a.length = 2 ** 32 - 1; a.sort()"]) {
  sandbox.run(source).then((outcome) => console.log(said(outcome)));
}
`;

let folder = "";

function bundle(format: "esm" | "cjs", entryPoints: Record<string, string> = {}) {
  return build({
    entryPoints,
    stdin: { contents: ENTRY, resolveDir: ROOT, sourcefile: "app.js" },
    ...{ outdir: folder, bundle: true, platform: "node", format, logLevel: "silent" },
    // The package's own settings are no user's.
    tsconfigRaw: "{}",
    outExtension: format === "cjs" ? { ".js": ".cjs" } : {},
  });
}

async function run(file: string, ...args: readonly string[]): Promise<string[]> {
  const { stderr, stdout } = await execute(process.execPath, [join(folder, file), ...args], { cwd: folder });
  return `${stderr}${stdout}`.trim().split("\n");
}

/** As docs/limitations/runtimes.md tells it. */
describe("a program that is bundled with the package", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tardigrade-bundled-"));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
    await copyFile(join(ROOT, "node_modules/quickjs-wasi/quickjs.wasm"), join(folder, "quickjs.wasm"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("is told what is missing: the engine, then the thread's file", async () => {
    for (const format of ["esm", "cjs"] as const) {
      await bundle(format);
      const file = format === "esm" ? "stdin.js" : "stdin.cjs";
      const [noEngine] = await run(file);
      expect(noEngine).toMatch(/machine_crashed: .*give it with createRuntime\(\{ engine: \{ wasm \} \}\)/);
      const [noThread] = await run(file, "given");
      expect(noThread).toMatch(/machine_crashed: .*; where the package is bundled, .*docs\/limitations\/runtimes\.md/);
    }
  });

  test("runs in threads when both stand beside it", async () => {
    await bundle("esm", { "generated/thread": join(ROOT, "dist/isolation/threads/generated/thread.js") });
    expect(await run("stdin.js", "given")).toEqual(["42", "cpu_limit: more than 200 ms inside the machine"]);
  });
});
