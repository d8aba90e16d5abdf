import {
  arrayPrototype,
  dataViewBuffer,
  dataViewByteLength,
  dataViewOffset,
  getPrototypeOf,
  hasOwn,
  list,
  mapForEach,
  objectKeys,
  objectPrototype,
  record,
  String,
  setForEach,
  setPrototypeOf,
  stringSlice,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayOffset,
  Uint8Array,
} from "./intrinsics.js";

/**
 * Whether JSON's `toJSON` counts: an own one, or one of the guest's own classes; not one planted on a built-in prototype.
 * @param {any} value
 */
export function hasJSON(value) {
  const prototype = getPrototypeOf(value);
  const plain = prototype === objectPrototype || prototype === arrayPrototype || prototype === null;
  return (plain ? hasOwn(value, "toJSON") : "toJSON" in value) && typeof value.toJSON === "function";
}

/** Keys and values of a Map, one after the other. @param {any} map @returns {any[]} */
export function entries(map) {
  const flat = list();
  mapForEach(map, (/** @type {unknown} */ value, /** @type {unknown} */ key) => {
    flat[flat.length] = key;
    flat[flat.length] = value;
  });
  return flat;
}

/** The members of a Set. @param {any} set @returns {any[]} */
export function members(set) {
  const flat = list();
  setForEach(set, (/** @type {unknown} */ value) => {
    flat[flat.length] = value;
  });
  return flat;
}

/** What of an Error crosses: name, message, cause, errors, own data. @param {any} error */
export function errorFields(error) {
  const fields = record();
  const { name, message } = error;
  fields.name = typeof name === "string" ? name : "Error";
  fields.message = typeof message === "string" ? message : "";
  if (hasOwn(error, "cause")) fields.cause = error.cause;
  if (hasOwn(error, "errors")) fields.errors = error.errors;
  const keys = setPrototypeOf(objectKeys(error), null);
  const data = record();
  let count = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key in fields) continue;
    data[key] = error[key];
    count++;
  }
  if (count > 0) fields.data = data;
  return fields;
}

/** The bytes behind an ArrayBuffer, a DataView or a typed array. @param {any} value @param {string} name @returns {Uint8Array} */
export function bytesOf(value, name) {
  if (name === "ArrayBuffer") return new Uint8Array(value);
  if (name === "DataView")
    return new Uint8Array(dataViewBuffer(value), dataViewOffset(value), dataViewByteLength(value));
  return new Uint8Array(typedArrayBuffer(value), typedArrayOffset(value), typedArrayByteLength(value));
}

/** A few words about what a getter threw. @param {unknown} error @returns {string} */
export function thrownText(error) {
  try {
    return stringSlice(String(/** @type {any} */ (error)?.message ?? error), 0, 200);
  } catch {
    return "it threw";
  }
}
