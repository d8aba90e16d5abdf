import { sendSettled } from "./bridge.js";
import { dropCalls, emit } from "./calls.js";
import { decode } from "./decode.js";
import { encode } from "./encode.js";
import { describe } from "./errors.js";
import { installHostObjects } from "./host-objects.js";
import {
  asyncGeneratorNext,
  asyncGeneratorThrow,
  define,
  hasOwn,
  jsonParse,
  objectKeys,
  stringSlice,
  trusted,
} from "./intrinsics.js";
import { jsonText } from "./json.js";
import { limits } from "./limits.js";
import { scope } from "./scope.js";
import { dropTimers } from "./timers.js";
import { toolFunction } from "./tools.js";
import { failedBy } from "./tracking.js";
import { seedRandom, setEval } from "./world.js";

let originMs = 0;
/** How many programs of a session began here. */
let runs = 0;
/** @type {() => number} */
let readLine = () => 0;

/** When this run began, by its own clock. @returns {number} */
export const origin = () => originMs;

/**
 * Sets what is new whenever a machine takes up a run: limits and randomness; for a fresh one also when it began.
 * @param {number} startMs 0 for a run that goes on
 * @param {number} a @param {number} b @param {number} c @param {number} d four words of randomness
 * @param {number} toolInputBytes @param {number} resultBytes @param {number} logBytes
 */
export function begin(startMs, a, b, c, d, toolInputBytes, resultBytes, logBytes) {
  if (startMs !== 0) originMs = startMs;
  limits.toolInputBytes = toolInputBytes;
  limits.resultBytes = resultBytes;
  limits.logBytes = logBytes;
  seedRandom(a, b, c, d);
}

/**
 * Gives the program what only some programs have. Texts of values, so that none is wrapped into another one.
 * @param {number} allowEval @param {string} input @param {string} globals @param {string} functions JSON list of names
 * @param {string} objects the host objects
 */
export function furnish(allowEval, input, globals, functions, objects) {
  if (allowEval) setEval(true);
  if (input !== "") place("input", decode(input));
  if (globals === "" && objects === "") return;
  defineGlobals(globals === "" ? {} : decode(globals), jsonParse(functions), objects);
}

/** @param {any} data @param {string[]} functions @param {string} objects */
function defineGlobals(data, functions, objects) {
  for (let i = 0; i < functions.length; i++) addTool(data, functions[i]);
  if (objects !== "") installHostObjects(decode(objects), data);
  const names = objectKeys(data);
  for (let i = 0; i < names.length; i++) place(names[i], data[names[i]]);
}

/** Earlier programs of a session may have locked the global object. @param {string} name @param {unknown} value */
function place(name, value) {
  try {
    define(globalThis, name, value);
  } catch {
    define(scope, name, value);
  }
}

/** @param {any} data @param {string} name */
function addTool(data, name) {
  let holder = data;
  let start = 0;
  for (let at = 0; at < name.length; at++) {
    if (name[at] !== ".") continue;
    const part = stringSlice(name, start, at);
    if (!hasOwn(holder, part)) define(holder, part, {});
    holder = holder[part];
    start = at + 1;
  }
  define(holder, stringSlice(name, start), toolFunction(name));
}

/** Begins one more program of a session: what earlier ones wait for never settles. */
export function renew() {
  runs++;
  dropCalls();
  dropTimers();
}

/**
 * What takes the end of a session's program; the end of an earlier one, which a later one can bring about, is nobody's.
 * @param {number} kind 1 for its value, 0 for what it threw
 */
export function settler(kind) {
  const run = runs;
  return (/** @type {unknown} */ result) => {
    if (run !== runs) return;
    if (kind === 1) fulfilled(result);
    else rejected(result);
  };
}

/** What a prepared program tells its place to. @param {() => number} reader */
export function watch(reader) {
  readLine = reader;
}

/** Carries each yielded value out and the answer in, until the generator ends. @param {any} generator */
export async function drive(generator) {
  let turn = asyncGeneratorNext(generator, undefined);
  for (;;) {
    const step = await trusted(turn);
    if (step.done) return step.value;
    try {
      const answer = await trusted(emit(step.value));
      turn = asyncGeneratorNext(generator, answer);
    } catch (error) {
      turn = asyncGeneratorThrow(generator, error);
    }
  }
}

/** @param {unknown} value */
export function fulfilled(value) {
  let text;
  try {
    text = encode(value, limits.resultBytes);
  } catch (error) {
    sendSettled(0, describe(error));
    return;
  }
  sendSettled(1, text);
}

/** @param {unknown} reason */
export function rejected(reason) {
  failedBy(reason);
  sendSettled(0, describe(reason));
}

/** Where the program stands: the line of its latest top-level await, as text. @returns {string} */
export const position = () => jsonText(readLine());
