import { jsonStringify, stringCharCodeAt, stringSlice } from "./intrinsics.js";

const MAX_LENGTH = 300;

/** Where the encoder stands, as the author would write it: `rows[3].callback`; cut where it is long. @param {any} frames @returns {string} */
export function pathText(frames) {
  let path = "";
  for (let i = 0; i < frames.length; i++) {
    if (path.length > MAX_LENGTH) return `${stringSlice(path, 0, MAX_LENGTH)}…`;
    const { index, keys, kind } = frames[i];
    const at = index - 1;
    if (kind === "object") path += keyText(keys[at], path === "");
    else if (kind === "array") path += `[${at}]`;
    else path += `[entry ${(at - (at % 2)) / 2} ${at % 2 === 0 ? "key" : "value"}]`;
  }
  return path;
}

/** @param {string} key @param {boolean} first */
function keyText(key, first) {
  if (!isIdentifier(key)) return `[${jsonStringify(key)}]`;
  return first ? key : `.${key}`;
}

/** @param {string} key */
function isIdentifier(key) {
  for (let i = 0; i < key.length; i++) {
    const code = stringCharCodeAt(key, i);
    const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36;
    if (!letter && !(i > 0 && code >= 48 && code <= 57)) return false;
  }
  return key.length > 0;
}
