import { define, defineProperty, Error, EvalError } from "./intrinsics.js";

const AsyncFunction = (async () => {}).constructor;
const GeneratorFunction = function* () {}.constructor;
const AsyncGeneratorFunction = async function* () {}.constructor;
// biome-ignore lint/security/noGlobalEval: the engine's own, kept to open it again where that is allowed
const originalEval = globalThis.eval;
const constructors = [Function, AsyncFunction, GeneratorFunction, AsyncGeneratorFunction];

/** State of Math.random: sfc32, four 32-bit words that the host draws for each run. */
let a = 0;
let b = 0;
let c = 0;
let d = 0;

/** @param {number} w @param {number} x @param {number} y @param {number} z */
export function seedRandom(w, x, y, z) {
  a = w | 0;
  b = x | 0;
  c = y | 0;
  d = z | 0;
  for (let i = 0; i < 12; i++) next();
}

/** The next 32 random bits (sfc32 by Chris Doty-Humphrey, PractRand). */
function next() {
  const sum = (((a + b) | 0) + d) | 0;
  d = (d + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = ((c << 21) | (c >>> 11)) + sum;
  c |= 0;
  return sum >>> 0;
}

function random() {
  return ((next() >>> 6) * 134_217_728 + (next() >>> 5)) / 9_007_199_254_740_992;
}

function closedEval() {
  throw new EvalError("eval is not allowed here; write the code out");
}

/** @param {Function} original */
function closedConstructor(original) {
  function closed() {
    throw new EvalError("making functions from text is not allowed here; write the function out");
  }
  defineProperty(closed, "name", { value: original.name });
  defineProperty(closed, "prototype", { value: original.prototype, writable: false });
  return closed;
}

/** Opens or closes `eval` and the four Function constructors. @param {boolean} open */
export function setEval(open) {
  define(globalThis, "eval", open ? originalEval : closedEval, false);
  for (let i = 0; i < constructors.length; i++) {
    const original = /** @type {any} */ (constructors[i]);
    const constructor = open ? original : closedConstructor(original);
    define(original.prototype, "constructor", constructor, false);
    if (i === 0) define(globalThis, "Function", constructor, false);
  }
}

/** What is fixed for ever before guest code runs: no call sites, no shared memory, no way to make the engine's own errors. */
export function lockWorld() {
  for (const key of ["prepareStackTrace", "stackTraceLimit"]) {
    const value = key === "stackTraceLimit" ? 20 : undefined;
    defineProperty(Error, key, { value, writable: false, enumerable: false, configurable: false });
  }
  const world = /** @type {any} */ (globalThis);
  define(world.InternalError.prototype, "constructor", Error, false);
  for (const name of ["SharedArrayBuffer", "InternalError"]) delete world[name];
  define(Math, "random", random, false);
  setEval(false);
}
