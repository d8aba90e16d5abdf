import { className } from "./classes.js";
import { decode, newError } from "./decode.js";
import { encodeLenient } from "./encode.js";
import {
  define,
  Error,
  errorStack,
  getPrototypeOf,
  hasOwn,
  InternalError,
  objectKeys,
  RangeError,
  record,
  String,
  SyntaxError,
  stringSlice,
  symbolToString,
  WeakMap,
  weakMapGet,
  weakMapSet,
} from "./intrinsics.js";
import { jsonText } from "./json.js";
import { isRefusal } from "./refusal.js";

const MAX_TEXT = 8192;
/** Frames carry the names of functions, which guest code can make as long as it likes. */
const MAX_STACK = 4096;
const { captureStackTrace, isError } = Error;
const MAX_CAUSES = 5;

/** Which call an error came from: the host takes the code from its own record of that call. */
const callOf = new WeakMap();

/** The guest's own frames, as text: those above and including `ours` are left out. @param {Function} ours @returns {string} */
export function stackAbove(ours) {
  const holder = record();
  captureStackTrace(holder, ours);
  const { stack } = holder;
  return stack.length <= MAX_STACK ? stack : stringSlice(stack, 0, MAX_STACK);
}

/**
 * The error of a failed call, as the guest sees it: the tool's name, message, code and data, the frames of the call.
 * @param {number} id @param {{ name: string, message: string, code?: string, data?: string }} failure @param {string} stack @returns {any}
 */
export function callError(id, failure, stack) {
  const error = newError(failure.name, failure.message);
  define(error, "stack", stack, false);
  // Own members only: Object.prototype may have some of these names by now.
  if (hasOwn(failure, "code")) define(error, "code", failure.code);
  if (hasOwn(failure, "data")) define(error, "data", decode(failure.data ?? "null"));
  weakMapSet(callOf, error, id);
  return error;
}

/**
 * What was thrown, as JSON for the host: name, message, stack, cause, data, the call it came from, and what the engine
 * itself ran out of. Never throws for what a guest can throw.
 * @param {unknown} thrown @returns {string}
 */
export const describe = (thrown) => jsonText(description(thrown, 0));

/** @param {any} thrown @param {number} depth @returns {any} */
function description(thrown, depth) {
  const fields = record();
  if (isRefusal(thrown)) {
    fields.refused = thrown;
    return fields;
  }
  const kind = typeof thrown;
  if (thrown === null || (kind !== "object" && kind !== "function")) {
    fields.thrown = primitiveText(thrown);
    return fields;
  }
  if (kind === "function" || !isErrorLike(thrown)) {
    fields.thrown = "";
    fields.data = encodeLenient(thrown, MAX_TEXT);
    return fields;
  }
  fields.name = cut(read(thrown, "name")) || "Error";
  fields.message = cut(read(thrown, "message"));
  fields.stack = cut(isError(thrown) && !hasOwn(thrown, "stack") ? errorStack(thrown) : read(thrown, "stack"));
  fields.call = weakMapGet(callOf, thrown);
  fields.exhausted = exhausted(thrown, fields);
  addCause(fields, thrown, depth);
  addData(fields, thrown);
  return fields;
}

/** An Error or a DOMException; a revoked proxy is neither, and says so by throwing. @param {object} value */
function isErrorLike(value) {
  try {
    return isError(value) || className(value) === "Error";
  } catch {
    return false;
  }
}

/** @param {any} fields @param {any} error @param {number} depth */
function addCause(fields, error, depth) {
  const cause = read(error, "cause");
  if (hasOwn(error, "cause")) fields.cause = causeOf(error, cause, depth);
  const errors = read(error, "errors");
  if (hasOwn(error, "errors") && depth === 0) fields.errors = encodeLenient(errors, MAX_TEXT);
}

/** @param {any} error @param {any} cause @param {number} depth */
function causeOf(error, cause, depth) {
  const left =
    cause === error ? "[the error itself]" : depth < MAX_CAUSES ? undefined : "[further causes were left out]";
  if (left === undefined) return description(cause, depth + 1);
  const fields = record();
  fields.thrown = left;
  return fields;
}

/** @param {any} fields @param {any} error */
function addData(fields, error) {
  try {
    const keys = objectKeys(error);
    const data = record();
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (key !== "name" && key !== "message" && key !== "cause") data[key] = error[key];
    }
    if (objectKeys(data).length > 0) fields.data = encodeLenient(data, MAX_TEXT);
  } catch {
    // a getter or a proxy threw: the error is told without its data
  }
}

/** What the engine ran out of, where the error is its own. @param {any} error @param {any} fields */
function exhausted(error, fields) {
  const prototype = getPrototypeOf(error);
  const { message } = fields;
  if (prototype === RangeError.prototype && message === "Maximum call stack size exceeded") return "stack";
  if (prototype === SyntaxError.prototype && message === "stack overflow") return "stack";
  const memory =
    stringSlice(message, 0, 13) === "out of memory" ||
    message === "string too long" ||
    message === "bytecode buffer overflow";
  return memory && (prototype === InternalError.prototype || prototype === SyntaxError.prototype)
    ? "memory"
    : undefined;
}

/** @param {any} object @param {string} key @returns {unknown} */
function read(object, key) {
  try {
    return object[key];
  } catch {
    return undefined;
  }
}

/** @param {unknown} text @returns {string} */
function cut(text) {
  if (typeof text !== "string") return "";
  if (text.length <= MAX_TEXT) return text;
  return `${stringSlice(text, 0, MAX_TEXT)}… (${text.length} characters)`;
}

/** @param {any} value */
const primitiveText = (value) => cut(typeof value === "symbol" ? symbolToString(value) : String(value));
