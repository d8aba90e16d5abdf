import { sendSettled } from "./bridge.js";
import { emit } from "./calls.js";
import { decode } from "./decode.js";
import { encode } from "./encode.js";
import { describe } from "./errors.js";
import { asyncGeneratorNext, asyncGeneratorThrow, define, jsonParse, objectKeys, trusted } from "./intrinsics.js";
import { jsonText } from "./json.js";
import { limits } from "./limits.js";
import { toolFunction } from "./tools.js";
import { seedRandom, setEval } from "./world.js";

let originMs = 0;
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
 */
export function furnish(allowEval, input, globals, functions) {
  if (allowEval) setEval(true);
  if (input !== "") define(globalThis, "input", decode(input));
  if (globals !== "") defineGlobals(decode(globals), jsonParse(functions));
}

/** @param {any} data @param {string[]} functions */
function defineGlobals(data, functions) {
  const names = objectKeys(data);
  for (let i = 0; i < names.length; i++) define(globalThis, names[i], data[names[i]]);
  for (let i = 0; i < functions.length; i++) defineTool(functions[i].split("."), functions[i]);
}

/** @param {string[]} parts @param {string} name */
function defineTool(parts, name) {
  /** @type {any} */
  let holder = globalThis;
  for (let i = 0; i < parts.length - 1; i++) {
    if (holder[parts[i]] === undefined) define(holder, parts[i], {});
    holder = holder[parts[i]];
  }
  define(holder, parts[parts.length - 1], toolFunction(name));
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
  sendSettled(0, describe(reason));
}

/** Where the program stands: the line of its latest top-level await, as text. @returns {string} */
export const position = () => jsonText(readLine());
