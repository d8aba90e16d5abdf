import {
  arrayPrototype,
  getPrototypeOf,
  isArray,
  jsonStringify,
  objectKeys,
  objectPrototype,
  setPrototypeOf,
} from "./intrinsics.js";

/**
 * Whether guest code could see what JSON.stringify is inside of: the engine keeps that in an ordinary array, and stores
 * its first member through any setter planted on Array.prototype. Later members are inner parts only.
 */
export const isTampered = () => getPrototypeOf(arrayPrototype) !== objectPrototype || "0" in arrayPrototype;

/** JSON of a tree of our own: records, lists and primitives. No guest code runs or sees it. @param {unknown} tree @returns {string} */
export const jsonText = (tree) => (isTampered() ? written(tree) : jsonStringify(tree));

/** @param {any} node @returns {string} */
function written(node) {
  if (node === null || typeof node !== "object") return jsonStringify(node) ?? "null";
  return isArray(node) ? `[${items(node)}]` : `{${fields(node)}}`;
}

/** @param {any[]} nodes */
function items(nodes) {
  let text = "";
  for (let i = 0; i < nodes.length; i++) text = `${text}${i === 0 ? "" : ","}${written(nodes[i])}`;
  return text;
}

/** @param {any} node */
function fields(node) {
  const keys = setPrototypeOf(objectKeys(node), null);
  let text = "";
  for (let i = 0; i < keys.length; i++) {
    const value = node[keys[i]];
    if (value !== undefined) text = `${text}${text === "" ? "" : ","}${jsonStringify(keys[i])}:${written(value)}`;
  }
  return text;
}
