import { record } from "./intrinsics.js";

/**
 * Why a value cannot cross: "unserializable" with a path, or "limit".
 * @typedef {{ code: "unserializable" | "limit", message: string, path: string }} Refusal
 */

/** The latest refusal: known by identity, as guest code can throw anything that looks like one. @type {unknown} */
let latest;

/** @param {unknown} error @returns {error is Refusal} */
export const isRefusal = (error) => error !== undefined && error === latest;

/**
 * A new refusal, to throw.
 * @param {"unserializable" | "limit"} code @param {string} message @param {string} path @returns {Refusal}
 */
export function refusal(code, message, path) {
  const refused = record();
  latest = refused;
  refused.code = code;
  refused.message = message;
  refused.path = path;
  return refused;
}
