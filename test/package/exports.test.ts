import { existsSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { runModule } from "./node.ts";
import { ROOT, readSource } from "./sources.ts";

const manifest = JSON.parse(readSource("package.json")) as {
  exports: Record<string, string>;
  imports: Record<string, Record<string, string>>;
  bin: Record<string, string>;
  files: string[];
};

/** Names that an entry exports, types marked; from the built declarations. */
function exportedNames(entry: string): string[] {
  const text = readFileSync(ROOT + entry, "utf8");
  return [...text.matchAll(/^export (type )?\{([^}]*)\}/gm)]
    .flatMap(([, type = "", names = ""]) => names.split(",").map((name) => type + name.trim().replace(/^.* as /, "")))
    .filter((name) => name !== "" && name !== "type ")
    .sort();
}

async function valuesOf(entry: string): Promise<string[]> {
  const names = await runModule(
    `import * as all from ${JSON.stringify(entry)}; console.log(JSON.stringify(Object.keys(all)));`,
  );
  return JSON.parse(names) as string[];
}

/** Each name of a list is a promise to users: adding one makes it public, removing one breaks somebody. */
describe("exports", () => {
  test("of tardigrade", async () => {
    const names = exportedNames("dist/index.d.ts");
    expect(names.filter((name) => !name.startsWith("type "))).toEqual((await valuesOf("tardigrade")).sort());
    expect(names).toMatchInlineSnapshot(`
      [
        "DEFAULT_LIMITS",
        "Omitted",
        "RunError",
        "RunExit",
        "SnapshotError",
        "UsageError",
        "createRuntime",
        "createSandbox",
        "defineTool",
        "engineBuild",
        "formatListing",
        "hostObject",
        "inspectSnapshot",
        "lenientSchema",
        "liveNamespace",
        "newSnapshotKey",
        "renderOutcome",
        "tagged",
        "type Answer",
        "type CallBatch",
        "type CallRecord",
        "type Completed",
        "type EngineBuild",
        "type ErrorCode",
        "type Exit",
        "type Failed",
        "type HostObject",
        "type HostObjectOptions",
        "type HostOptions",
        "type HostProperty",
        "type HostWrite",
        "type JsonSchema",
        "type Limits",
        "type ListedFailure",
        "type ListingOptions",
        "type LiveNamespace",
        "type LogEntry",
        "type Mutation",
        "type Outcome",
        "type PendingCall",
        "type PlainFunction",
        "type Policy",
        "type PolicyCall",
        "type PolicyVerdict",
        "type RenderOptions",
        "type Report",
        "type ResumeOptions",
        "type Run",
        "type RunEvent",
        "type RunFailure",
        "type RunOptions",
        "type Runtime",
        "type RuntimeOptions",
        "type RuntimeStats",
        "type Sandbox",
        "type SandboxOptions",
        "type Schema",
        "type Session",
        "type SessionOptions",
        "type SessionResumeOptions",
        "type SessionRunOptions",
        "type SessionVariable",
        "type SnapshotInfo",
        "type SnapshotKey",
        "type SnapshotMeta",
        "type StandardSchema",
        "type Suspended",
        "type TaggedValue",
        "type TenantLimiter",
        "type TenantLimits",
        "type TenantStats",
        "type Tool",
        "type ToolContext",
        "type ToolEffect",
        "type ToolMatch",
        "type ToolOptions",
        "type ToolTree",
        "type Usage",
        "type VariableDescription",
        "type Warning",
        "untagged",
        "unwrap",
      ]
    `);
  });

  test("of tardigrade/mcp", async () => {
    const names = exportedNames("dist/mcp/index.d.ts");
    expect(names.filter((name) => !name.startsWith("type "))).toEqual((await valuesOf("tardigrade/mcp")).sort());
    expect(names).toMatchInlineSnapshot(`
      [
        "McpConnectionError",
        "McpProtocolError",
        "McpToolError",
        "connectMcp",
        "parseMcpConfig",
        "readMcpConfig",
        "type HiddenTool",
        "type McpConfig",
        "type McpConfigInput",
        "type McpConfigOptions",
        "type McpConnectOptions",
        "type McpConnection",
        "type McpEra",
        "type McpHttpConfig",
        "type McpServerConfig",
        "type McpServerState",
        "type McpServerStatus",
        "type McpStdioConfig",
      ]
    `);
  });
});

describe("exports of adapters", () => {
  test("of tardigrade/llmz", async () => {
    const names = exportedNames("dist/adapters/llmz/index.d.ts");
    expect(names.filter((name) => !name.startsWith("type "))).toEqual((await valuesOf("tardigrade/llmz")).sort());
    expect(names).toMatchInlineSnapshot(`
      [
        "CodeExecutionError",
        "InvalidCodeError",
        "SnapshotSignal",
        "ThinkSignal",
        "VMSignal",
        "formatListing",
        "resumeAsyncFunction",
        "runAsyncFunction",
        "type LlmzComponent",
        "type LlmzContext",
        "type LlmzOptions",
        "type LlmzResult",
        "type LlmzTrace",
      ]
    `);
  });
});

describe("package.json", () => {
  test("points at files that exist", () => {
    const targets = [
      ...Object.values(manifest.exports),
      ...Object.values(manifest.imports).flatMap((conditions) => Object.values(conditions)),
      ...Object.values(manifest.bin),
      ...manifest.files,
    ];
    expect(targets.filter((path) => !existsSync(ROOT + path))).toEqual([]);
  });

  test("has types beside each entry", () => {
    const entries = Object.values(manifest.exports).filter((path) => path.endsWith(".js"));
    expect(entries.filter((path) => !existsSync(ROOT + path.replace(/\.js$/, ".d.ts")))).toEqual([]);
  });

  test("has a command that starts with node", () => {
    for (const path of Object.values(manifest.bin)) {
      expect(readFileSync(ROOT + path, "utf8").split("\n", 1)).toEqual(["#!/usr/bin/env node"]);
      expect(statSync(ROOT + path).isFile()).toBe(true);
    }
  });

  test("finds the engine under each condition", async () => {
    const resolve = `console.log(import.meta.resolve("#load-engine"))`;
    expect(await runModule(resolve)).toMatch(/dist\/engine\/load\/node\.js\n$/);
    const { "#load-engine": conditions } = manifest.imports;
    expect(Object.keys(conditions ?? {})).toEqual(["node", "default"]);
    const other = await runModule(
      `const { loadEngine } = await import("./dist/engine/load/default.js");
       await loadEngine().catch((error) => console.log(error.message));`,
    );
    expect(other).toContain("createRuntime({ engine: { wasm } })");
  });

  test("loads no more than the core with its main entry", () => {
    const { files, packages } = staticImports("dist/index.js");
    expect(files).toContain("dist/sandbox/sandbox.js");
    expect(files.filter((file) => /^dist\/(?:cli|mcp)\/|image\.generated/.test(file))).toEqual([]);
    // sucrase waits for the first program in TypeScript, the engine for the first machine.
    expect(packages).toEqual(["#start-thread", "#within", "@cfworker/json-schema", "acorn"]);
  });
});

/** Files and packages that come with a module before anything runs. */
function staticImports(entry: string): { files: string[]; packages: string[] } {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    for (const [, name = ""] of readSource(file).matchAll(
      /^(?:import|export)\b(?:[^;"'(]*?\bfrom)?\s*["']([^"']+)["']/gm,
    )) {
      if (name.startsWith(".")) files.add(posix.join(posix.dirname(file), name));
      else packages.add(name);
    }
  }
  return { files: [...files], packages: [...packages].sort() };
}
