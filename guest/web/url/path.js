import { percentEncode, SETS } from "./percent.js";
import { isSpecial } from "./record.js";

/** @typedef {import("./record.js").UrlRecord} UrlRecord */

const DRIVE = /^[a-z][:|]$/i;
/** One dot, or two if the second group matched. */
const DOTS = /^(\.|%2e)(\.|%2e)?$/i;

/** @param {string} text */
export function isDriveLetter(text) {
  return DRIVE.test(text);
}

/** @param {string} text */
export function startsWithDriveLetter(text) {
  return /^[a-z][:|]([/\\?#]|$)/i.test(text);
}

/**
 * Appends what a path says to the path of a URL; one leading slash belongs to it.
 * @param {UrlRecord} url
 * @param {string} text
 */
export function appendPath(url, text) {
  const path = /** @type {string[]} */ (url.path);
  const separator = isSpecial(url.scheme) ? /[/\\]/ : /\//;
  const segments = text.split(separator);
  if (segments.length > 1 && segments[0] === "") segments.shift();
  for (const raw of segments) appendSegment(url, path, percentEncode(raw, SETS.path));
  if (DOTS.test(segments[segments.length - 1])) path.push("");
}

/**
 * @param {UrlRecord} url
 * @param {string[]} path
 * @param {string} segment
 */
function appendSegment(url, path, segment) {
  const dots = DOTS.exec(segment);
  if (dots?.[2] !== undefined) shortenPath(url);
  else if (dots === null) {
    const drive = url.scheme === "file:" && path.length === 0 && isDriveLetter(segment);
    path.push(drive ? `${segment[0]}:` : segment);
  }
}

/**
 * Drops the last segment, unless it is the drive letter of a file.
 * @param {UrlRecord} url
 */
export function shortenPath(url) {
  const path = /** @type {string[]} */ (url.path);
  if (url.scheme === "file:" && path.length === 1 && /^[a-z]:$/i.test(path[0])) return;
  path.pop();
}
