import { parseHost } from "./host.js";
import { splitPort, withoutBreaks } from "./parse.js";
import { appendPath } from "./path.js";
import { percentEncode, SETS } from "./percent.js";
import { cannotHaveCredentials, isSpecial, setPort } from "./record.js";

/** @typedef {import("./record.js").UrlRecord} UrlRecord */

/**
 * @param {UrlRecord} url
 * @param {string} value
 */
export function changeScheme(url, value) {
  const scheme = /^[a-z][a-z\d+.-]*:/i.exec(`${withoutBreaks(value)}:`)?.[0].toLowerCase();
  if (scheme === undefined || isSpecial(scheme) !== isSpecial(url.scheme)) return;
  if (scheme === "file:" && (url.username || url.password || url.port !== null)) return;
  if (url.scheme === "file:" && url.host === "") return;
  url.scheme = scheme;
  if (url.port !== null) setPort(url, String(url.port));
}

/**
 * @param {UrlRecord} url
 * @param {"username" | "password"} part
 * @param {string} value
 */
export function changeCredential(url, part, value) {
  if (!cannotHaveCredentials(url)) url[part] = percentEncode(value, SETS.userinfo);
}

/**
 * @param {UrlRecord} url
 * @param {string} value
 * @param {boolean} withPort
 */
export function changeHost(url, value, withPort) {
  if (typeof url.path === "string") return;
  const special = isSpecial(url.scheme);
  const text = withoutBreaks(value).split(special ? /[/\\?#]/ : /[/?#]/)[0];
  if (url.scheme === "file:") changeFileHost(url, text);
  else changeNetworkHost(url, text, withPort);
}

/**
 * @param {UrlRecord} url
 * @param {string} text
 */
function changeFileHost(url, text) {
  const host = text === "" ? "" : parseHost(text, true);
  if (host !== undefined) url.host = host === "localhost" ? "" : host;
}

/**
 * @param {UrlRecord} url
 * @param {string} text
 * @param {boolean} withPort
 */
function changeNetworkHost(url, text, withPort) {
  const special = isSpecial(url.scheme);
  const { name, port } = splitPort(text);
  if (port !== null && (!withPort || name === "")) return;
  if (name === "" && (special || url.username || url.password || url.port !== null)) return;
  const host = parseHost(name, special);
  if (host === undefined) return;
  url.host = host;
  changePortDigits(url, port ?? "");
}

/**
 * @param {UrlRecord} url
 * @param {string} value
 */
export function changePort(url, value) {
  if (cannotHaveCredentials(url)) return;
  if (value === "") url.port = null;
  else changePortDigits(url, withoutBreaks(value));
}

/**
 * @param {UrlRecord} url
 * @param {string} text
 */
function changePortDigits(url, text) {
  const digits = /^\d+/.exec(text)?.[0];
  if (digits !== undefined) setPort(url, digits);
}

/**
 * @param {UrlRecord} url
 * @param {string} value
 */
export function changePath(url, value) {
  if (typeof url.path === "string") return;
  const text = withoutBreaks(value);
  url.path = [];
  if (text !== "" || isSpecial(url.scheme)) appendPath(url, text);
  else if (url.host === null) url.path.push("");
}
