import { UsageError } from "../errors.ts";
import { isLiveNamespace, isTool } from "./define.ts";
import { type HostObject, hostObjectState, isHostObject } from "./host-object.ts";
import { globalNameProblem, nameProblem } from "./names.ts";
import { type ResolvedTool, resolveTool } from "./resolved-tool.ts";
import { cut, isPlainObject, quote, showValue } from "./show.ts";

const MOST_LEVELS = 1_000;

/** The `globals` option taken apart: plain data, the tools that its functions are, and host objects, by their paths. */
export interface ResolvedGlobals {
  readonly data: Record<string, unknown>;
  readonly tools: ReadonlyMap<string, ResolvedTool>;
  /** Host objects by their paths. */
  readonly objects: ReadonlyMap<string, HostObject>;
}

/**
 * Takes the functions (and defined tools) out of the globals. Objects that held nothing else vanish from the
 * data. Throws `UsageError` for names that can't be globals, cycles, and functions inside of arrays.
 */
export function resolveGlobals(globals: Record<string, unknown>): ResolvedGlobals {
  if (!isPlainObject(globals)) throw new UsageError(`Expected \`globals\` to be an object, got ${showValue(globals)}`);
  const reader = new GlobalsReader();
  const data: Record<string, unknown> = {};
  for (const name of Object.keys(globals)) {
    const problem = globalNameProblem(name);
    if (problem !== undefined) throw new UsageError(`\`globals\`: the name ${quote(cut(name, 80))} ${problem}`);
    const value = reader.read(globals[name], [name]);
    if (value !== TAKEN_OUT) setOwn(data, name, value);
  }
  return { data, tools: reader.tools, objects: reader.objects };
}

const TAKEN_OUT = Symbol("taken out");

class GlobalsReader {
  readonly tools = new Map<string, ResolvedTool>();
  readonly objects = new Map<string, HostObject>();
  readonly #above = new Set<unknown>();
  #arrays = 0;

  read(value: unknown, path: readonly string[]): unknown {
    if (typeof value === "function" || isTool(value)) return this.#tool(value, path);
    if (isHostObject(value)) return this.#hostObject(value, path);
    if (isLiveNamespace(value)) throw new UsageError(`${where(path)}: a live namespace can only stand in \`tools\``);
    if (!Array.isArray(value) && !isPlainObject(value)) return value;
    if (this.#above.has(value)) throw new UsageError(`${where(path)} is a cycle: it contains itself`);
    if (path.length > MOST_LEVELS) throw new UsageError(`${where(path)} is nested deeper than ${MOST_LEVELS} levels`);
    this.#above.add(value);
    const copy = Array.isArray(value) ? this.#array(value, path) : this.#object(value, path);
    this.#above.delete(value);
    return copy;
  }

  #tool(value: unknown, path: readonly string[]): symbol {
    if (this.#arrays > 0) throw new UsageError(`${where(path)}: a function inside an array can't be called by name`);
    const name = path.join(".");
    this.#checkNames(path);
    this.tools.set(name, resolveTool(name, value as Parameters<typeof resolveTool>[1]));
    return TAKEN_OUT;
  }

  #hostObject(object: HostObject, path: readonly string[]): symbol {
    if (this.#arrays > 0) throw new UsageError(`${where(path)}: a host object can't stand in an array`);
    if ([...this.objects.values()].includes(object))
      throw new UsageError(`${where(path)}: this host object stands in two places`);
    this.#checkNames(path);
    this.objects.set(path.join("."), object);
    for (const [name, tool] of Object.entries(hostObjectState(object).tools)) this.#tool(tool, [...path, name]);
    return TAKEN_OUT;
  }

  #checkNames(path: readonly string[]): void {
    const bad = path.slice(1).find((part) => nameProblem(part) !== undefined);
    if (bad !== undefined) throw new UsageError(`${where(path)}: the name ${quote(cut(bad, 80))} ${nameProblem(bad)}`);
  }

  #array(value: readonly unknown[], path: readonly string[]): unknown[] {
    this.#arrays++;
    // Sparse arrays keep their holes here; whether they can cross is the value codec's question.
    const copy = value.map((item, index) => this.read(item, [...path, String(index)]));
    this.#arrays--;
    return copy;
  }

  #object(value: Record<string, unknown>, path: readonly string[]): unknown {
    const keys = Object.keys(value);
    const copy: Record<string, unknown> = {};
    for (const key of keys) {
      const item = this.read(value[key], [...path, key]);
      if (item !== TAKEN_OUT) setOwn(copy, key, item);
    }
    return keys.length > 0 && Object.keys(copy).length === 0 ? TAKEN_OUT : copy;
  }
}

function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

function where(path: readonly string[]): string {
  return `\`globals.${cut(path.join("."), 200)}\``;
}
