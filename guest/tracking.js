import { aid } from "./aid.js";
import { className } from "./classes.js";
import { encode, encodeLenient } from "./encode.js";
import { list, record, stringSlice, WeakMap, weakMapGet, weakMapSet } from "./intrinsics.js";
import { isRefusal } from "./refusal.js";

/**
 * Gives names and, after each, a function that reads it; that throws as long as the name has no value.
 * @typedef {() => any[]} Reader
 */

const UNSET = "?";
/** @type {Reader} */
let readTop = () => list();
/** @type {Reader | undefined} */
let readFailed;
/** Gives for each counter what it counted, if it has a variable of its own, and then its lines. @type {() => number[][]} */
let readCounters = () => list();
/** Counters that have no variable of their own, and the number of the first of them. @type {number[]} */
const moreCounters = list();
let firstMore = 0;
/** Counters in the order in which they first counted. @type {number[]} */
const reached = list();

/** Readers of the innermost functions that errors came out of. */
const readers = new WeakMap();
/** The same for the latest thrown value that is no object, and the number of its function. */
const primitive = {
  thrown: /** @type {unknown} */ (undefined),
  id: 0,
  reader: /** @type {Reader | undefined} */ (undefined),
};

/** A tracked program begins. @param {Reader} reader @param {() => number[][]} counters */
aid.program = (reader, counters) => {
  reached.length = 0;
  readFailed = undefined;
  readTop = reader;
  readCounters = counters;
};

/** @param {number} first @param {number} length @returns {number[]} */
aid.counters = (first, length) => {
  firstMore = first;
  for (let i = 0; i < length; i++) moreCounters[i] = 0;
  return moreCounters;
};

/** A counter counts for the first time. @param {number} counter */
aid.hit = (counter) => {
  reached[reached.length] = counter;
};

/** An error leaves a function, from the innermost one outwards; gives it back. @param {any} thrown @param {number} id @param {Reader} reader @returns {unknown} */
aid.failed = (thrown, id, reader) => {
  if (isObject(thrown)) {
    if (weakMapGet(readers, thrown) === undefined) weakMapSet(readers, thrown, reader);
  } else if (thrown !== primitive.thrown || id === primitive.id) {
    primitive.thrown = thrown;
    primitive.id = id;
    primitive.reader = reader;
  }
  return thrown;
};

/** Nobody caught it: the program fails. @param {any} thrown */
export function failedBy(thrown) {
  if (isObject(thrown)) readFailed = weakMapGet(readers, thrown);
  else if (thrown === primitive.thrown) readFailed = primitive.reader;
}

/** @param {unknown} value */
const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

/** What `observe` found, for `observed`. @type {(() => unknown)[]} */
let getters = list();
let maybeUnset = list();

/**
 * The names of all variables, those of the failing function first, and how often each line ran: `a,b=v5,c=f,;4:1,6:20,`.
 * After `=` stands what `observed` would say, where that is short. Runs no code of the guest. @returns {string}
 */
export function observe() {
  getters = list();
  maybeUnset = list();
  const seen = record();
  const names = (readFailed ? named(readFailed(), seen) : "") + named(readTop(), seen);
  return `${names};${countedLines()}`;
}

/** @param {any[]} pairs @param {any} seen */
function named(pairs, seen) {
  let names = "";
  for (let i = 0; i < pairs.length; i += 2) {
    const unset = pairs[i][0] === UNSET;
    const name = unset ? stringSlice(pairs[i], 1) : pairs[i];
    if (seen[name]) continue;
    seen[name] = true;
    names += `${name}${shortly(pairs[i + 1])},`;
    maybeUnset[getters.length] = unset;
    getters[getters.length] = pairs[i + 1];
  }
  return names;
}

/** Functions, and numbers and booleans that JSON can say; all else is asked for by itself. @param {() => any} getter */
function shortly(getter) {
  try {
    const value = getter();
    if (typeof value === "function") return "=f";
    const plain = typeof value === "number" && value - value === 0 && (value !== 0 || 1 / value > 0);
    return plain || typeof value === "boolean" ? `=v${value}` : "";
  } catch {
    return "=-";
  }
}

function countedLines() {
  let lines = "";
  const counters = readCounters();
  for (let i = 0; i < reached.length; i++) {
    const own = counters[reached[i]];
    const more = own[0] < 0;
    const times = more ? moreCounters[reached[i] - firstMore] : own[0];
    for (let j = 1; j < own.length; j++) lines += `${own[j]}:${times},`;
  }
  return lines;
}

/**
 * One of the names that `observe` gave: a letter and a text. `v` its value, `f` a function, `p` a promise, `o` why it is
 * left out, `-` no value yet. Runs getters, proxies and `toJSON` of the guest.
 * @param {number} index @param {number} bytes @returns {string}
 */
export function observed(index, bytes) {
  let value;
  try {
    value = getters[index]();
  } catch {
    return "-";
  }
  if (value === undefined && maybeUnset[index] && isUnset(index)) return "-";
  if (typeof value === "function") return "f";
  try {
    return described(value, bytes);
  } catch (error) {
    return `o${isRefusal(error) ? error.message : "not readable"}`;
  }
}

/** A variable declared as `let` without a value, or before its declaration: no later one has a value either. @param {number} index */
function isUnset(index) {
  for (let i = index + 1; i < getters.length && maybeUnset[i]; i++) if (getters[i]() !== undefined) return false;
  return true;
}

/** @param {any} value @param {number} bytes */
function described(value, bytes) {
  if (isObject(value) && className(value) === "Promise") return "p";
  try {
    return `v${encode(value, bytes)}`;
  } catch (error) {
    if (!isRefusal(error) || error.code === "limit") throw error;
    const text = encodeLenient(value, bytes);
    // Nothing but the place of the value itself: it is told by its reason.
    if (stringSlice(text, 0, 12) === '~{"$omitted"') throw error;
    return `v${text}`;
  }
}
