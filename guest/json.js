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
  const keys = isArray(node) ? undefined : setPrototypeOf(objectKeys(node), null);
  const length = keys === undefined ? node.length : keys.length;
  let text = "";
  for (let i = 0; i < length; i++) {
    const member = node[keys === undefined ? i : keys[i]];
    if (keys !== undefined && member === undefined) continue;
    const head = keys === undefined ? "" : `${jsonStringify(keys[i])}:`;
    text = `${text}${text === "" ? "" : ","}${head}${written(member)}`;
  }
  return keys === undefined ? `[${text}]` : `{${text}}`;
}
