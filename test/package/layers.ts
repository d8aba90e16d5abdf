/** One folder of src/ and what it may import. The order of `LAYERS` is the order of the house: data flows downwards. */
export interface Layer {
  readonly path: string;
  /** Packages that this layer may import and no other one. */
  readonly packages?: readonly string[];
  /** Modules of Node that this layer may import: those named, or all of them. */
  readonly node?: "any" | readonly string[];
  /** Part of the core: no global of Node, and no module of Node outside `platformFiles`. */
  readonly core?: true;
  /** Files that differ from runtime to runtime: here a core layer may import modules of Node. */
  readonly platformFiles?: readonly string[];
}

/** From top to bottom: a layer imports only layers that stand below it. */
export const LAYERS: readonly Layer[] = [
  { path: "src/cli", node: "any" },
  {
    path: "src/mcp",
    packages: ["@modelcontextprotocol/client", "jsonc-parser", "picomatch", "undici"],
    node: "any",
  },
  { path: "src/adapters/llmz", core: true },
  { path: "src/index.ts", core: true },
  { path: "src/sandbox", core: true },
  { path: "src/snapshots", core: true },
  {
    path: "src/isolation",
    core: true,
    platformFiles: ["src/isolation/threads/start-node.ts", "src/isolation/threads/worker-node.ts"],
  },
  {
    path: "src/tools",
    core: true,
    packages: ["@cfworker/json-schema"],
    platformFiles: ["src/tools/json-schema/within-node.ts"],
  },
  { path: "src/language", core: true, packages: ["acorn", "sucrase"] },
  { path: "src/engine", core: true, packages: ["quickjs-wasi"], platformFiles: ["src/engine/load/node.ts"] },
  { path: "src/values", core: true },
  { path: "src/check.ts", core: true },
  { path: "src/event-loop.ts", core: true },
  { path: "src/errors.ts", core: true },
];

/** Modules of Node that belong to few layers. */
export const NODE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  // A front end, and what starts other processes.
  "node:process": ["src/cli", "src/mcp"],
};

/** Where imports that begin with `#` lead. */
export const INTERNAL: Readonly<Record<string, string>> = {
  "#within": "src/tools/json-schema/within-node.ts",
  "#load-engine": "src/engine/load/node.ts",
  "#start-thread": "src/isolation/threads/start-node.ts",
};
