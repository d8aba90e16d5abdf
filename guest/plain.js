import {
  arrayPrototype,
  Date,
  dateGetTime,
  dateToISOString,
  defineProperty,
  getPrototypeOf,
  jsonStringify,
  objectPrototype,
  record,
} from "./intrinsics.js";
import { isTampered } from "./json.js";
import { isRefusal, refusal } from "./refusal.js";
import { MAX_DEPTH } from "./tagged.js";

/** Thrown inside where plain JSON cannot say what the value is. */
const NOT_PLAIN = record();

/** What the walk that is under way may still spend; a getter may start another one, which is restored after. */
let left = 0;
let walks = 0;
/** The container visited last, and how many led straight down to it. @type {unknown} */
let last;
let descent = 0;

/** A Date inside a plain value: JSON would make it a string without a word. @this {any} */
function dateToJSON() {
  if (walks > 0) throw NOT_PLAIN;
  return dateGetTime(this) - dateGetTime(this) === 0 ? dateToISOString(this) : null;
}
defineProperty(dateToJSON, "name", { value: "toJSON" });
// Locked, so that a walk can rely on it.
defineProperty(Date.prototype, "toJSON", { value: dateToJSON, writable: false, configurable: false });

/**
 * JSON of a value that JSON can say, by the engine's own stringify. Throws a Refusal where it is certainly too large.
 * @param {unknown} value @param {number} maxBytes
 * @returns {string | undefined} undefined where the value needs tags, or may
 */
export function plainText(value, maxBytes) {
  if (isPlainPrimitive(value)) return jsonStringify(value);
  // A planted toJSON would change what the host sees; tagging ignores it.
  if (isTampered() || "toJSON" in arrayPrototype) return undefined;
  const outer = left;
  left = maxBytes;
  walks++;
  try {
    return jsonStringify(value, visit);
  } catch (error) {
    if (isRefusal(error)) throw error;
    return undefined;
  } finally {
    left = outer;
    last = undefined;
    walks--;
  }
}

/**
 * JSON of the arguments of a call if they are a few plain primitives, as most are.
 * @param {unknown[]} args @returns {string | undefined}
 */
export function primitivesText(args) {
  if (args.length > 8 || isTampered() || "toJSON" in arrayPrototype) return undefined;
  for (let i = 0; i < args.length; i++) if (!isPlainPrimitive(args[i])) return undefined;
  return jsonStringify(args);
}

/** @param {any} value */
const isPlainPrimitive = (value) =>
  typeof value === "string" ||
  (typeof value === "number" && value - value === 0 && (value !== 0 || 1 / value > 0)) ||
  value === true ||
  value === false ||
  value === null;

/**
 * Lets plain JSON pass and stops at anything else. It runs for every node, so its order is by how often a type occurs.
 * How deep the whole is, the host checks (src/values/decode.ts), which costs a tenth there. Here only a straight descent
 * is stopped, before the engine's own recursion ends on the native stack.
 * @this {any} @param {string} _key @param {any} value
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one flat list of types; calls would cost a third more
function visit(_key, value) {
  if (typeof value === "string") {
    left -= value.length;
    if (left < 0) tooLarge();
    return value;
  }
  if (typeof value === "number") {
    if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value;
    throw NOT_PLAIN;
  }
  if (value === true || value === false || value === null) return value;
  if (typeof value !== "object") throw NOT_PLAIN;
  const prototype = getPrototypeOf(value);
  if (prototype === arrayPrototype) left -= value.length;
  else if (prototype !== objectPrototype && prototype !== null) throw NOT_PLAIN;
  left -= 2;
  if (left < 0) tooLarge();
  if (this !== last) descent = 0;
  else if (++descent >= MAX_DEPTH) throw NOT_PLAIN;
  last = value;
  return value;
}

function tooLarge() {
  throw refusal("limit", "too large", "");
}
