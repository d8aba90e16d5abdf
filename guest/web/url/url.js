import { asInterface } from "../interface.js";
import { parseUrl, withoutBreaks } from "./parse.js";
import { percentEncode, SETS } from "./percent.js";
import { isSpecial, serialize, serializeHost, serializePath, setQuery } from "./record.js";
import { attach, reload, URLSearchParams } from "./search-params.js";
import { changeCredential, changeHost, changePath, changePort, changeScheme } from "./setters.js";

/** @typedef {import("./record.js").UrlRecord} UrlRecord */

/** The web's URL, by the WHATWG standard. */
export class URL {
  /** @type {UrlRecord} */
  #url;
  /** @type {URLSearchParams | undefined} */
  #params;

  /**
   * @param {string | URL} url
   * @param {string | URL} [base]
   */
  constructor(url, base = undefined) {
    this.#url = parseOrThrow(String(url), base === undefined ? undefined : String(base));
  }

  /**
   * @param {string | URL} url
   * @param {string | URL} [base]
   */
  static canParse(url, base = undefined) {
    return URL.parse(url, base) !== null;
  }

  /**
   * @param {string | URL} url
   * @param {string | URL} [base]
   */
  static parse(url, base = undefined) {
    const texts = [String(url), base === undefined ? undefined : String(base)];
    const parsed = parseWithBase(/** @type {string} */ (texts[0]), texts[1]);
    return parsed ? new URL(serialize(parsed)) : null;
  }

  get href() {
    return serialize(this.#url);
  }
  set href(value) {
    this.#url = parseOrThrow(String(value));
    this.#reloadParams();
  }

  get origin() {
    const { scheme, path } = this.#url;
    if (scheme === "blob:") {
      const inner = parseUrl(serializePath({ ...this.#url, path }));
      return inner && /^https?:$/.test(inner.scheme) ? `${inner.scheme}//${serializeHost(inner)}` : "null";
    }
    return isSpecial(scheme) && scheme !== "file:" ? `${scheme}//${serializeHost(this.#url)}` : "null";
  }

  get protocol() {
    return this.#url.scheme;
  }
  set protocol(value) {
    changeScheme(this.#url, String(value));
  }

  get username() {
    return this.#url.username;
  }
  set username(value) {
    changeCredential(this.#url, "username", String(value));
  }

  get password() {
    return this.#url.password;
  }
  set password(value) {
    changeCredential(this.#url, "password", String(value));
  }

  get host() {
    return serializeHost(this.#url);
  }
  set host(value) {
    changeHost(this.#url, String(value), true);
  }

  get hostname() {
    return this.#url.host ?? "";
  }
  set hostname(value) {
    changeHost(this.#url, String(value), false);
  }

  get port() {
    return String(this.#url.port ?? "");
  }
  set port(value) {
    changePort(this.#url, String(value));
  }

  get pathname() {
    return serializePath(this.#url);
  }
  set pathname(value) {
    changePath(this.#url, String(value));
  }

  get search() {
    return this.#url.query ? `?${this.#url.query}` : "";
  }
  set search(value) {
    const text = String(value);
    if (text === "") this.#url.query = null;
    else setQuery(this.#url, withoutBreaks(text.replace(/^\?/, "")));
    this.#reloadParams();
  }

  get searchParams() {
    if (this.#params === undefined) {
      this.#params = new URLSearchParams();
      this.#reloadParams();
      attach(this.#params, (query) => {
        this.#url.query = query === "" ? null : query;
      });
    }
    return this.#params;
  }

  get hash() {
    return this.#url.fragment ? `#${this.#url.fragment}` : "";
  }
  set hash(value) {
    const text = String(value);
    this.#url.fragment = text === "" ? null : percentEncode(withoutBreaks(text.replace(/^#/, "")), SETS.fragment);
  }

  toString() {
    return serialize(this.#url);
  }

  toJSON() {
    return serialize(this.#url);
  }

  #reloadParams() {
    if (this.#params !== undefined) reload(this.#params, this.#url.query ?? "");
  }
}

asInterface(URL, "URL");

/**
 * @param {string} text
 * @param {string} [base]
 */
function parseWithBase(text, base) {
  if (base === undefined) return parseUrl(text);
  const parsed = parseUrl(base);
  return parsed && parseUrl(text, parsed);
}

/**
 * @param {string} text
 * @param {string} [base]
 */
function parseOrThrow(text, base) {
  const parsed = parseWithBase(text, base);
  if (parsed) return parsed;
  const against = base === undefined ? "" : ` with base "${base.slice(0, 200)}"`;
  throw new TypeError(`Invalid URL: "${text.slice(0, 200)}"${against}`);
}
