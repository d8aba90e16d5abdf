import { sendLog } from "./bridge.js";
import { encodeLenient } from "./encode.js";
import { stackAbove } from "./errors.js";
import { dateNow, define, Map, mapDelete, mapGet, mapSet, String } from "./intrinsics.js";
import { limits } from "./limits.js";

/** One entry may take this part of the log's bytes; what is larger is cut. */
const MAX_SHARE = 4;

const counts = new Map();
const starts = new Map();

/** Sends one entry; whatever the arguments are, it never throws. @param {string} level @param {unknown[]} args */
function log(level, args) {
  try {
    sendLog(level, encodeLenient(args, limits.logBytes / MAX_SHARE), stackAbove(log));
  } catch {
    sendLog(level, '["[not printable]"]', "");
  }
}

/** Only primitives become text: an object's own conversion could take for ever. @param {any} label @returns {string} */
function labelText(label) {
  if (label === undefined) return "default";
  const kind = typeof label;
  if (label !== null && (kind === "object" || kind === "function" || kind === "symbol")) return `[${kind}]`;
  return String(label);
}

/** @param {string} label @param {unknown[]} args */
function logTime(label, args) {
  const start = mapGet(starts, label);
  if (start === undefined) log("warn", [`Timer '${label}' does not exist`]);
  else log("log", headed(`${label}: ${dateNow() - start}ms`, args, 1));
}

/** A headline and the arguments from a place on, without the iterator that a guest may have replaced. @param {string} headline @param {unknown[]} args @param {number} from */
function headed(headline, args, from) {
  const all = [headline];
  for (let i = from; i < args.length; i++) define(all, all.length, args[i]);
  return all;
}

const methods = {
  log: (/** @type {unknown[]} */ ...args) => log("log", args),
  info: (/** @type {unknown[]} */ ...args) => log("info", args),
  warn: (/** @type {unknown[]} */ ...args) => log("warn", args),
  error: (/** @type {unknown[]} */ ...args) => log("error", args),
  debug: (/** @type {unknown[]} */ ...args) => log("debug", args),
  trace: (/** @type {unknown[]} */ ...args) => log("debug", args),
  dir: (/** @type {unknown} */ value) => log("log", [value]),
  table: (/** @type {unknown} */ rows) => log("table", [rows]),
  assert(/** @type {unknown} */ condition, /** @type {unknown[]} */ ...args) {
    if (!condition) log("error", headed(args.length > 0 ? "Assertion failed:" : "Assertion failed", args, 0));
  },
  count(/** @type {unknown} */ label) {
    const text = labelText(label);
    const times = (mapGet(counts, text) ?? 0) + 1;
    mapSet(counts, text, times);
    log("log", [`${text}: ${times}`]);
  },
  countReset: (/** @type {unknown} */ label) => void mapDelete(counts, labelText(label)),
  time: (/** @type {unknown} */ label) => void mapSet(starts, labelText(label), dateNow()),
  timeLog: (/** @type {unknown[]} */ ...args) => logTime(labelText(args[0]), args),
  timeEnd(/** @type {unknown} */ label) {
    const text = labelText(label);
    logTime(text, []);
    mapDelete(starts, text);
  },
  group: (/** @type {unknown[]} */ ...args) => log("log", args),
  groupCollapsed: (/** @type {unknown[]} */ ...args) => log("log", args),
  groupEnd() {},
  clear() {},
};

export function installConsole() {
  define(globalThis, "console", methods, false);
}
