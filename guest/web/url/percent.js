import { exactBuffer } from "../bytes.js";
import { host } from "../host.js";

/** The percent-encode sets of the URL standard, as runs of characters to encode. */
export const SETS = {
  control: /[^\x20-\x7e]+/g,
  fragment: /[^!#-;=?-_a-~]+/g,
  query: /[^!$-;=?-~]+/g,
  specialQuery: /[^!$-&(-;=?-~]+/g,
  path: /[^!$-;=@-\]_a-z|~]+/g,
  userinfo: /[^!$-.0-9A-Z_a-z~]+/g,
  form: /[^*\-.0-9A-Z_a-z]+/g,
};

/**
 * @param {string} text
 * @param {RegExp} set
 */
export function percentEncode(text, set) {
  return text.toWellFormed().replace(set, encodeRun);
}

/**
 * As a form does: spaces become "+".
 * @param {string} text
 */
export function formEncode(text) {
  return percentEncode(text, SETS.form).replaceAll("%20", "+");
}

/** @param {string} text */
export function formDecode(text) {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return decodeLoosely(spaced);
  }
}

/** @param {string} run */
function encodeRun(run) {
  return encodeURIComponent(run).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Malformed sequences stay as they are; malformed UTF-8 becomes U+FFFD.
 * @param {string} text
 */
function decodeLoosely(text) {
  const bytes = new Uint8Array(host.encodeUtf8(text));
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const digits = bytes[i] === 0x25 ? String.fromCharCode(bytes[i + 1], bytes[i + 2]) : "";
    const encoded = /^[\da-f]{2}$/i.test(digits);
    bytes[length++] = encoded ? Number.parseInt(digits, 16) : bytes[i];
    if (encoded) i += 2;
  }
  return host.decodeText(exactBuffer(bytes.subarray(0, length)), "utf-8", false) ?? "";
}
