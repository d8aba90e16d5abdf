import { sendSettled } from "./bridge.js";
import { emit } from "./calls.js";
import { decode } from "./decode.js";
import { encode } from "./encode.js";
import { describe } from "./errors.js";
import {
  asyncGeneratorNext,
  asyncGeneratorThrow,
  define,
  jsonParse,
  objectKeys,
  record,
  trusted,
} from "./intrinsics.js";
import { jsonText } from "./json.js";
import { limits } from "./limits.js";
import { toolFunction } from "./tools.js";
import { seedRandom, setEval } from "./world.js";

let originMs = 0;
let settling = false;
/** @type {() => number} */
let readLine = () => 0;

/** When this run began, by its own clock. @returns {number} */
export const origin = () => originMs;

/**
 * Sets up a fresh machine for one run. `text` is JSON: src/engine/messages.ts says what is in it.
 * @param {string} text
 */
export function begin(text) {
  const setup = adjust(text);
  originMs = setup.originMs;
  if (setup.allowEval) setEval(true);
  define(globalThis, "input", setup.input === undefined ? undefined : decode(setup.input));
  if (setup.globals !== undefined) defineGlobals(decode(setup.globals), setup.functions);
}

/**
 * Sets what is new whenever a machine takes up a run, fresh or loaded: limits and randomness.
 * @param {string} text
 */
export function adjust(text) {
  const setup = jsonParse(text);
  limits.toolInputBytes = setup.limits.toolInputBytes;
  limits.resultBytes = setup.limits.resultBytes;
  limits.logBytes = setup.limits.logBytes;
  seedRandom(setup.seed);
  return setup;
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

/**
 * Runs a prepared program: src/language says what `outer` is. The host follows the promise that comes back.
 * @param {(watch: (reader: () => number) => void) => () => any} outer @param {string} form @returns {Promise<any>}
 */
export function run(outer, form) {
  const program = outer((reader) => {
    readLine = reader;
  });
  return form === "generator" ? drive(program()) : program();
}

/** Carries each yielded value out and the answer in, until the generator ends. @param {any} generator */
async function drive(generator) {
  let turn = asyncGeneratorNext(generator, undefined);
  for (;;) {
    const step = await trusted(turn);
    if (step.done) return step.value;
    try {
      const answer = await emit(step.value);
      turn = asyncGeneratorNext(generator, answer);
    } catch (error) {
      turn = asyncGeneratorThrow(generator, error);
    }
  }
}

/** @param {unknown} value */
export function fulfilled(value) {
  settling = true;
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
  settling = true;
  sendSettled(0, describe(reason));
}

/** Where the program stands: the line of its latest top-level await, and whether it was about to settle. @returns {string} */
export function position() {
  const at = record();
  at.line = readLine();
  at.settling = settling;
  return jsonText(at);
}
