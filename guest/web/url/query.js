import { formDecode, formEncode } from "./percent.js";

/** @typedef {[name: string, value: string][]} Pairs */

/** @param {Pairs} pairs */
export function serializePairs(pairs) {
  return pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
}

/**
 * @param {string} query
 * @returns {Pairs}
 */
export function parseQuery(query) {
  /** @type {Pairs} */
  const pairs = [];
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals < 0) pairs.push([formDecode(part), ""]);
    else pairs.push([formDecode(part.slice(0, equals)), formDecode(part.slice(equals + 1))]);
  }
  return pairs;
}

/**
 * @param {any} init
 * @returns {Pairs}
 */
export function pairsFrom(init) {
  if (init === undefined) return [];
  if ((typeof init !== "object" && typeof init !== "function") || init === null) {
    return parseQuery(text(init).replace(/^\?/, ""));
  }
  if (init[Symbol.iterator] != null) return Array.from(init, pairFrom);
  return Reflect.ownKeys(init)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(init, key))
    .map((key) => [text(key), text(init[key])]);
}

/**
 * @param {any} entry
 * @returns {[string, string]}
 */
function pairFrom(entry) {
  if (entry === null || typeof entry !== "object") throw new TypeError("Each query pair must be iterable");
  const pair = [...entry];
  if (pair.length > 2) throw new TypeError("Each query pair must be an iterable [name, value]");
  return toPair(pair);
}

/**
 * @param {unknown[]} values
 * @returns {[string, string]}
 */
export function toPair(values) {
  if (values.length < 2) throw new TypeError("A query pair needs a name and a value");
  return [text(values[0]), text(values[1])];
}

/** @param {unknown} value */
export function text(value) {
  return `${value}`.toWellFormed();
}
