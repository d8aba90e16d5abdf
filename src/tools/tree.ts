import { UsageError } from "../errors.ts";
import { isLiveNamespace, isTool } from "./define.ts";
import { nameProblem } from "./names.ts";
import { type ResolvedTool, resolveTool } from "./resolved-tool.ts";
import { cut, isPlainObject, quote, showValue } from "./show.ts";
import { LIVE, type LiveNamespace, type ToolTree } from "./tool.ts";

const MOST_LEVELS = 32;

/** A child of a namespace: a tool, or a namespace of its own. */
export interface NamespaceChild {
  readonly name: string;
  readonly tool: boolean;
}

/** Tools by their full names, and the children of each namespace by its path. */
export interface ResolvedTree {
  readonly tools: ReadonlyMap<string, ResolvedTool>;
  readonly children: ReadonlyMap<string, readonly NamespaceChild[]>;
  readonly live: readonly { readonly path: string; readonly namespace: LiveNamespace }[];
}

interface Read {
  readonly namespace: object;
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
}

const resolvedTrees = new WeakMap<object, { tree: ResolvedTree; reads: readonly Read[] }>();

/** Resolves a tool tree; the same unchanged tree is resolved once. Throws `UsageError` with the path of what is wrong. */
export function resolveTree(tools: ToolTree): ResolvedTree {
  if (typeof tools !== "object" || tools === null) {
    throw new UsageError(`Expected \`tools\` to be an object, got ${showValue(tools)}`);
  }
  const known = resolvedTrees.get(tools);
  if (known?.reads.every(isUnchanged)) return known.tree;
  const reader = new TreeReader();
  reader.namespace(tools, "", []);
  // A getter may give another tool each time, so its tree is read anew each time.
  if (!reader.hasGetters) resolvedTrees.set(tools, { tree: reader, reads: reader.reads });
  return reader;
}

/** The tools of a live namespace as they are now; entries that can't be used are passed over, or refused if `strict`. */
export function resolveLive(path: string, namespace: LiveNamespace, strict: boolean): ResolvedTree {
  const tools = new Map<string, ResolvedTool>();
  const children: NamespaceChild[] = [];
  for (const [name, entry] of Object.entries(namespace[LIVE].tools())) {
    const fullName = `${path}.${name}`;
    if (strict) checkName(name, fullName);
    if (strict && !isTool(entry)) throw notATool(fullName, entry);
    if (nameProblem(name) !== undefined || !isTool(entry)) continue;
    tools.set(fullName, resolveTool(fullName, entry));
    children.push({ name, tool: true });
  }
  return { tools, children: new Map([[path, children]]), live: [] };
}

/** The tool that a live namespace has for a call of a name it does not list. */
export function resolveMissing(path: string, namespace: LiveNamespace, name: string): ResolvedTool | undefined {
  const entry = nameProblem(name) === undefined ? namespace[LIVE].missing?.(name) : undefined;
  return isTool(entry) ? resolveTool(`${path}.${name}`, entry) : undefined;
}

class TreeReader implements ResolvedTree {
  readonly tools = new Map<string, ResolvedTool>();
  readonly children = new Map<string, readonly NamespaceChild[]>();
  readonly live: { path: string; namespace: LiveNamespace }[] = [];
  readonly reads: Read[] = [];
  hasGetters = false;

  namespace(namespace: object, path: string, above: readonly object[]): void {
    if (!isPlainObject(namespace)) throw notATool(path, namespace);
    if (above.includes(namespace)) throw new UsageError(`${where(path)} is a cycle: it contains itself`);
    if (above.length >= MOST_LEVELS) throw new UsageError(`${where(path)} is nested deeper than ${MOST_LEVELS} levels`);
    const keys = Object.keys(namespace);
    const values = keys.map((key) => this.#read(namespace, key));
    this.reads.push({ namespace, keys, values });
    const children: NamespaceChild[] = [];
    this.children.set(path, children);
    for (const [index, name] of keys.entries()) {
      const childPath = path === "" ? name : `${path}.${name}`;
      checkName(name, childPath);
      children.push({ name, tool: this.#entry(values[index], childPath, [...above, namespace]) });
    }
  }

  #read(namespace: Record<string, unknown>, key: string): unknown {
    if (Object.getOwnPropertyDescriptor(namespace, key)?.get) this.hasGetters = true;
    return namespace[key];
  }

  #entry(entry: unknown, path: string, above: readonly object[]): boolean {
    if (typeof entry === "function" || isTool(entry)) {
      this.tools.set(path, resolveTool(path, entry as Parameters<typeof resolveTool>[1]));
      return true;
    }
    if (isLiveNamespace(entry)) this.live.push({ path, namespace: entry });
    else if (isPlainObject(entry)) this.namespace(refuseBareOptions(entry, path), path, above);
    else throw notATool(path, entry);
    return false;
  }
}

function isUnchanged({ namespace, keys, values }: Read): boolean {
  const now = Object.keys(namespace);
  return (
    now.length === keys.length &&
    now.every((key, index) => key === keys[index] && (namespace as Record<string, unknown>)[key] === values[index])
  );
}

// The commonest slip: the options without `defineTool` around them would else be a namespace with a tool `run`.
function refuseBareOptions(entry: Record<string, unknown>, path: string): object {
  const isOptions = ["description", "input", "output", "parameters", "inputSchema"].some((key) => {
    const value = entry[key];
    return value !== undefined && typeof value !== "function" && !isTool(value);
  });
  if (isOptions && (typeof entry.run === "function" || typeof entry.execute === "function")) {
    throw new UsageError(`${where(path)} looks like the options of a tool; wrap them: defineTool({ … })`);
  }
  return entry;
}

function checkName(name: string, path: string): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  throw new UsageError(`${where(path)}: the name ${quote(cut(name, 80))} ${problem}`);
}

function notATool(path: string, value: unknown): UsageError {
  return new UsageError(`Expected ${where(path)} to be a tool, a function or a namespace, got ${showValue(value)}`);
}

function where(path: string): string {
  return path === "" ? "`tools`" : `\`tools.${cut(path, 200)}\``;
}
