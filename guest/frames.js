import { list, objectKeys, record, setPrototypeOf } from "./intrinsics.js";

/**
 * One level of a walk over a tree: where the walker stands in `source`, and where results go.
 * @typedef {{ value: any, target: any, source: any, kind: string, keys: string[] | undefined, length: number, index: number }} Frame
 */

/**
 * A new level. Kind "object" walks the own keys of `source`, any other kind its indices.
 * @param {string} kind @param {any} value @param {any} target @param {any} source @returns {Frame}
 */
export function newFrame(kind, value, target, source) {
  const frame = record();
  frame.kind = kind;
  frame.value = value;
  frame.target = target;
  frame.source = source;
  // Without a prototype, as guest code may have changed Array.prototype.
  frame.keys = kind === "object" ? setPrototypeOf(objectKeys(source), null) : undefined;
  frame.length = kind === "object" ? frame.keys.length : source.length;
  frame.index = 0;
  return frame;
}

/** @param {unknown} first @param {unknown} second @returns {any[]} */
export function pair(first, second) {
  const two = list();
  two[0] = first;
  two[1] = second;
  return two;
}
