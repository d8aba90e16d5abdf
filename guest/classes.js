import { readClass } from "./bridge.js";
import { isArray, record } from "./intrinsics.js";

const PRIVATE = 65_536;

/** Names of the engine's classes by number, learned at boot from one sample each. */
const names = record();

/** Learns the engine's class numbers; once, at boot, when the bridge is connected. */
export function learnClasses() {
  const samples = {
    Object: {},
    Error: new Error(),
    Date: new Date(0),
    RegExp: /x/,
    Map: new Map(),
    Set: new Set(),
    ArrayBuffer: new ArrayBuffer(0),
    DataView: new DataView(new ArrayBuffer(1)),
    Number: Object(1),
    String: Object(""),
    Boolean: Object(true),
    BigInt: Object(1n),
    Symbol: Object(Symbol()),
    Proxy: new Proxy({}, {}),
    Promise: new Promise(() => {}),
    WeakMap: new WeakMap(),
    WeakSet: new WeakSet(),
    WeakRef: new WeakRef({}),
    FinalizationRegistry: new FinalizationRegistry(() => {}),
    generator: (function* () {})(),
    "async generator": (async function* () {})(),
    // biome-ignore lint/complexity/noArguments: the class of such an object is what is asked for
    arguments: (function () {
      return arguments;
    })(),
  };
  for (const [name, sample] of Object.entries(samples)) names[readClass(sample) % PRIVATE] = name;
  // Arguments objects and proxies are read like plain objects.
  names[readClass(samples.arguments) % PRIVATE] = "Object";
  names[
    readClass(
      (function (/** @type {any} */ a) {
        return arguments;
      })(1),
    ) % PRIVATE
  ] = "Object";
  names[readClass(samples.Proxy) % PRIVATE] = "Object";
  for (const Typed of [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    BigInt64Array,
    BigUint64Array,
    Float32Array,
    Float64Array,
    /** @type {any} */ (globalThis).Float16Array,
  ])
    names[readClass(new Typed(0)) % PRIVATE] = "typed array";
}

/** What an object is to the engine, whatever its prototype says: "Object" for plain objects, instances and proxies. @param {object} value @returns {string} */
export function className(value) {
  return isArray(value) ? "Array" : (names[readClass(value) % PRIVATE] ?? "value with hidden state");
}

/** @param {object} value @returns {boolean} */
export const hasPrivateMembers = (value) => readClass(value) >= PRIVATE;
