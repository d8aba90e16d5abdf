import { UsageError } from "../errors.ts";
import { resolveGlobals } from "./globals.ts";
import type { HostObject } from "./host-object.ts";
import { nearestNames } from "./nearest.ts";
import type { ResolvedTool } from "./resolved-tool.ts";
import { LIVE, type LiveNamespace, type ToolTree } from "./tool.ts";
import { type NamespaceChild, type ResolvedTree, resolveLive, resolveMissing, resolveTree } from "./tree.ts";

/** The tools of one sandbox: what exists under which name. The authority for every call. */
export interface ToolTable {
  /**
   * The tool of that full name; only own names are found, never `constructor` or `__proto__`. A live namespace may have
   * a tool for a name that is not listed.
   */
  get(name: string): ResolvedTool | undefined;
  /** The children of a namespace ("" is the root), in the order of their definition; undefined if the path is no namespace. */
  children(path: string): readonly NamespaceChild[] | undefined;
  /** Every tool's full name, sorted, bare globals included. */
  names(): readonly string[];
  /** Up to 3 names for a "did you mean", best first; from the same top-level namespace, if the name's exists. */
  nearest(name: string): readonly string[];
  /** Grows when a live namespace has changed. */
  version(): number;
  /** The globals: plain data with the functions taken out, and the paths of the functions. */
  globals(): { readonly data: Record<string, unknown>; readonly functions: readonly string[] };
  /** The host objects among the globals, by their paths. */
  objects(): ReadonlyMap<string, HostObject>;
}

/**
 * Makes the table of a tool tree and of globals. Cheap where the same tree was seen before. Throws
 * `UsageError` with the path for wrong names, wrong values, cycles, and a global that is called like a tool.
 */
export function createToolTable(tools: ToolTree, globals: Record<string, unknown> = {}): ToolTable {
  return new Table(resolveTree(tools), resolveGlobals(globals));
}

class Table implements ToolTable {
  readonly #tree: ResolvedTree;
  readonly #globals: ReturnType<typeof resolveGlobals>;
  readonly #live: LiveReader[];
  #names: { version: number; names: readonly string[] } | undefined;

  constructor(tree: ResolvedTree, globals: ReturnType<typeof resolveGlobals>) {
    this.#tree = tree;
    this.#globals = globals;
    this.#live = tree.live.map(({ path, namespace }) => new LiveReader(path, namespace));
    for (const name of globals.tools.keys()) this.#refuseClash(name);
  }

  get(name: string): ResolvedTool | undefined {
    return this.#tree.tools.get(name) ?? this.#globals.tools.get(name) ?? this.#liveReader(name)?.get(name);
  }

  children(path: string): readonly NamespaceChild[] | undefined {
    const live = this.#live.find((reader) => reader.path === path);
    return live ? live.tree().children.get(path) : this.#tree.children.get(path);
  }

  names(): readonly string[] {
    const version = this.version();
    if (this.#names?.version !== version) {
      const live = this.#live.flatMap((reader) => [...reader.tree().tools.keys()]);
      const names = [...this.#tree.tools.keys(), ...this.#globals.tools.keys(), ...live].sort();
      this.#names = { version, names: Object.freeze(names) };
    }
    return this.#names.names;
  }

  nearest(name: string): readonly string[] {
    const names = this.names();
    const [top = ""] = name.split(".", 1);
    const siblings = names.filter((other) => other.startsWith(`${top}.`));
    // Who named a namespace that exists did not mean another one: its tools may do something else.
    const isKnown = name !== top && (siblings.length > 0 || this.children(top) !== undefined);
    return nearestNames(name, isKnown ? siblings : names);
  }

  version(): number {
    return this.#live.reduce((sum, reader) => sum + reader.version(), 0);
  }

  globals(): { data: Record<string, unknown>; functions: readonly string[] } {
    return { data: this.#globals.data, functions: [...this.#globals.tools.keys()] };
  }

  objects(): ReadonlyMap<string, HostObject> {
    return this.#globals.objects;
  }

  #liveReader(name: string): LiveReader | undefined {
    return this.#live.find((reader) => name.startsWith(`${reader.path}.`));
  }

  #refuseClash(name: string): void {
    // A live namespace may grow a tool of that name later.
    if (!this.#tree.tools.has(name) && !this.#liveReader(name)) return;
    throw new UsageError(`\`globals.${name}\`: \`tools\` has a tool of the same full name, "${name}"`);
  }
}

// Sandboxes over the same namespace share what was read of it.
const lastRead = new WeakMap<LiveNamespace, Map<string, { version: number; tree: ResolvedTree }>>();

class LiveReader {
  readonly path: string;
  readonly #namespace: LiveNamespace;

  constructor(path: string, namespace: LiveNamespace) {
    this.path = path;
    this.#namespace = namespace;
    this.#read(true);
  }

  version(): number {
    return this.#namespace[LIVE].version();
  }

  tree(): ResolvedTree {
    return this.#read(false);
  }

  get(name: string): ResolvedTool | undefined {
    return this.tree().tools.get(name) ?? resolveMissing(this.path, this.#namespace, name.slice(this.path.length + 1));
  }

  #read(strict: boolean): ResolvedTree {
    const version = this.version();
    const byPath = lastRead.get(this.#namespace) ?? new Map<string, { version: number; tree: ResolvedTree }>();
    const known = byPath.get(this.path);
    if (known?.version === version) return known.tree;
    const tree = resolveLive(this.path, this.#namespace, strict);
    byPath.set(this.path, { version, tree });
    lastRead.set(this.#namespace, byPath);
    return tree;
  }
}
