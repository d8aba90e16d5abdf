import { sendCall, sendRefused, sendYield } from "./bridge.js";
import { decode } from "./decode.js";
import { encode } from "./encode.js";
import { callError, stackAbove } from "./errors.js";
import { nextId } from "./ids.js";
import { hasOwn, jsonParse, Promise, record } from "./intrinsics.js";
import { jsonText } from "./json.js";
import { limits } from "./limits.js";
import { primitivesText } from "./plain.js";
import { isRefusal } from "./refusal.js";
import { CallPromise, deliverPart, dropStreams, newStream, OPENED } from "./streams.js";

/** Calls and yields that wait for their answer, by id. */
let waiting = record();

/**
 * Calls a tool: a promise of its answer, iterable itself for tools that stream. What cannot be sent rejects here, and is recorded by the host all the same.
 * @param {string} name @param {unknown[]} args @param {Function} ours the function of ours that the guest called
 * @returns {Promise<any>}
 */
export function callTool(name, args, ours) {
  const id = nextId();
  const stack = stackAbove(ours);
  let text;
  try {
    const plain = primitivesText(args);
    text = plain !== undefined && plain.length <= limits.toolInputBytes ? plain : encode(args, limits.toolInputBytes);
  } catch (refused) {
    if (!isRefusal(refused)) throw refused;
    const failure = refusalOf(refused, "input", "input_limit");
    const other = sendRefused(id, name, jsonText(failure), stack);
    return rejected(id, other === undefined ? failure : jsonParse(other), stack, CallPromise);
  }
  return wait(id, sendCall(id, name, text, stack), stack, CallPromise);
}

/**
 * Sends a value out and waits for the host's reply.
 * @param {unknown} value @returns {Promise<any>}
 */
export function emit(value) {
  const id = nextId();
  const stack = stackAbove(emit);
  try {
    return wait(id, sendYield(id, encode(value, limits.resultBytes), stack), stack, Promise);
  } catch (refused) {
    if (!isRefusal(refused)) throw refused;
    return rejected(id, refusalOf(refused, "yielded value", "result_limit"), stack, Promise);
  }
}

/**
 * Settles what waits under an id; what is unknown or settled is ignored.
 * @param {number} id @param {number} how 0 for a failure, 1 for a value, else as guest/streams.js says @param {string} text
 */
export function deliver(id, how, text) {
  const entry = waiting[id];
  if (entry === undefined) {
    deliverPart(id, how, text);
    return;
  }
  delete waiting[id];
  if (how === OPENED) entry.resolve(newStream(id, entry.stack));
  else if (how) entry.resolve(decode(text));
  else entry.reject(callError(id, jsonParse(text), entry.stack));
}

/** Forgets what waits: it never settles. Ids go on, so that a late answer finds nothing. */
export function dropCalls() {
  waiting = record();
  dropStreams();
}

/** @param {number} id @param {string | undefined} refusedBy @param {string} stack @param {any} Kind @returns {Promise<any>} */
function wait(id, refusedBy, stack, Kind) {
  if (refusedBy !== undefined) return rejected(id, jsonParse(refusedBy), stack, Kind);
  return new Kind((/** @type {any} */ resolve, /** @type {any} */ reject) => {
    const entry = record();
    entry.resolve = resolve;
    entry.reject = reject;
    entry.stack = stack;
    waiting[id] = entry;
  });
}

/** @param {number} id @param {any} failure @param {string} stack @param {any} Kind @returns {Promise<any>} */
const rejected = (id, failure, stack, Kind) =>
  new Kind((/** @type {any} */ _resolve, /** @type {any} */ reject) => {
    reject(callError(hasOwn(failure, "call") ? failure.call : id, failure, stack));
  });

/**
 * A refusal of the encoder as a failure with a code of ours.
 * @param {any} refused @param {string} what @param {string} limitCode
 */
function refusalOf(refused, what, limitCode) {
  const failure = record();
  failure.name = "CallError";
  failure.code = refused.code === "limit" ? limitCode : "unserializable";
  const where = refused.path ? `${what} at ${refused.path}` : what;
  failure.message =
    refused.code === "limit"
      ? `the ${what} is ${refused.message}`
      : `the ${where} cannot leave the program: ${refused.message}`;
  if (refused.path) failure.data = `{"path":${jsonText(refused.path)}}`;
  return failure;
}
