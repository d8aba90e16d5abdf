/**
 * The one function through which the guest reaches the host; set once at boot.
 * Arguments: a kind below, then two numbers or texts, an object where said, and a stack text.
 * @type {(kind: number, id?: number, name?: string, text?: unknown, stack?: string) => any}
 */
let send = () => undefined;

/** @param {typeof send} bridge */
export function connect(bridge) {
  send = bridge;
}

// Kinds, the same table as src/engine/bridge.ts.
const CALL = 1;
const REFUSED = 2;
const TIMER = 3;
const CLEAR = 4;
const LOG = 5;
const YIELD = 6;
const SETTLED = 7;
const UNCAUGHT = 8;
const NAMES = 9;
const RANDOM = 10;
const ENCODE = 11;
const DECODE = 12;
const CLASS = 13;
const COMMENT = 14;
const SET = 15;
const PULL = 16;
const STOP = 17;

/** Announces a call; gives the code that refuses it, if one does. @param {number} id @param {string} name @param {string} text @param {string} stack @returns {string | undefined} */
export const sendCall = (id, name, text, stack) => send(CALL, id, name, text, stack);

/** Records a call that failed before it could leave; gives another failure where even that is too much. @param {number} id @param {string} name @param {string} text @param {string} stack @returns {string | undefined} */
export const sendRefused = (id, name, text, stack) => send(REFUSED, id, name, text, stack);

/** Tells which of the program's comments was passed. @param {number} index @param {number} length of its text */
export const sendComment = (index, length) => send(COMMENT, index, "", length);

/**
 * Writes a property of a host object; gives what is wrong with it, if something is.
 * @param {string} name such as `user.age` @param {string} text @param {string} stack @returns {string | undefined}
 */
export const sendWrite = (name, text, stack) => send(SET, 0, name, text, stack);

/** Asks for a wake-up; false if too many are out. @param {number} id @param {string} what the function that the guest called @param {number} delayMs @param {string} stack @returns {boolean} */
export const sendTimer = (id, what, delayMs, stack) => send(TIMER, id, what, delayMs, stack);

/** @param {number} id */
export const sendClear = (id) => send(CLEAR, id);

/** How many bytes of this entry will be kept: 0 means only counted. @param {string} level @param {string} text @param {string} stack */
export const sendLog = (level, text, stack) => send(LOG, 0, level, text, stack);

/** Sends a value out; gives the code that refuses it, if one does. @param {number} id @param {string} text @param {string} stack @returns {string | undefined} */
export const sendYield = (id, text, stack) => send(YIELD, id, "", text, stack);

/** Asks for the next part of a call's stream. @param {number} id @param {number} call */
export const sendPull = (id, call) => send(PULL, id, "", call);

/** Wants no more parts of a call's stream. @param {number} call */
export const sendStop = (call) => send(STOP, call);

/** The program is over: 1 with its value, 0 with what it threw. @param {0 | 1} fulfilled @param {string} text */
export const sendSettled = (fulfilled, text) => send(SETTLED, fulfilled, "", text);

/** A callback (timer, microtask) threw and nobody could catch it. @param {string} text */
export const sendUncaught = (text) => send(UNCAUGHT, 0, "", text);

/** The children of a namespace as JSON `[[name, isTool], …]`, or undefined. @param {string} path @returns {string | undefined} */
export const readNames = (path) => send(NAMES, 0, path);

/** @param {number} length @returns {ArrayBuffer} */
export const readRandom = (length) => send(RANDOM, length);

/** UTF-8 bytes of a well-formed text. @param {string} text @returns {ArrayBuffer} */
export const encodeUtf8 = (text) => send(ENCODE, 0, "", text);

/** Text of bytes; undefined if `fatal` and malformed. @param {ArrayBuffer} bytes @param {string} encoding @param {boolean} fatal @returns {string | undefined} */
export const decodeText = (bytes, encoding, fatal) => send(DECODE, fatal ? 1 : 0, encoding, bytes);

/** The engine's class number of an object, plus 65,536 if it has private members. @param {object} object @returns {number} */
export const readClass = (object) => send(CLASS, 0, "", object);
