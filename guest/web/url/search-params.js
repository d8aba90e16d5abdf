import { asInterface } from "../interface.js";
import { pairsFrom, parseQuery, serializePairs, text, toPair } from "./query.js";

/** @typedef {import("./query.js").Pairs} Pairs */

/** Calls back with the query after each change. @type {(params: URLSearchParams, changed: (query: string) => void) => void} */
export let attach;
/** Takes the pairs of a query, calling nobody. @type {(params: URLSearchParams, query: string) => void} */
export let reload;

/** The web's URLSearchParams. */
export class URLSearchParams {
  /** @type {Pairs} */
  #pairs;
  /** @type {((query: string) => void) | undefined} */
  #changed;

  static {
    attach = (params, changed) => {
      params.#changed = changed;
    };
    reload = (params, query) => {
      params.#pairs = parseQuery(query);
    };
  }

  /** @param {string | Iterable<Iterable<string>> | Record<string, string>} [init] */
  constructor(init = undefined) {
    this.#pairs = pairsFrom(init);
  }

  get size() {
    return this.#pairs.length;
  }

  /** @param {[name: string, value: string]} pair */
  append(...pair) {
    this.#pairs.push(toPair(pair));
    this.#update();
  }

  /** @param {string} name @param {string} [value] */
  delete(name, value = undefined) {
    const matches = matcher(name, value);
    this.#pairs = this.#pairs.filter((pair) => !matches(pair));
    this.#update();
  }

  /** @param {string} name */
  get(name) {
    return this.#pairs.find(matcher(name))?.[1] ?? null;
  }

  /** @param {string} name */
  getAll(name) {
    return this.#pairs.filter(matcher(name)).map(([, value]) => value);
  }

  /** @param {string} name @param {string} [value] */
  has(name, value = undefined) {
    return this.#pairs.some(matcher(name, value));
  }

  /** @param {[name: string, value: string]} entry */
  set(...entry) {
    const pair = toPair(entry);
    const matches = matcher(pair[0]);
    const first = this.#pairs.findIndex(matches);
    if (first < 0) this.#pairs.push(pair);
    else
      this.#pairs = this.#pairs
        .map((old, i) => (i === first ? pair : old))
        .filter((old) => old === pair || !matches(old));
    this.#update();
  }

  sort() {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#update();
  }

  /**
   * @param {(value: string, name: string, params: URLSearchParams) => void} callback
   * @param {unknown} [self]
   */
  forEach(callback, self = undefined) {
    if (typeof callback !== "function") throw new TypeError("The callback must be a function");
    for (let i = 0; i < this.#pairs.length; i++) callback.call(self, this.#pairs[i][1], this.#pairs[i][0], this);
  }

  entries() {
    return iterate(
      () => this.#pairs,
      ([name, value]) => [name, value],
    );
  }

  keys() {
    return iterate(
      () => this.#pairs,
      ([name]) => name,
    );
  }

  values() {
    return iterate(
      () => this.#pairs,
      ([, value]) => value,
    );
  }

  toString() {
    return serializePairs(this.#pairs);
  }

  #update() {
    this.#changed?.(serializePairs(this.#pairs));
  }
}

asInterface(URLSearchParams, "URLSearchParams");
Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
  value: URLSearchParams.prototype.entries,
  writable: true,
  configurable: true,
});

const IteratorPrototype = Object.create(Iterator.prototype, {
  [Symbol.toStringTag]: { value: "URLSearchParams Iterator", configurable: true },
});

/**
 * An iterator that sees later changes of the pairs.
 * @template T
 * @param {() => Pairs} pairs
 * @param {(pair: [string, string]) => T} pick
 * @returns {IteratorObject<T>}
 */
function iterate(pairs, pick) {
  let index = 0;
  const next = () => {
    const pair = pairs()[index];
    if (pair === undefined) return { value: undefined, done: true };
    index++;
    return { value: pick(pair), done: false };
  };
  return Object.create(IteratorPrototype, { next: { value: next, writable: true, configurable: true } });
}

/**
 * @param {string} name
 * @param {string} [value]
 * @returns {(pair: [string, string]) => boolean}
 */
function matcher(name, value) {
  const wantedName = text(name);
  if (value === undefined) return (pair) => pair[0] === wantedName;
  const wantedValue = text(value);
  return (pair) => pair[0] === wantedName && pair[1] === wantedValue;
}
