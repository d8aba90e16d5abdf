import { sendClear, sendTimer, sendUncaught } from "./bridge.js";
import { nextId } from "./calls.js";
import { describe } from "./errors.js";
import { apply, define, RangeError, record, TypeError } from "./intrinsics.js";

const MAX_DELAY_MS = 2 ** 31 - 1;

/** Callbacks by timer id. */
const timers = record();

/**
 * Asks the host for a wake-up after `delayMs`, once or again and again.
 * @param {any} callback @param {any} delayMs @param {any[]} args @param {boolean} repeats @returns {number}
 */
export function startTimer(callback, delayMs, args, repeats) {
  if (typeof callback !== "function") throw new TypeError("the callback of a timer must be a function");
  const id = nextId();
  const timer = record();
  timer.callback = callback;
  timer.args = args;
  timer.delayMs = delayOf(delayMs, repeats);
  timer.repeats = repeats;
  if (!sendTimer(id, timer.delayMs)) throw new RangeError("too many timers are running");
  timers[id] = timer;
  return id;
}

/** @param {any} id */
export function stopTimer(id) {
  if (typeof id !== "number" || timers[id] === undefined) return;
  delete timers[id];
  sendClear(id);
}

/** Runs the callback of a timer that is due. @param {number} id */
export function wake(id) {
  const timer = timers[id];
  if (timer === undefined) return;
  if (timer.repeats) sendTimer(id, timer.delayMs);
  else delete timers[id];
  try {
    apply(timer.callback, undefined, timer.args);
  } catch (error) {
    sendUncaught(describe(error));
  }
}

/** @param {any} delayMs @param {boolean} repeats */
function delayOf(delayMs, repeats) {
  const delay = +delayMs;
  if (!(delay >= 1)) return repeats ? 1 : 0;
  return delay > MAX_DELAY_MS ? MAX_DELAY_MS : delay - (delay % 1);
}

export function installTimers() {
  define(
    globalThis,
    "setTimeout",
    (/** @type {any} */ callback, /** @type {any} */ delayMs, /** @type {any[]} */ ...args) =>
      startTimer(callback, delayMs, args, false),
    false,
  );
  define(
    globalThis,
    "setInterval",
    (/** @type {any} */ callback, /** @type {any} */ delayMs, /** @type {any[]} */ ...args) =>
      startTimer(callback, delayMs, args, true),
    false,
  );
  define(globalThis, "clearTimeout", (/** @type {any} */ id) => stopTimer(id), false);
  define(globalThis, "clearInterval", (/** @type {any} */ id) => stopTimer(id), false);
}
