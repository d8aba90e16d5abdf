import { jsonText } from "./json.js";
import { plainText } from "./plain.js";
import { isRefusal, refusal } from "./refusal.js";
import { tagged } from "./tagged.js";

/**
 * Text of a value for the host: plain JSON, or `~` and tagged JSON (src/values/tags.ts has the table).
 * Throws a Refusal. Runs guest getters, proxies and `toJSON`, each property once unless the value is not plain JSON.
 * @param {unknown} value @param {number} maxBytes @returns {string}
 */
export function encode(value, maxBytes) {
  let text;
  try {
    text = plainText(value, maxBytes) ?? `~${jsonText(tagged(value, maxBytes, false))}`;
  } catch (error) {
    if (isRefusal(error) && error.code === "limit") throw tooLarge(maxBytes);
    throw error;
  }
  if (text.length > maxBytes) throw tooLarge(maxBytes);
  return text;
}

/**
 * As `encode`, but what cannot cross is described in its place, and what is too large is cut and marked.
 * @param {unknown} value @param {number} maxBytes @returns {string}
 */
export function encodeLenient(value, maxBytes) {
  let text;
  try {
    text = plainText(value, maxBytes);
  } catch {
    // too large: cut below
  }
  // The fast path counts neither keys nor digits.
  return text !== undefined && text.length <= maxBytes ? text : `~${jsonText(tagged(value, maxBytes, true))}`;
}

/** @param {number} maxBytes */
const tooLarge = (maxBytes) => refusal("limit", `larger than ${maxBytes} bytes`, "");
