// The guest may overwrite every global and every prototype, so all that our own code needs is captured here, at boot.
// Code in this folder uses no for-of, spread or array destructuring (they look up Symbol.iterator), no method of a
// guest-visible prototype, and stores only into objects and arrays without a prototype (a setter could be planted there).

const call = Function.prototype.call;

/**
 * A method as a plain function with `this` as its first argument, immune to later overwriting.
 * @param {Function} method
 * @returns {any}
 */
const uncurry = (method) => call.bind(method);

/** @param {object} object @param {PropertyKey} key @returns {any} */
const getter = (object, key) => uncurry(/** @type {any} */ (Reflect.getOwnPropertyDescriptor(object, key)).get);

export const {
  AggregateError,
  ArrayBuffer,
  Date,
  Error,
  EvalError,
  InternalError,
  Map,
  Promise,
  Proxy,
  RangeError,
  RegExp,
  Set,
  String,
  SyntaxError,
  TypeError,
  Uint8Array,
  WeakMap,
  BigInt,
} = /** @type {any} */ (globalThis);
export const {
  create: objectCreate,
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  is: objectIs,
  keys: objectKeys,
  preventExtensions,
  setPrototypeOf,
} = Object;
export const { apply, ownKeys, set: reflectSet } = Reflect;
export const { isArray } = Array;
export const { parse: jsonParse, stringify: jsonStringify } = JSON;
export const { now: dateNow, parse: dateParse } = Date;
export const { max, min } = Math;
export const objectPrototype = Object.prototype;
export const arrayPrototype = Array.prototype;

export const hasOwn = Object.hasOwn;
export const mapForEach = uncurry(Map.prototype.forEach);
export const mapGet = uncurry(Map.prototype.get);
export const mapSet = uncurry(Map.prototype.set);
export const mapDelete = uncurry(Map.prototype.delete);
export const setForEach = uncurry(Set.prototype.forEach);
export const setAdd = uncurry(Set.prototype.add);
export const setHas = uncurry(Set.prototype.has);
export const setDelete = uncurry(Set.prototype.delete);
export const weakMapGet = uncurry(WeakMap.prototype.get);
export const weakMapSet = uncurry(WeakMap.prototype.set);
export const dateToISOString = uncurry(Date.prototype.toISOString);
export const dateGetTime = uncurry(Date.prototype.getTime);
export const numberValueOf = uncurry(Number.prototype.valueOf);
export const stringValueOf = uncurry(String.prototype.valueOf);
export const booleanValueOf = uncurry(Boolean.prototype.valueOf);
export const bigintToString = uncurry(BigInt.prototype.toString);
export const bigintValueOf = uncurry(BigInt.prototype.valueOf);
export const stringSlice = uncurry(String.prototype.slice);
export const stringCharCodeAt = uncurry(String.prototype.charCodeAt);
export const symbolToString = uncurry(Symbol.prototype.toString);
export const functionToString = uncurry(Function.prototype.toString);
export const regexpSource = getter(RegExp.prototype, "source");
export const regexpFlags = getter(RegExp.prototype, "flags");
export const errorStack = getter(Error.prototype, "stack");
export const bytesToBase64 = uncurry(/** @type {any} */ (Uint8Array.prototype).toBase64);
export const bytesFromBase64 = /** @type {(text: string) => Uint8Array} */ (
  /** @type {any} */ (Uint8Array).fromBase64.bind(Uint8Array)
);
export const asyncGeneratorNext = uncurry(getPrototypeOf(async function* () {}).prototype.next);
export const asyncGeneratorThrow = uncurry(getPrototypeOf(async function* () {}).prototype.throw);

const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype);
export const typedArrayName = getter(typedArrayPrototype, Symbol.toStringTag);
export const typedArrayBuffer = getter(typedArrayPrototype, "buffer");
export const typedArrayOffset = getter(typedArrayPrototype, "byteOffset");
export const typedArrayByteLength = getter(typedArrayPrototype, "byteLength");
export const dataViewBuffer = getter(DataView.prototype, "buffer");
export const dataViewOffset = getter(DataView.prototype, "byteOffset");
export const dataViewByteLength = getter(DataView.prototype, "byteLength");

/** Constructors by name, for values that arrive tagged with theirs. */
export const constructors = setPrototypeOf(
  {
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    BigInt64Array,
    BigUint64Array,
    Float16Array: /** @type {any} */ (globalThis).Float16Array,
    Float32Array,
    Float64Array,
    DataView,
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
  },
  null,
);

/**
 * An empty array without a prototype: `list[list.length] = x` meets no setter that a guest planted.
 * @returns {any[]}
 */
export const list = () => setPrototypeOf([], null);

/**
 * An empty object without a prototype.
 * @returns {any}
 */
export const record = () => objectCreate(null);

/**
 * Defines an own property whatever the object's prototype has under that key.
 * @param {object} object @param {PropertyKey} key @param {unknown} value @param {boolean} [enumerable] @returns {void}
 */
export function define(object, key, value, enumerable = true) {
  // A descriptor without a prototype: defineProperty reads `get` and `set` from it.
  const descriptor = objectCreate(null);
  descriptor.value = value;
  descriptor.writable = true;
  descriptor.enumerable = enumerable;
  descriptor.configurable = true;
  defineProperty(object, key, descriptor);
}

/**
 * A promise that `await` and `then` of ours follow without looking up anything the guest can change.
 * @template T @param {Promise<T>} promise @returns {Promise<T>}
 */
export function trusted(promise) {
  define(promise, "constructor", Promise, false);
  return promise;
}
