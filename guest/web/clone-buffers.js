import { isArrayBuffer, typedArrayName } from "./bytes.js";

/** @typedef {import("./structured-clone.js").Graph} Graph */

const viewBuffer = Object.getOwnPropertyDescriptor(DataView.prototype, "buffer")?.get;
const call = Function.prototype.call.bind(Function.prototype.call);

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
 * A copy of an ArrayBuffer; undefined for anything else.
 * @param {unknown} value
 * @returns {ArrayBuffer | undefined}
 */
export function cloneBuffer(value) {
  if (!isArrayBuffer(value)) return undefined;
  const copy = emptyLike(value);
  new Uint8Array(copy).set(new Uint8Array(value));
  return copy;
}

/**
 * A typed array or DataView over the copy of its buffer; undefined for anything else.
 * @param {Graph} graph
 * @param {any} value
 * @returns {ArrayBufferView | undefined}
 */
export function cloneView(graph, value) {
  const name = typedArrayName(value);
  if (name === undefined && !isDataView(value)) return undefined;
  const buffer = graph.open(value.buffer);
  if (name === undefined) return new DataView(buffer, value.byteOffset, value.byteLength);
  return new TYPED_ARRAYS[name](buffer, value.byteOffset, value.length);
}

/** @param {unknown} value */
function isDataView(value) {
  try {
    call(viewBuffer, value);
    return true;
  } catch {
    return false;
  }
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
