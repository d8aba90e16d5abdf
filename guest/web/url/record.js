import { percentEncode, SETS } from "./percent.js";

/**
 * A parsed URL; a `path` that is a string is opaque.
 *
 * @typedef {{
 *   scheme: string, username: string, password: string, host: string | null, port: number | null,
 *   path: string | string[], query: string | null, fragment: string | null,
 * }} UrlRecord
 */

/** @type {Record<string, number | null>} */
const DEFAULT_PORTS = {
  __proto__: null,
  "http:": 80,
  "https:": 443,
  "ws:": 80,
  "wss:": 443,
  "ftp:": 21,
  "file:": null,
};

/** @param {string} scheme with its colon */
export function isSpecial(scheme) {
  return DEFAULT_PORTS[scheme] !== undefined;
}

/**
 * @param {UrlRecord} url
 * @param {string} digits
 * @returns {boolean} false if the port is too large
 */
export function setPort(url, digits) {
  const port = Number(digits);
  if (port > 65_535) return false;
  url.port = port === DEFAULT_PORTS[url.scheme] ? null : port;
  return true;
}

/** @param {UrlRecord} url */
export function cannotHaveCredentials(url) {
  return !url.host || url.scheme === "file:";
}

/** @param {UrlRecord} url */
export function serializeHost({ host, port }) {
  return (host ?? "") + (port === null ? "" : `:${port}`);
}

/** @param {UrlRecord} url */
export function serializePath({ path }) {
  return typeof path === "string" ? path : path.map((segment) => `/${segment}`).join("");
}

/** @param {UrlRecord} url */
export function serialize(url) {
  const { scheme, username, password, host, path, query, fragment } = url;
  let text = scheme;
  if (host !== null) {
    const credentials = username + (password && `:${password}`);
    text += `//${credentials && `${credentials}@`}${serializeHost(url)}`;
  } else if (typeof path !== "string" && path.length > 1 && path[0] === "") {
    text += "/.";
  }
  text += serializePath(url);
  if (query !== null) text += `?${query}`;
  return fragment === null ? text : `${text}#${fragment}`;
}

/**
 * @param {UrlRecord} url
 * @param {string} query
 */
export function setQuery(url, query) {
  url.query = percentEncode(query, isSpecial(url.scheme) ? SETS.specialQuery : SETS.query);
}
