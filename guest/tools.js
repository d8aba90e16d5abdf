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

/**
 * A namespace that is also callable: `tools.a.b.c(...)` for any names, known or not (the host refuses unknown ones).
 * What is listed (`in`, `Object.keys`) is what the host has.
 * @param {string} path @returns {any}
 */
function namespace(path) {
  const children = record();
  // An arrow function: callable, not a constructor, and without own members once these two are gone.
  const target = /** @type {any} */ (() => undefined);
  delete target.name;
  delete target.length;
  let listed = false;

  /** @param {string} key */
  const child = (key) => (children[key] ??= namespace(path === "" ? key : `${path}.${key}`));

  const listAll = () => {
    if (listed) return;
    listed = true;
    const names = jsonParse(readNames(path) ?? "[]");
    for (let i = 0; i < names.length; i++) {
      const descriptor = record();
      descriptor.value = child(names[i]);
      descriptor.enumerable = true;
      defineProperty(target, names[i], descriptor);
    }
    freeze(target);
  };

  // Without a prototype: a trap looked up on Object.prototype would be the guest's.
  return new Proxy(
    target,
    setPrototypeOf(
      {
        get(/** @type {any} */ _target, /** @type {any} */ key) {
          if (typeof key !== "string") return undefined;
          if (key in children) return children[key];
          if (!isOrdinaryName(key)) return child(key);
          listAll();
          if (hasOwn(target, key)) return target[key];
          return key === "call" || key === "apply" || key === "bind" ? functionPrototype[key] : undefined;
        },
        has(/** @type {any} */ _target, /** @type {any} */ key) {
          listAll();
          return hasOwn(target, key);
        },
        ownKeys() {
          listAll();
          return ownKeys(target);
        },
        getOwnPropertyDescriptor(/** @type {any} */ _target, /** @type {any} */ key) {
          listAll();
          const descriptor = getOwnPropertyDescriptor(target, key);
          return descriptor && setPrototypeOf(descriptor, null);
        },
        isExtensible() {
          listAll();
          return false;
        },
        preventExtensions() {
          listAll();
          return true;
        },
        set: () => false,
        defineProperty: () => false,
        deleteProperty: () => false,
        setPrototypeOf: () => false,
        apply: (/** @type {any} */ _target, /** @type {any} */ _this, /** @type {any[]} */ args) =>
          callTool(path, args),
      },
      null,
    ),
  );
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
  const tool = (/** @type {unknown[]} */ ...args) => callTool(name, args);
  defineProperty(tool, "name", { value: name });
  return tool;
}
