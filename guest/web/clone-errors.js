/**
 * @typedef {import("./structured-clone.js").Graph} Graph
 * @typedef {import("./structured-clone.js").Frame} Frame
 */

const { defineProperty, getOwnPropertyDescriptor, hasOwn } = Object;

/** Errors that keep their type; any other becomes an Error. @type {Record<string, ErrorConstructor>} */
const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

/**
 * @param {Graph} _graph
 * @param {any} value
 * @param {string} name
 */
export function cloneDomException(_graph, value, name) {
  return new DOMException(value.message, name);
}

/**
 * An error of one of the standard types, with its message, stack and cause.
 * @param {Graph} graph
 * @param {any} value
 */
export function cloneError(graph, value) {
  const name = String(/** @type {Error} */ (value).name);
  const message = getOwnPropertyDescriptor(value, "message");
  const Constructor = hasOwn(ERRORS, name) ? ERRORS[name] : Error;
  const copy = new Constructor(message && "value" in message ? String(message.value) : undefined);
  hide(copy, "stack", String(value.stack));
  if (hasOwn(value, "cause")) graph.later({ copy, source: value, items: ["cause"], index: 0, fill: fillCause });
  return copy;
}

/**
 * @param {Graph} graph
 * @param {Frame} frame
 */
function fillCause(graph, { copy, source }) {
  hide(copy, "cause", graph.open(source.cause));
}

/**
 * @param {object} target
 * @param {string} name
 * @param {unknown} value
 */
function hide(target, name, value) {
  defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
}
