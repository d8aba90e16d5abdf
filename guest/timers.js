import { sendClear, sendTimer, sendUncaught } from "./bridge.js";
import { className } from "./classes.js";
import { describe, stackAbove } from "./errors.js";
import { nextId } from "./ids.js";
import {
  apply,
  dateGetTime,
  dateNow,
  dateParse,
  define,
  Promise,
  RangeError,
  record,
  stringSlice,
  TypeError,
} from "./intrinsics.js";
import { jsonText } from "./json.js";

const MAX_DELAY_MS = 2 ** 31 - 1;
/** The end of what a Date can hold, from 1970 and from any sleep's beginning. */
const MAX_DATE_MS = 8.64e15;
const MAX_SHOWN = 100;

/** Callbacks by timer id. */
let timers = record();

/**
 * Asks the host for a wake-up after `delayMs`, once or, for "setInterval", again and again.
 * @param {"setTimeout" | "setInterval"} what @param {any} callback @param {any} delayMs @param {any[]} args @param {string} stack
 * @returns {number}
 */
export function startTimer(what, callback, delayMs, args, stack) {
  if (typeof callback !== "function") throw new TypeError("the callback of a timer must be a function");
  const repeats = what === "setInterval";
  return start(what, callback, delayOf(+delayMs, repeats ? 1 : 0, MAX_DELAY_MS), args, repeats, stack);
}

/** @param {any} id */
export function stopTimer(id) {
  if (typeof id !== "number" || timers[id] === undefined) return;
  delete timers[id];
  sendClear(id);
}

/** Forgets all timers. */
export function dropTimers() {
  timers = record();
}

/** Runs the callback of a timer that is due. @param {number} id */
export function wake(id) {
  const timer = timers[id];
  if (timer === undefined) return;
  if (timer.repeats) sendTimer(id, "setInterval", timer.delayMs, "");
  else delete timers[id];
  try {
    apply(timer.callback, undefined, timer.args);
  } catch (error) {
    sendUncaught(describe(error));
  }
}

/** @param {string} what @param {any} callback @param {number} delayMs @param {any[]} args @param {boolean} repeats @param {string} stack */
function start(what, callback, delayMs, args, repeats, stack) {
  const id = nextId();
  const timer = record();
  timer.callback = callback;
  timer.args = args;
  timer.delayMs = delayMs;
  timer.repeats = repeats;
  if (!sendTimer(id, what, delayMs, stack)) throw new RangeError("too many timers are running");
  timers[id] = timer;
  return id;
}

/** @param {number} delay @param {number} least @param {number} most */
function delayOf(delay, least, most) {
  if (!(delay >= 1)) return least;
  return delay > most ? most : delay - (delay % 1);
}

/** A promise that a wake-up settles. What goes wrong rejects it. @param {"sleep" | "sleepUntil"} what @param {() => number} delayMs @param {string} stack */
const sleeping = (what, delayMs, stack) =>
  new Promise((/** @type {() => void} */ resolve) => {
    start(what, resolve, delayOf(delayMs(), 0, MAX_DATE_MS), [], false, stack);
  });

/** The time that is meant, in milliseconds since the epoch. @param {any} date @returns {number} */
function timeOf(date) {
  const kind = date !== null && typeof date === "object" ? className(date) : typeof date;
  if (kind !== "Date" && kind !== "number" && kind !== "string") {
    const got = date === null ? "null" : kind;
    throw new TypeError(`sleepUntil takes a Date, milliseconds since the epoch or an ISO date, but got: ${got}`);
  }
  const time = kind === "Date" ? dateGetTime(date) : kind === "string" ? dateParse(date) : date;
  if (time >= -MAX_DATE_MS && time <= MAX_DATE_MS) return time;
  const got =
    kind === "Date" ? "an invalid Date" : kind === "string" ? jsonText(stringSlice(date, 0, MAX_SHOWN)) : `${date}`;
  throw new RangeError(`sleepUntil got no valid date: ${got}`);
}

// Arrows, so that none of them is a constructor.
const setTimeout = (/** @type {any} */ callback, /** @type {any} */ delayMs, /** @type {any[]} */ ...args) =>
  startTimer("setTimeout", callback, delayMs, args, stackAbove(setTimeout));
const setInterval = (/** @type {any} */ callback, /** @type {any} */ delayMs, /** @type {any[]} */ ...args) =>
  startTimer("setInterval", callback, delayMs, args, stackAbove(setInterval));
const clearTimeout = (/** @type {any} */ id) => stopTimer(id);
const clearInterval = (/** @type {any} */ id) => stopTimer(id);
const sleep = (/** @type {any} */ ms) => sleeping("sleep", () => +ms, stackAbove(sleep));
const sleepUntil = (/** @type {any} */ date) =>
  sleeping("sleepUntil", () => timeOf(date) - dateNow(), stackAbove(sleepUntil));

export function installTimers() {
  const all = { setTimeout, setInterval, clearTimeout, clearInterval, sleep, sleepUntil };
  for (const [name, value] of Object.entries(all)) define(globalThis, name, value, false);
}
