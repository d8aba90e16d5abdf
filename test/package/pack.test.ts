import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute, type Finished, runModule } from "./node.ts";
import { ROOT, readSource } from "./sources.ts";

const { version } = JSON.parse(readSource("package.json")) as { version: string };

const CONSUMER = `
import { createSandbox, defineTool, renderOutcome, unwrap, type Outcome } from "tardigrade";

const double = defineTool({ input: { type: "number" }, run: (value: unknown) => Number(value) * 2 });
const sandbox = createSandbox({ tools: { double, add: (a: number, b: number) => a + b }, limits: { wallMs: 1000 } });
const outcome: Outcome = await sandbox.run("return tools.add(1, 2)");
const text: string = outcome.status === "failed" ? outcome.error.message : renderOutcome(outcome);
const value: unknown = unwrap(outcome);
// @ts-expect-error there is no such limit
createSandbox({ limits: { seconds: 1 } });
export { text, value };
`;

const MCP_CONSUMER = `
import { createSandbox } from "tardigrade";
import { connectMcp, type McpConnection } from "tardigrade/mcp";

const connection: McpConnection = await connectMcp({ mcpServers: { a: { command: "node" } } }, { strict: true });
export const sandbox = createSandbox({ tools: connection.tools });
`;

let folder = "";

async function sound(finished: Promise<Finished>): Promise<Finished> {
  const result = await finished;
  expect(`${result.stdout}${result.stderr}`, `exit ${result.code}`).toSatisfy(() => result.code === 0);
  return result;
}

const npm = (...args: string[]) => sound(execute("npm", args, { cwd: folder }));

/** The package as a stranger gets it: packed, installed into an empty project, run and type-checked there. */
describe("the packed package", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tardigrade-pack-"));
    await writeFile(join(folder, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }\n');
    await npm("pack", ROOT, "--ignore-scripts", "--silent");
    const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
    await npm("install", `./${tarball}`, "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund");
  }, 120_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("runs a program", async () => {
    const printed = await runModule(
      `import { createSandbox } from "tardigrade";
       import { connectMcp } from "tardigrade/mcp";
       const sandbox = createSandbox({ tools: { add: (a, b) => a + b } });
       const outcome = await sandbox.run("const x: number = await tools.add(19, 23); x");
       await (await connectMcp({ mcpServers: {} })).close();
       console.log(outcome.value);`,
      { cwd: folder },
    );
    expect(printed).toBe("42\n");
  });

  test("brings its command along", async () => {
    const { stdout } = await npm("exec", "--offline", "--", "tardigrade", "--version");
    expect(stdout.trim()).toBe(version);
  });

  test("brings only what it needs", async () => {
    const files = await readdir(join(folder, "node_modules/tardigrade"), { recursive: true });
    const unexpected = files.filter(
      (file) =>
        !/^(?:dist(?:\/.*)?|package\.json|(?:README|LICENSE|CHANGELOG|SECURITY|THREAT_MODEL|VERSIONING|THIRD-PARTY-NOTICES)(?:\.md)?)$/.test(
          file,
        ),
    );
    expect(unexpected).toEqual([]);
    expect(files.filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"))).toEqual([]);
  });

  test.each([
    {
      module: "nodenext",
      moduleResolution: "nodenext",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      files: ["consumer.ts", "mcp.ts"],
    },
    {
      module: "esnext",
      moduleResolution: "bundler",
      lib: ["es2023", "esnext.disposable", "dom"],
      types: [],
      files: ["consumer.ts"],
    },
  ])("type-checks under $moduleResolution with $types", async ({ files, ...place }) => {
    await writeFile(join(folder, "consumer.ts"), CONSUMER);
    await writeFile(join(folder, "mcp.ts"), MCP_CONSUMER);
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: "es2022", skipLibCheck: false },
      ...{ typeRoots: [join(ROOT, "node_modules/@types")], ...place },
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    await sound(execute(process.execPath, [tsc, "-p", folder], { cwd: folder }));
  });
});
