const bufferLength = /** @type {(this: unknown) => number} */ (
  Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")?.get
);
const viewName = /** @type {(this: unknown) => string | undefined} */ (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get
);
const { isView } = ArrayBuffer;
const call = Function.prototype.call.bind(Function.prototype.call);

/** @param {unknown} value @returns {value is ArrayBuffer} */
export function isArrayBuffer(value) {
  try {
    call(bufferLength, value);
    return true;
  } catch {
    return false;
  }
}

/**
 * The name of a typed array's type ("Uint8Array"), whatever its prototype says; undefined for anything else.
 * @param {unknown} value
 * @returns {string | undefined}
 */
export function typedArrayName(value) {
  return call(viewName, value);
}

/**
 * The bytes behind an ArrayBuffer or a view, not copied.
 * @param {unknown} source
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytesOf(source) {
  if (isView(source)) {
    return new Uint8Array(/** @type {ArrayBuffer} */ (source.buffer), source.byteOffset, source.byteLength);
  }
  if (isArrayBuffer(source)) return new Uint8Array(source);
  throw new TypeError("Expected an ArrayBuffer or a view of one");
}

/**
 * @param {Uint8Array} first
 * @param {Uint8Array<ArrayBuffer>} second
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function joinBytes(first, second) {
  if (first.length === 0) return second;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/**
 * An ArrayBuffer holding exactly these bytes; a copy only if the view is a part of a larger buffer.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {ArrayBuffer}
 */
export function exactBuffer(bytes) {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return whole ? bytes.buffer : bytes.slice().buffer;
}
