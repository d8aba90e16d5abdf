import { type HostObjectOptions, hostObject, Omitted, type ToolTree } from "../../index.ts";
import type { LlmzContext } from "./types.ts";

/** What the program hands over for a call: a tool has one input, so the arguments are a list. */
export interface HandedOver {
  readonly args: readonly unknown[];
  /** The stack of the call: the sandbox's own line of it is one of ours. Only shown, as the program can make it up. */
  readonly stack: string;
}

type AnyFunction = (...args: unknown[]) => unknown;

/** Makes tools of functions of the context. */
export interface ToolMaker {
  /** Its input is what the program hands over; it may be suspended. */
  tool(call: AnyFunction): ToolTree[string];
  /** It gets the program's arguments. */
  plain(call: AnyFunction): AnyFunction;
}

/** How a context enters a program: data, tools, host objects, and the line of code that makes globals of them. */
export interface ContextPlan {
  readonly input: Record<string, unknown>;
  readonly globals: Record<string, unknown>;
  /** One line without an end; the program's own lines follow it. */
  readonly prologue: string;
  /** Whether a name of a variable is ours. */
  isOurs(name: string): boolean;
  /** Puts what the program left back into the context; gives the names whose values were not kept. */
  writeBack(variables: Readonly<Record<string, unknown>>): string[];
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** Plans how a context enters a program. Accessors become properties of host objects, at the top and one level below it. */
export function planContext(context: LlmzContext, code: string, maker: ToolMaker): ContextPlan {
  const plan = new Planner(unusedPrefix(code), maker);
  for (const name of Object.keys(context)) plan.add(name, context);
  return plan.done(context);
}

/** A start of names that the code does not use. */
function unusedPrefix(code: string): string {
  let prefix = "$llmz";
  for (let count = 2; code.includes(prefix); count++) prefix = `$llmz${count}`;
  return prefix;
}

class Planner {
  readonly #prefix: string;
  readonly #maker: ToolMaker;
  readonly #input: Record<string, unknown> = {};
  readonly #tools: Record<string, unknown> = {};
  readonly #objects: Record<string, unknown> = {};
  readonly #accessors: HostObjectOptions["properties"] = {};
  readonly #data: string[] = [];
  readonly #statements: string[] = [];

  constructor(prefix: string, maker: ToolMaker) {
    this.#prefix = prefix;
    this.#maker = maker;
  }

  add(name: string, context: LlmzContext): void {
    if (!IDENTIFIER.test(name) || name === "__proto__") return;
    const descriptor = Object.getOwnPropertyDescriptor(context, name);
    if (descriptor?.get || descriptor?.set) this.#addAccessor(name, context, descriptor);
    else if (typeof descriptor?.value === "function") this.#addFunction(name, descriptor.value);
    else if (hasAccessors(descriptor?.value)) this.#addHostObject(name, descriptor?.value);
    else this.#addData(name, descriptor?.value);
  }

  done(context: LlmzContext): ContextPlan {
    const prefix = this.#prefix;
    if (Object.keys(this.#accessors).length > 0) {
      const onWrite = ({ property, after }: { property: string; after: unknown }) => assign(context, property, after);
      this.#objects.context = hostObject({ properties: this.#accessors, onWrite });
    }
    const data = this.#data;
    const call = `const ${prefix}Call = (tool, args) => tool({ args, stack: new ${prefix}Error().stack }); `;
    const setup = `const ${prefix} = globalThis.input, ${prefix}Error = Error; delete globalThis.input; ${call}`;
    return {
      input: this.#input,
      globals: { [`${prefix}Tools`]: this.#tools, [`${prefix}Objects`]: this.#objects },
      prologue: `"use strict"; ${setup}${this.#statements.join(" ")}`,
      isOurs: (name) => name.startsWith(prefix),
      writeBack: (variables) =>
        data.filter((name) => {
          const own = `${prefix}_${name}`;
          return !Object.hasOwn(variables, own) || !putBack(context, name, variables[own]);
        }),
    };
  }

  #addAccessor(name: string, context: LlmzContext, { set }: PropertyDescriptor): void {
    this.#accessors[name] = { value: plain(context[name]), writable: set !== undefined };
    const own = `${this.#prefix}Objects.context.${name}`;
    this.#global(name, own, `${own} = value`);
  }

  #addFunction(name: string, call: AnyFunction): void {
    this.#tools[name] = this.#maker.tool(call);
    const own = `${this.#prefix}_${name}`;
    this.#statements.push(`let ${own} = (...args) => ${this.#caller(name)};`);
    this.#global(name, own, `${own} = value`);
  }

  /** Functions of such an object are plain tools: they cannot be suspended. */
  #addHostObject(name: string, object: Record<string, unknown>): void {
    const properties: HostObjectOptions["properties"] = {};
    const tools: Record<string, AnyFunction> = {};
    for (const [key, { get, set, value, writable }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      if (typeof value === "function") tools[key] = this.#maker.plain((...args) => value.apply(object, args));
      else
        properties[key] = { value: plain(object[key]), writable: get || set ? set !== undefined : writable === true };
    }
    this.#objects[name] = hostObject({
      properties,
      tools,
      onWrite: (write) => assign(object, write.property, write.after),
    });
    const own = `${this.#prefix}Objects.${name}`;
    this.#statements.push(`Object.defineProperty(globalThis, "${name}", { value: ${own}, configurable: true });`);
  }

  #addData(name: string, value: unknown): void {
    const own = `${this.#prefix}_${name}`;
    this.#data.push(name);
    this.#input[name] = this.#dataOf(value, name, own);
    this.#statements.unshift(`let ${own} = ${this.#prefix}.${name};`);
    this.#lock(value, own);
    this.#global(name, own, `${own} = value`);
  }

  /** A copy without its functions, which the program gets as members that call tools. */
  #dataOf(value: unknown, name: string, own: string): unknown {
    if (!isRecord(value)) return plain(value);
    const tools: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value)) {
      if (typeof member === "function" && IDENTIFIER.test(key)) {
        tools[key] = this.#maker.tool((...args) => member.apply(value, args));
        this.#statements.push(`${own}.${key} = (...args) => ${this.#caller(`${name}.${key}`)};`);
      }
    }
    if (Object.keys(tools).length > 0) this.#tools[name] = tools;
    return plain(value);
  }

  #caller(path: string): string {
    return `${this.#prefix}Call(${this.#prefix}Tools.${path}, args)`;
  }

  #lock(value: unknown, own: string): void {
    if (typeof value !== "object" || value === null || Object.isExtensible(value)) return;
    const how = Object.isFrozen(value) ? "freeze" : Object.isSealed(value) ? "seal" : "preventExtensions";
    this.#statements.push(`Object.${how}(${own});`);
  }

  /** A global that the program may shadow by declaring the same name. `tools` is the one that cannot be redefined. */
  #global(name: string, get: string, set: string): void {
    if (name === "tools") this.#statements.push(`let tools = ${get};`);
    else {
      const accessors = `get: () => ${get}, set: (value) => { ${set}; }, enumerable: true, configurable: true`;
      this.#statements.push(`Object.defineProperty(globalThis, "${name}", { ${accessors} });`);
    }
  }
}

function hasAccessors(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  return Object.values(Object.getOwnPropertyDescriptors(value)).some(
    ({ get, set }) => get !== undefined || set !== undefined,
  );
}

/** Objects and instances of classes; not what crosses as itself. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return ![Date, Map, Set, RegExp, Error, ArrayBuffer].some((known) => value instanceof known);
}

/** A value without functions; instances become plain objects of their own members. */
function plain(value: unknown, depth = 0): unknown {
  if (typeof value === "function") return undefined;
  if (depth > 100) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, member]) => typeof member !== "function");
  return Object.fromEntries(entries.map(([key, member]) => [key, plain(member, depth + 1)]));
}

function assign(object: Record<string, unknown>, key: string, value: unknown): void {
  object[key] = value;
}

/** False where the value is not known. */
function putBack(context: LlmzContext, name: string, value: unknown): boolean {
  if (isOmitted(value)) return false;
  const merged = merge(context[name], value);
  if (!Object.is(merged, context[name])) context[name] = merged;
  return true;
}

/** Makes an object of the host what the program left of its copy, keeping the object itself and its functions. */
function merge(target: unknown, value: unknown): unknown {
  if (isOmitted(value) || (typeof target === "function" && value === undefined)) return target;
  if (Array.isArray(target) && Array.isArray(value)) {
    if (target.length > value.length) target.length = value.length;
    mergeMembers(target as unknown as Record<string, unknown>, value as unknown as Record<string, unknown>);
    return target;
  }
  if (!isRecord(target) || !isRecord(value)) return value;
  for (const key of Object.keys(target))
    if (!Object.hasOwn(value, key) && typeof target[key] !== "function") delete target[key];
  mergeMembers(target, value);
  return target;
}

function mergeMembers(target: Record<string, unknown>, value: Record<string, unknown>): void {
  for (const key of Object.keys(value)) {
    // Own members only: a program may have named one `__proto__` or `constructor`.
    const known = Object.hasOwn(target, key);
    const merged = merge(known ? target[key] : undefined, value[key]);
    if (!known)
      Object.defineProperty(target, key, { value: merged, writable: true, enumerable: true, configurable: true });
    else if (!Object.is(merged, target[key])) target[key] = merged;
  }
}

/** Whether a variable's value was not told: it is no value that can leave the program, or too large. */
function isOmitted(value: unknown): boolean {
  return value instanceof Omitted || kindOf(value) !== undefined;
}

/** What a variable is that has no value to tell. */
export function kindOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
  const { kind, reason: _reason, ...rest } = value as { kind: unknown; reason?: unknown };
  const known = kind === "function" || kind === "promise" || kind === "omitted";
  return known && Object.keys(rest).length === 0 ? kind : undefined;
}
