import { readNames } from "./bridge.js";
import { callTool } from "./calls.js";
import {
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  hasOwn,
  jsonParse,
  objectPrototype,
  ownKeys,
  Proxy,
  record,
  setPrototypeOf,
} from "./intrinsics.js";

const functionPrototype = Function.prototype;
const { toPrimitive } = Symbol;

/**
 * What the traps of one namespace work on.
 * @typedef {{ path: string, target: any, children: any, listed: boolean }} Namespace
 */

// Without a prototype: a trap looked up on Object.prototype would be the guest's. Shared, with the namespace as `this`.
const traps = setPrototypeOf(
  {
    /** @this {Namespace} @param {any} target @param {any} key */
    get(target, key) {
      if (key === toPrimitive) return () => `[tools${this.path === "" ? "" : `.${this.path}`}]`;
      if (typeof key !== "string") return undefined;
      const { children } = this;
      if (key in children) return children[key];
      if (!isOrdinaryName(key)) return childOf(this, key);
      listAll(this);
      if (hasOwn(target, key)) return target[key];
      if (key === "call" || key === "apply" || key === "bind") return functionPrototype[key];
      return key === "hasOwnProperty" ? objectPrototype[key] : undefined;
    },
    /** @this {Namespace} @param {any} target @param {any} key */
    has(target, key) {
      listAll(this);
      return hasOwn(target, key);
    },
    /** @this {Namespace} @param {any} target */
    ownKeys(target) {
      listAll(this);
      return ownKeys(target);
    },
    /** @this {Namespace} @param {any} target @param {any} key */
    getOwnPropertyDescriptor(target, key) {
      listAll(this);
      const descriptor = getOwnPropertyDescriptor(target, key);
      return descriptor && setPrototypeOf(descriptor, null);
    },
    /** @this {Namespace} */
    isExtensible() {
      listAll(this);
      return false;
    },
    /** @this {Namespace} */
    preventExtensions() {
      listAll(this);
      return true;
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    /** @this {Namespace} @param {any} _target @param {any} _self @param {any[]} args */
    apply(_target, _self, args) {
      return callTool(this.path, args, traps.apply);
    },
  },
  null,
);

/**
 * A namespace that is also callable: `tools.a.b.c(...)` for any names, known or not (the host refuses unknown ones).
 * What is listed (`in`, `Object.keys`) is what the host has.
 * @param {string} path @returns {any}
 */
function namespace(path) {
  // An arrow function: callable, not a constructor, and without own members once these two are gone.
  const target = /** @type {any} */ (() => undefined);
  delete target.name;
  delete target.length;
  const own = setPrototypeOf({ path, target, children: record(), listed: false }, traps);
  return new Proxy(target, own);
}

/** @param {Namespace} parent @param {string} key */
function childOf({ children, path }, key) {
  children[key] ??= namespace(path === "" ? key : `${path}.${key}`);
  return children[key];
}

/** Makes the namespace's target show what the host has under this path. @param {Namespace} own */
function listAll(own) {
  if (own.listed) return;
  own.listed = true;
  const names = jsonParse(readNames(own.path) ?? "[]");
  for (let i = 0; i < names.length; i++) {
    const descriptor = record();
    descriptor.value = childOf(own, names[i]);
    descriptor.enumerable = true;
    defineProperty(own.target, names[i], descriptor);
  }
  freeze(own.target);
}

/** Names that every object or function has, and those that `await` and JSON look up: tools only if the host has them. @param {string} key */
const isOrdinaryName = (key) =>
  key === "then" || key === "toJSON" || hasOwn(objectPrototype, key) || hasOwn(functionPrototype, key);

/** The global `tools`: frozen, not deletable, the same object for the whole run. */
export function installTools() {
  defineProperty(globalThis, "tools", { value: namespace(""), writable: false, enumerable: true, configurable: false });
}

/**
 * A bare function that is a tool, for `globals`.
 * @param {string} name @returns {(...args: unknown[]) => Promise<any>}
 */
export function toolFunction(name) {
  const tool = (/** @type {unknown[]} */ ...args) => callTool(name, args, tool);
  defineProperty(tool, "name", { value: name });
  return tool;
}
