import {
  arrayPrototype,
  Date,
  dateGetTime,
  dateToISOString,
  defineProperty,
  getPrototypeOf,
  isArray,
  jsonStringify,
  list,
  objectPrototype,
  record,
} from "./intrinsics.js";
import { isTampered, jsonText } from "./json.js";
import { isRefusal, refusal } from "./refusal.js";
import { MAX_DEPTH, tagged } from "./tagged.js";

/** Thrown inside the fast path where plain JSON cannot say what the value is. */
const NOT_PLAIN = record();

let encoding = 0;

/** A Date inside a plain value: JSON would make it a string without a word. @this {any} */
function dateToJSON() {
  if (encoding > 0) throw NOT_PLAIN;
  return dateGetTime(this) - dateGetTime(this) === 0 ? dateToISOString(this) : null;
}
defineProperty(dateToJSON, "name", { value: "toJSON" });
// Locked, so that the fast path can rely on it.
defineProperty(Date.prototype, "toJSON", { value: dateToJSON, writable: false, configurable: false });

/**
 * Text of a value for the host: plain JSON, or `~` and tagged JSON (src/values/tags.ts has the table).
 * Throws a Refusal. Runs guest getters, proxies and `toJSON`, each property once unless the value is not plain JSON.
 * @param {unknown} value @param {number} maxBytes @returns {string}
 */
export function encode(value, maxBytes) {
  const text = encodePlain(value, maxBytes) ?? `~${jsonText(tagged(value, maxBytes, false))}`;
  if (text.length > maxBytes) throw refusal("limit", `larger than ${maxBytes} bytes`, "");
  return text;
}

/**
 * As `encode`, but what cannot cross is described in its place, and what is too large is cut and marked.
 * @param {unknown} value @param {number} maxBytes @returns {string}
 */
export function encodeLenient(value, maxBytes) {
  let text;
  try {
    text = encodePlain(value, maxBytes);
  } catch {
    // too large: cut below
  }
  // The fast path counts neither keys nor digits.
  return text !== undefined && text.length <= maxBytes ? text : `~${jsonText(tagged(value, maxBytes, true))}`;
}

/**
 * @param {unknown} value @param {number} maxBytes
 * @returns {string | undefined} undefined where the value needs tags, or may
 */
function encodePlain(value, maxBytes) {
  if (isPlainPrimitive(value)) return jsonStringify(value);
  // A planted toJSON would change what the host sees; the slow path ignores it.
  if (isTampered() || "toJSON" in arrayPrototype) return undefined;
  encoding++;
  try {
    return jsonStringify(value, plainReplacer(maxBytes));
  } catch (error) {
    if (isRefusal(error)) throw error;
    return undefined;
  } finally {
    encoding--;
  }
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
 * @param {number} maxBytes @returns {(this: any, key: string, value: any) => any}
 */
function plainReplacer(maxBytes) {
  let left = maxBytes;
  let depth = 0;
  const holders = list();
  /** @param {number} bytes */
  const spend = (bytes) => {
    left -= bytes;
    if (left < 0) throw refusal("limit", `larger than ${maxBytes} bytes`, "");
  };
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one flat list of types; a call for each costs a third more
  return function (_key, value) {
    if (typeof value === "string") {
      if (value.length > left) spend(value.length);
      left -= value.length;
      return value;
    }
    if (typeof value === "number") {
      if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value;
      throw NOT_PLAIN;
    }
    if (value === true || value === false || value === null) return value;
    if (typeof value !== "object") throw NOT_PLAIN;
    while (depth > 0 && holders[depth - 1] !== this) depth--;
    if (depth >= MAX_DEPTH || !isPlain(value)) throw NOT_PLAIN;
    holders[depth++] = value;
    spend(isArray(value) ? value.length + 2 : 2);
    return value;
  };
}

/** @param {object} value */
function isPlain(value) {
  const prototype = getPrototypeOf(value);
  if (prototype === objectPrototype || prototype === null) return !isArray(value);
  return prototype === arrayPrototype && isArray(value);
}
