import { sendWrite } from "./bridge.js";
import { decode, newError } from "./decode.js";
import { encode } from "./encode.js";
import { stackAbove } from "./errors.js";
import {
  arrayPrototype,
  define,
  defineProperty,
  freeze,
  getPrototypeOf,
  hasOwn,
  list,
  objectIs,
  objectKeys,
  objectPrototype,
  Proxy,
  preventExtensions,
  record,
  reflectSet,
  setPrototypeOf,
  stringSlice,
} from "./intrinsics.js";
import { limits } from "./limits.js";
import { isRefusal } from "./refusal.js";
import { scope } from "./scope.js";

/**
 * What the traps of one host object work on; its target has the values.
 * @typedef {{ path: string, target: any, self: any, writable: any }} HostObject
 * What the traps of one value inside a property work on.
 * @typedef {{ name: string, self: any }} Nested
 */

/** Host objects by their paths: in a session those of earlier runs too. */
const known = record();
/** Names of globals that lead to one for good. */
const locked = record();

/** A TypeError whose frames are the guest's own. @param {string} message @param {Function} ours */
function refused(message, ours) {
  const error = newError("TypeError", message);
  define(error, "stack", stackAbove(ours), false);
  return error;
}

/** @param {string} path @param {PropertyKey} key */
const nameOf = (path, key) => (typeof key === "string" ? `${path}.${key}` : `${path}[symbol]`);

// Without a prototype: a trap looked up on Object.prototype would be the guest's. Shared, with the object as `this`.
const traps = setPrototypeOf(
  {
    /** @this {HostObject} @param {any} target @param {any} key @param {unknown} value @param {any} receiver */
    set(target, key, value, receiver) {
      // An object that inherits from this one gets a property of its own, as it would from any other.
      if (receiver !== this.self) return reflectSet(target, key, value, receiver);
      write(this, key, value);
      return true;
    },
    /** @this {HostObject} @param {any} _target @param {any} key */
    deleteProperty(_target, key) {
      throw refused(`Property ${nameOf(this.path, key)} cannot be deleted`, traps.deleteProperty);
    },
    /** @this {HostObject} @param {any} _target @param {any} key */
    defineProperty(_target, key) {
      const message = `Property ${nameOf(this.path, key)} cannot be redefined: assign to it`;
      throw refused(message, traps.defineProperty);
    },
    /** @this {HostObject} */
    setPrototypeOf() {
      throw refused(`The prototype of ${this.path} cannot be changed`, traps.setPrototypeOf);
    },
  },
  null,
);

const nestedTraps = setPrototypeOf(
  {
    /** @this {Nested} @param {any} target @param {any} key @param {unknown} value @param {any} receiver */
    set(target, key, value, receiver) {
      if (receiver !== this.self) return reflectSet(target, key, value, receiver);
      throw refused(frozen(this), nestedTraps.set);
    },
    /** @this {Nested} */
    deleteProperty() {
      throw refused(frozen(this), nestedTraps.deleteProperty);
    },
    /** @this {Nested} */
    defineProperty() {
      throw refused(frozen(this), nestedTraps.defineProperty);
    },
    /** @this {Nested} */
    setPrototypeOf() {
      throw refused(frozen(this), nestedTraps.setPrototypeOf);
    },
  },
  null,
);

/** @param {Nested} nested */
const frozen = ({ name }) => `The value of ${name} is a copy and cannot be changed: assign a new value to ${name}`;

/**
 * Takes an assignment: asks the host, and keeps a copy that nobody else holds.
 * @param {HostObject} own @param {any} key @param {unknown} value
 */
function write({ path, target, writable }, key, value) {
  const name = nameOf(path, key);
  if (!hasOwn(target, key)) throw refused(`Cannot add property ${name}: the object is not extensible`, traps.set);
  if (!hasOwn(writable, key)) throw refused(`Property ${name} is read-only and cannot be modified`, traps.set);
  if (objectIs(value, target[key])) return;
  const text = textOf(name, value);
  const copy = readOnly(name, decode(text));
  const problem = sendWrite(name, text, stackAbove(traps.set));
  if (problem !== undefined) throw refused(problem, traps.set);
  store(target, key, copy);
}

/** @param {string} name @param {unknown} value */
function textOf(name, value) {
  try {
    return encode(value, limits.toolInputBytes);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const why = error.code === "limit" ? `it is ${error.message}` : notPlain(error.message, error.path);
    throw refused(`Invalid value for property ${name}: ${why}`, traps.set);
  }
}

/** @param {string} what @param {string} path */
const notPlain = (what, path) => `${what}${path ? ` at ${path}` : ""} is no plain data`;

/**
 * A tree of our own as one that is read only: assigning inside of it throws, in sloppy code too. Walks by a queue.
 * @param {string} name @param {any} tree @returns {any}
 */
function readOnly(name, tree) {
  if (!isContainer(tree)) return tree;
  const queue = list();
  const root = shell(name, tree, queue);
  for (let i = 0; i < queue.length; i++) {
    const target = queue[i];
    const keys = objectKeys(target);
    for (let k = 0; k < keys.length; k++) {
      const child = target[keys[k]];
      if (isContainer(child)) store(target, keys[k], shell(name, child, queue));
    }
    freeze(target);
  }
  return root;
}

/** @param {string} name @param {any} target @param {any[]} queue */
function shell(name, target, queue) {
  const prototype = getPrototypeOf(target);
  if (prototype !== objectPrototype && prototype !== arrayPrototype) {
    throw refused(`Invalid value for property ${name}: only plain objects, arrays and primitives are kept`, traps.set);
  }
  queue[queue.length] = target;
  const nested = setPrototypeOf({ name, self: undefined }, nestedTraps);
  nested.self = new Proxy(target, nested);
  return nested.self;
}

/** @param {unknown} value */
const isContainer = (value) => typeof value === "object" && value !== null;

/** Changes the value of a property that is there. @param {any} target @param {string} key @param {unknown} value */
function store(target, key, value) {
  const descriptor = record();
  descriptor.value = value;
  defineProperty(target, key, descriptor);
}

/**
 * Puts the host's objects where the program finds them: into the data of its globals, or, at the top, in their place.
 * One that an earlier run of the session had is the same object with the values of now.
 * @param {{ path: string, values: any, writable: string[] }[]} objects @param {any} data
 */
export function installHostObjects(objects, data) {
  for (let i = 0; i < objects.length; i++) {
    const { path, values, writable } = objects[i];
    const parts = partsOf(path);
    const isGiven = known[path] === undefined || hasOwn(data, parts[0]);
    const holder = isGiven ? holderIn(data, parts) : undefined;
    const name = parts[parts.length - 1];
    if (!refresh(path, values, writable))
      create(path, values, writable, holder && hasOwn(holder, name) && holder[name]);
    if (parts.length > 1) {
      if (holder) lock(holder, name, path);
    } else {
      delete data[name];
      lockGlobal(name);
    }
  }
}

/** Without the method of strings, which an earlier program of the session may have replaced. @param {string} path */
function partsOf(path) {
  const parts = list();
  let start = 0;
  for (let at = 0; at < path.length; at++) {
    if (path[at] !== ".") continue;
    parts[parts.length] = stringSlice(path, start, at);
    start = at + 1;
  }
  parts[parts.length] = stringSlice(path, start);
  return parts;
}

/** @param {any} data @param {string[]} parts @returns {any} */
function holderIn(data, parts) {
  let holder = data;
  for (let i = 0; i < parts.length - 1; i++) {
    if (!hasOwn(holder, parts[i])) define(holder, parts[i], {});
    holder = holder[parts[i]];
  }
  return holder;
}

/** Gives a known object the values of now; false if there is none with these properties. @param {string} path @param {any} values @param {string[]} names */
function refresh(path, values, names) {
  const own = known[path];
  const keys = objectKeys(values);
  if (own === undefined || objectKeys(own.target).length !== keys.length) return false;
  for (let i = 0; i < keys.length; i++) if (!hasOwn(own.target, keys[i])) return false;
  for (let i = 0; i < keys.length; i++) store(own.target, keys[i], readOnly(nameOf(path, keys[i]), values[keys[i]]));
  own.writable = namesIn(names);
  return true;
}

/** Functions that stand in its place become members. @param {string} path @param {any} values @param {string[]} names @param {any} functions */
function create(path, values, names, functions) {
  const target = {};
  const keys = objectKeys(values);
  for (let i = 0; i < keys.length; i++) {
    define(target, keys[i], readOnly(nameOf(path, keys[i]), values[keys[i]]));
    keep(target, keys[i]);
  }
  const methods = functions ? objectKeys(functions) : list();
  for (let i = 0; i < methods.length; i++) {
    define(target, methods[i], functions[methods[i]], false);
    keep(target, methods[i]);
  }
  preventExtensions(target);
  const own = setPrototypeOf({ path, target, self: undefined, writable: namesIn(names) }, traps);
  own.self = new Proxy(target, own);
  known[path] = own;
}

/** Makes a property one that cannot be deleted. @param {any} target @param {string} key */
function keep(target, key) {
  const descriptor = record();
  descriptor.configurable = false;
  defineProperty(target, key, descriptor);
}

/** @param {string[]} names */
function namesIn(names) {
  const found = record();
  for (let i = 0; i < names.length; i++) found[names[i]] = true;
  return found;
}

/** Earlier programs of a session may have locked the global object. @param {string} name */
function lockGlobal(name) {
  if (locked[name]) return;
  locked[name] = true;
  try {
    lock(globalThis, name, name);
  } catch {
    lock(scope, name, name);
  }
}

/** An accessor, as assigning to what is only not writable is silent in sloppy code. @param {any} holder @param {string} name @param {string} path */
function lock(holder, name, path) {
  const descriptor = record();
  descriptor.get = () => known[path].self;
  descriptor.set = function set() {
    throw refused(`${path} is an object of the host and cannot be replaced`, set);
  };
  descriptor.enumerable = true;
  descriptor.configurable = false;
  defineProperty(holder, name, descriptor);
}
