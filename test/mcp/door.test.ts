import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as door from "../../src/mcp/index.ts";

test("the door has these names and no others", () => {
  expect(Object.keys(door).sort()).toEqual([
    "McpConnectionError",
    "McpProtocolError",
    "McpToolError",
    "connectMcp",
    "parseMcpConfig",
    "readMcpConfig",
  ]);
});

test("opening the door loads nothing of Node: files, processes and proxies come when they are used", () => {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(
      /^(?:import|export) (?!type )[^;]*?from "([^"]+)"/gm,
    )) {
      if (specifier.startsWith(".")) load(resolve(dirname(file), specifier));
      else loaded.add(specifier);
    }
  };
  load(join(dirname(fileURLToPath(import.meta.url)), "../../src/mcp/index.ts"));
  const packages = [...loaded].filter((name) => !name.startsWith("/"));
  expect(packages.filter((name) => name.startsWith("node:") || name === "undici")).toEqual([]);
  expect(packages).toContain("picomatch");
});
