import { cloneBuffer, cloneView } from "./clone-buffers.js";
import { cloneDomException, cloneError } from "./clone-errors.js";
import { platformPrototypes } from "./interface.js";

/**
 * @typedef {import("./structured-clone.js").Graph} Graph
 * @typedef {import("./structured-clone.js").Frame} Frame
 * @typedef {(graph: Graph, value: any) => object} Cloner
 */

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, keys } = Object;
const ObjectPrototype = Object.prototype;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { isError } = Error;
const { entries } = Map.prototype;
const { values } = Set.prototype;
const call = Function.prototype.call.bind(Function.prototype.call);

const GeneratorPrototype = getPrototypeOf(getPrototypeOf((function* () {})()));
const AsyncGeneratorPrototype = getPrototypeOf(getPrototypeOf((async function* () {})()));

/** Built-ins that can't be cloned, beside the web's own classes. */
const REFUSED = new Set([
  ...[Promise, WeakMap, WeakSet, WeakRef, FinalizationRegistry, Symbol, DisposableStack, AsyncDisposableStack].map(
    (ctor) => ctor.prototype,
  ),
  GeneratorPrototype,
  getPrototypeOf(AsyncGeneratorPrototype),
  getPrototypeOf(GeneratorPrototype),
]);

/** @type {Map<object, Cloner>} */
const CLONERS = new Map([
  [ArrayBuffer.prototype, whenBranded(getter(ArrayBuffer, "byteLength"), cloneBuffer)],
  [Date.prototype, whenBranded(Date.prototype.getTime, (_graph, _value, time) => new Date(time))],
  [Map.prototype, whenBranded(getter(Map, "size"), cloneMap)],
  [Set.prototype, whenBranded(getter(Set, "size"), cloneSet)],
  [RegExp.prototype, whenBranded(getter(RegExp, "source"), cloneRegExp)],
  [DOMException.prototype, whenBranded(getter(DOMException, "name"), cloneDomException)],
  [Error.prototype, (graph, value) => (isError(value) ? cloneError(graph, value) : clonePlain(graph, value))],
  ...[Boolean, Number, String, BigInt].map((ctor) => {
    const read = ctor.prototype.valueOf;
    return /** @type {[object, Cloner]} */ ([
      ctor.prototype,
      whenBranded(read, (_graph, _value, inner) => Object(inner)),
    ]);
  }),
]);

/**
 * Throws a DataCloneError that says what the value is.
 * @param {any} value
 * @returns {never}
 */
export function refuse(value) {
  const what =
    typeof value === "object" ? `#<${nameOf(value)}>` : typeof value === "symbol" ? String(value) : "A function";
  throw new DOMException(`${what} could not be cloned.`, "DataCloneError");
}

/**
 * How to clone an object.
 * @param {object} value
 * @returns {Cloner}
 */
export function clonerFor(value) {
  if (isArray(value)) return cloneArray;
  if (isView(value)) return cloneView;
  for (
    let prototype = getPrototypeOf(value);
    prototype !== null && prototype !== ObjectPrototype;
    prototype = getPrototypeOf(prototype)
  ) {
    if (REFUSED.has(prototype) || platformPrototypes.has(prototype)) refuse(value);
    const cloner = CLONERS.get(prototype);
    if (cloner) return cloner;
  }
  return clonePlain;
}

/** @param {object} value */
function nameOf(value) {
  const name = /** @type {any} */ (value)?.constructor?.name;
  return typeof name === "string" ? name.slice(0, 100) : "Object";
}

/**
 * @param {{ prototype: any }} ctor
 * @param {string} name
 */
function getter(ctor, name) {
  return getOwnPropertyDescriptor(ctor.prototype, name)?.get;
}

/**
 * A cloner for values on which `read` works: those that only inherit the prototype are plain objects.
 * @param {Function | undefined} read
 * @param {(graph: Graph, value: any, slot: any) => object} clone
 * @returns {Cloner}
 */
function whenBranded(read, clone) {
  return (graph, value) => {
    let slot;
    try {
      slot = call(read, value);
    } catch {
      return clonePlain(graph, value);
    }
    return clone(graph, value, slot);
  };
}

/** @type {Cloner} */
function clonePlain(graph, value) {
  const copy = {};
  graph.later({ copy, source: value, items: keys(value), index: 0, fill: fillProperty });
  return copy;
}

/** @type {Cloner} */
function cloneArray(graph, value) {
  const copy = new Array(value.length);
  graph.later({ copy, source: value, items: keys(value), index: 0, fill: fillProperty });
  return copy;
}

/**
 * @param {Graph} graph
 * @param {Frame} frame
 * @param {string} key
 */
function fillProperty(graph, { copy, source }, key) {
  if (!hasOwn(source, key)) return;
  const value = graph.open(source[key]);
  defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
}

/** @type {Cloner} */
function cloneMap(graph, value) {
  const copy = new Map();
  const fill = (/** @type {Graph} */ _graph, /** @type {Frame} */ _frame, /** @type {any} */ [key, item]) =>
    void copy.set(graph.open(key), graph.open(item));
  graph.later({ copy, source: value, items: [...call(entries, value)], index: 0, fill });
  return copy;
}

/** @type {Cloner} */
function cloneSet(graph, value) {
  const copy = new Set();
  const fill = (/** @type {Graph} */ _graph, /** @type {Frame} */ _frame, /** @type {any} */ item) =>
    void copy.add(graph.open(item));
  graph.later({ copy, source: value, items: [...call(values, value)], index: 0, fill });
  return copy;
}

/**
 * @param {Graph} _graph
 * @param {any} value
 * @param {string} source
 */
function cloneRegExp(_graph, value, source) {
  return new RegExp(source, value.flags);
}
