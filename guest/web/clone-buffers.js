import { isArrayBuffer, typedArrayName } from "./bytes.js";

/** @typedef {import("./structured-clone.js").Graph} Graph */

/** @type {Record<string, any>} */
const TYPED_ARRAYS = {};
for (const name of Object.getOwnPropertyNames(globalThis)) {
  if (/^(Big)?(Ui|I)nt\d+(Clamped)?Array$|^Float\d+Array$/.test(name)) {
    TYPED_ARRAYS[name] = /** @type {any} */ (globalThis)[name];
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  throw new DOMException(message, "DataCloneError");
}

/** @param {ArrayBuffer} buffer */
function emptyLike(buffer) {
  if (buffer.detached) fail("A detached ArrayBuffer could not be cloned");
  const options = buffer.resizable ? { maxByteLength: buffer.maxByteLength } : undefined;
  return new ArrayBuffer(buffer.byteLength, options);
}

/**
 * @param {Graph} _graph
 * @param {ArrayBuffer} buffer
 * @returns {ArrayBuffer}
 */
export function cloneBuffer(_graph, buffer) {
  const copy = emptyLike(buffer);
  new Uint8Array(copy).set(new Uint8Array(buffer));
  return copy;
}

/**
 * A typed array or DataView over the copy of its buffer.
 * @param {Graph} graph
 * @param {any} view
 * @returns {ArrayBufferView}
 */
export function cloneView(graph, view) {
  const name = typedArrayName(view);
  const buffer = graph.open(view.buffer);
  if (name === undefined) return new DataView(buffer, view.byteOffset, view.byteLength);
  return new TYPED_ARRAYS[name](buffer, view.byteOffset, view.length);
}

/**
 * Makes the new buffers of a transfer, so that views in the value find them.
 * @param {Graph} graph
 * @param {unknown[]} transferred
 */
export function prepareTransfer(graph, transferred) {
  for (const buffer of transferred) {
    if (!isArrayBuffer(buffer)) fail("Only an ArrayBuffer can be transferred");
    if (graph.copies.has(buffer)) fail("An ArrayBuffer was listed for transfer twice");
    graph.copies.set(buffer, emptyLike(buffer));
  }
}

/**
 * Moves the bytes, once the whole value was cloned: a failed clone transfers nothing.
 * @param {Graph} graph
 * @param {ArrayBuffer[]} transferred
 */
export function detachTransferred(graph, transferred) {
  for (const buffer of transferred) if (buffer.detached) fail("A transferred ArrayBuffer was detached meanwhile");
  for (const buffer of transferred) {
    const target = new Uint8Array(/** @type {ArrayBuffer} */ (graph.copies.get(buffer)));
    target.set(new Uint8Array(buffer).subarray(0, target.length));
    buffer.transfer(0);
  }
}
