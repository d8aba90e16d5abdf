import { parseHost } from "./host.js";
import { appendPath, isDriveLetter, shortenPath, startsWithDriveLetter } from "./path.js";
import { percentEncode, SETS } from "./percent.js";
import { isSpecial, setPort, setQuery } from "./record.js";

/** @typedef {import("./record.js").UrlRecord} UrlRecord */

/**
 * The basic URL parser of the WHATWG standard, by pieces instead of by states.
 * @param {string} input
 * @param {UrlRecord} [base]
 * @returns {UrlRecord | undefined}
 */
export function parseUrl(input, base) {
  const text = withoutBreaks(input.toWellFormed().replace(/^[\0-\x20]+|[\0-\x20]+$/g, ""));
  const [beforeFragment, fragment] = splitAt(text, text.indexOf("#"));
  const scheme = /^[a-z][a-z\d+.-]*:/i.exec(beforeFragment)?.[0];
  const afterScheme = scheme ? beforeFragment.slice(scheme.length) : beforeFragment;
  const [rest, query] = splitAt(afterScheme, afterScheme.indexOf("?"));
  const url = emptyRecord();
  const valid = scheme
    ? parseAbsolute(url, scheme.toLowerCase(), rest, base)
    : parseWithoutScheme(url, rest, base, query === null && fragment !== null);
  if (!valid) return undefined;
  if (query !== null) setQuery(url, query);
  if (fragment !== null) url.fragment = percentEncode(fragment, SETS.fragment);
  if (typeof url.path === "string" && (query ?? fragment) !== null) url.path = url.path.replace(/ $/, "%20");
  return url;
}

/** @param {string} text */
export function withoutBreaks(text) {
  return text.replace(/[\t\n\r]+/g, "");
}

/**
 * The parts before and after the character at an index; null after it if the index is negative.
 * @param {string} text
 * @param {number} index
 * @returns {[string, string | null]}
 */
function splitAt(text, index) {
  return index < 0 ? [text, null] : [text.slice(0, index), text.slice(index + 1)];
}

/** @returns {UrlRecord} */
function emptyRecord() {
  return { scheme: "", username: "", password: "", host: null, port: null, path: [], query: null, fragment: null };
}

/**
 * @param {UrlRecord} url
 * @param {string} scheme
 * @param {string} rest
 * @param {UrlRecord | undefined} base
 * @returns {boolean} whether it is valid
 */
function parseAbsolute(url, scheme, rest, base) {
  url.scheme = scheme;
  if (scheme === "file:") return parseFile(url, rest, base?.scheme === scheme ? base : undefined);
  if (isSpecial(scheme)) {
    if (base?.scheme === scheme && !rest.startsWith("//")) return parseRelative(url, rest, base);
    return parseAuthority(url, rest.replace(/^[/\\]+/, ""));
  }
  if (rest.startsWith("//")) return parseAuthority(url, rest.slice(2));
  if (rest.startsWith("/")) appendPath(url, rest);
  else url.path = percentEncode(rest, SETS.control);
  return true;
}

/**
 * @param {UrlRecord} url
 * @param {string} rest
 * @param {UrlRecord | undefined} base
 * @param {boolean} onlyFragment whether nothing but a fragment may follow
 */
function parseWithoutScheme(url, rest, base, onlyFragment) {
  if (base === undefined) return false;
  url.scheme = base.scheme;
  if (typeof base.path === "string") {
    url.path = base.path;
    url.query = base.query;
    return rest === "" && onlyFragment;
  }
  return base.scheme === "file:" ? parseFile(url, rest, base) : parseRelative(url, rest, base);
}

/**
 * @param {UrlRecord} url
 * @param {string} rest
 * @param {UrlRecord} base
 */
function parseRelative(url, rest, base) {
  const special = isSpecial(url.scheme);
  if (special ? /^[/\\]{2}/.test(rest) : rest.startsWith("//")) {
    return parseAuthority(url, special ? rest.replace(/^[/\\]+/, "") : rest.slice(2));
  }
  const { username, password, host, port } = base;
  Object.assign(url, { username, password, host, port });
  if (rest.startsWith("/") || (special && rest.startsWith("\\"))) appendPath(url, rest);
  else parseRelativePath(url, rest, base);
  return true;
}

/**
 * @param {UrlRecord} url
 * @param {string} rest
 * @param {UrlRecord} base
 */
function parseRelativePath(url, rest, base) {
  url.path = [...base.path];
  if (rest === "") {
    url.query = base.query;
    return;
  }
  shortenPath(url);
  appendPath(url, rest);
}

/**
 * @param {UrlRecord} url
 * @param {string} rest
 */
function parseAuthority(url, rest) {
  const special = isSpecial(url.scheme);
  const end = rest.search(special ? /[/\\]|$/ : /\/|$/);
  const authority = rest.slice(0, end);
  const at = authority.lastIndexOf("@");
  if (at >= 0) {
    const [username, password] = splitAt(authority.slice(0, at), authority.slice(0, at).indexOf(":"));
    url.username = percentEncode(username, SETS.userinfo);
    url.password = percentEncode(password ?? "", SETS.userinfo);
  }
  const match = splitPort(authority.slice(at + 1));
  if (!/^\d*$/.test(match.port ?? "") || (match.name === "" && (special || at >= 0 || match.port !== null)))
    return false;
  const host = parseHost(match.name, special);
  if (host === undefined || (match.port && !setPort(url, match.port))) return false;
  url.host = host;
  if (special || end < rest.length) appendPath(url, rest.slice(end));
  return true;
}

/**
 * A host with its port; the port is null if no colon stands after the host.
 * @param {string} text
 */
export function splitPort(text) {
  const name = /^([^[\]:]|\[[^\]]*(\]|$)|\])*/.exec(text)?.[0] ?? "";
  return { name, port: name.length < text.length ? text.slice(name.length + 1) : null };
}

/**
 * @param {UrlRecord} url
 * @param {string} rest
 * @param {UrlRecord | undefined} base another file
 */
function parseFile(url, rest, base) {
  url.host = "";
  if (/^[/\\]{2}/.test(rest)) return parseFileHost(url, rest.slice(2));
  if (base === undefined) {
    appendPath(url, rest);
    return true;
  }
  url.host = base.host;
  if (/^[/\\]/.test(rest)) {
    const [drive = ""] = base.path;
    if (!startsWithDriveLetter(rest.slice(1)) && /^[a-z]:$/i.test(drive)) url.path = [drive];
    appendPath(url, rest);
  } else if (startsWithDriveLetter(rest)) appendPath(url, rest);
  else parseRelativePath(url, rest, base);
  return true;
}

/**
 * @param {UrlRecord} url
 * @param {string} rest
 */
function parseFileHost(url, rest) {
  const end = rest.search(/[/\\]|$/);
  const name = rest.slice(0, end);
  if (isDriveLetter(name)) {
    appendPath(url, rest);
    return true;
  }
  const host = name === "" ? "" : parseHost(name, true);
  if (host === undefined) return false;
  url.host = host === "localhost" ? "" : host;
  appendPath(url, rest.slice(end));
  return true;
}
