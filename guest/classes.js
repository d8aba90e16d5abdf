import { readClass } from "./bridge.js";
import { getPrototypeOf, isArray, record } from "./intrinsics.js";

const PRIVATE = 65_536;

/** Names of the engine's classes by number, learned at boot from one sample each. */
const names = record();

/** What instances with private members that are ours inherit from. @type {object | undefined} */
let streamPrototype;

/** @param {object} prototype */
export function learnStreams(prototype) {
  streamPrototype = prototype;
}

/** @param {string} name @param {object[]} samples */
function learn(name, ...samples) {
  for (const sample of samples) names[readClass(sample) % PRIVATE] = name;
}

/** Learns the engine's class numbers; once, at boot, when the bridge is connected. */
export function learnClasses() {
  const { Float16Array } = /** @type {any} */ (globalThis);
  const plainArguments = (function () {
    return arguments;
  })();
  const mappedArguments = new Function("a", "return arguments")(1);
  // Arguments objects and proxies are read like plain objects.
  learn("Object", {}, plainArguments, mappedArguments, new Proxy({}, {}));
  learn("Error", new Error(), new DOMException("", "Error"));
  learn("Date", new Date(0));
  learn("RegExp", /x/);
  learn("Map", new Map());
  learn("Set", new Set());
  learn("ArrayBuffer", new ArrayBuffer(0));
  learn("DataView", new DataView(new ArrayBuffer(1)));
  learn("Number", Object(1));
  learn("String", Object(""));
  learn("Boolean", Object(true));
  learn("BigInt", Object(1n));
  learn("Symbol", Object(Symbol()));
  learn("Promise", new Promise(() => {}));
  learn("WeakMap", new WeakMap());
  learn("WeakSet", new WeakSet());
  learn("WeakRef", new WeakRef({}));
  learn("FinalizationRegistry", new FinalizationRegistry(() => {}));
  learn("generator", (function* () {})());
  learn("async generator", (async function* () {})());
  for (const Typed of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]) {
    learn("typed array", new Typed(0));
  }
  for (const Typed of [BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array]) {
    learn("typed array", new Typed(0));
  }
}

/**
 * What an object is to the engine, whatever its prototype says: "Object" for plain objects, instances and proxies,
 * "private" for an instance with private members, "stream" for what a streaming tool answers.
 * @param {object} value @returns {string}
 */
export function className(value) {
  if (isArray(value)) return "Array";
  const number = readClass(value);
  const name = names[number % PRIVATE] ?? "value with hidden state";
  if (name !== "Object" || number < PRIVATE) return name;
  return getPrototypeOf(value) === streamPrototype ? "stream" : "private";
}
