import { className, hasPrivateMembers } from "./classes.js";
import {
  apply,
  arrayPrototype,
  bigintToString,
  bigintValueOf,
  booleanValueOf,
  bytesToBase64,
  Date,
  dataViewBuffer,
  dataViewByteLength,
  dataViewOffset,
  dateGetTime,
  dateToISOString,
  defineProperty,
  getPrototypeOf,
  hasOwn,
  isArray,
  jsonStringify,
  list,
  mapForEach,
  numberValueOf,
  objectKeys,
  objectPrototype,
  record,
  regexpFlags,
  regexpSource,
  Set,
  String,
  setAdd,
  setDelete,
  setForEach,
  setHas,
  stringSlice,
  stringValueOf,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayName,
  typedArrayOffset,
  Uint8Array,
} from "./intrinsics.js";
import { pathText } from "./path.js";

const MAX_DEPTH = 1000;
const LENIENT_DEPTH = 16;

/** Thrown inside the fast path where plain JSON cannot say what the value is. */
const NOT_PLAIN = record();

/**
 * Why a value cannot cross: `code` is "unserializable" with a path, or "limit".
 * @typedef {{ code: "unserializable" | "limit", message: string, path: string }} Refusal
 */

/** The latest refusal: known by identity, as guest code can throw anything that looks like one. @type {unknown} */
let latest;

/** @param {unknown} error @returns {error is Refusal} */
export const isRefusal = (error) => error !== undefined && error === latest;

/** @param {"unserializable" | "limit"} code @param {string} message @param {string} path @returns {Refusal} */
function refusal(code, message, path) {
  const refused = record();
  latest = refused;
  refused.code = code;
  refused.message = message;
  refused.path = path;
  return refused;
}

let encoding = 0;

/** A Date inside a plain value: JSON would make it a string without a word. @this {any} */
function dateToJSON() {
  if (encoding > 0) throw NOT_PLAIN;
  return dateGetTime(this) - dateGetTime(this) === 0 ? dateToISOString(this) : null;
}
// Locked, so that the fast path can rely on it.
defineProperty(Date.prototype, "toJSON", { value: dateToJSON, writable: false, configurable: false });

/**
 * Text of a value for the host: plain JSON, or `~` and tagged JSON (src/values/tags.ts has the table).
 * Throws a Refusal. Runs guest getters, proxies and `toJSON`, each property once unless the value is not plain JSON.
 * @param {unknown} value @param {number} maxBytes @returns {string}
 */
export function encode(value, maxBytes) {
  const text = encodePlain(value, maxBytes) ?? `~${jsonStringify(tagged(value, maxBytes, false))}`;
  if (text.length > maxBytes) throw refusal("limit", `larger than ${maxBytes} bytes`, "");
  return text;
}

/**
 * As `encode`, but what cannot cross is described in its place, and what is too large is cut and marked.
 * @param {unknown} value @param {number} maxBytes @returns {string}
 */
export function encodeLenient(value, maxBytes) {
  let text;
  try {
    text = encodePlain(value, maxBytes);
  } catch {
    // too large: described below
  }
  return text ?? `~${jsonStringify(tagged(value, maxBytes, true))}`;
}

/**
 * @param {unknown} value @param {number} maxBytes
 * @returns {string | undefined} undefined where the value needs tags, or may
 */
function encodePlain(value, maxBytes) {
  // A planted toJSON would change what the host sees; the slow path ignores it.
  if ("toJSON" in arrayPrototype) return undefined;
  encoding++;
  try {
    return jsonStringify(value, plainReplacer(maxBytes));
  } catch (error) {
    if (isRefusal(error)) throw error;
    return undefined;
  } finally {
    encoding--;
  }
}

/**
 * Lets plain JSON pass and stops at anything else. It runs for every node, so its order is by how often a type occurs.
 * @param {number} maxBytes @returns {(this: any, key: string, value: any) => any}
 */
function plainReplacer(maxBytes) {
  let left = maxBytes;
  let depth = 0;
  const holders = list();
  /** @param {number} bytes */
  const tooLarge = (bytes) => {
    left -= bytes;
    if (left < 0) throw refusal("limit", `larger than ${maxBytes} bytes`, "");
  };
  return function (_key, value) {
    if (typeof value === "string") {
      if (value.length > left) tooLarge(value.length);
      left -= value.length;
      return value;
    }
    if (typeof value === "number") {
      if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value;
      throw NOT_PLAIN;
    }
    if (value === true || value === false || value === null) return value;
    if (typeof value !== "object") throw NOT_PLAIN;
    while (depth > 0 && holders[depth - 1] !== this) depth--;
    if (depth >= MAX_DEPTH || !isPlain(value)) throw NOT_PLAIN;
    holders[depth++] = value;
    tooLarge(isArray(value) ? value.length + 2 : 2);
    return value;
  };
}

/** @param {object} value */
function isPlain(value) {
  const prototype = getPrototypeOf(value);
  if (prototype === objectPrototype || prototype === null) return !isArray(value);
  return prototype === arrayPrototype && isArray(value);
}

/**
 * The value as a tree of plain JSON with tags, built by an explicit stack.
 * @param {unknown} root @param {number} maxBytes @param {boolean} lenient
 */
function tagged(root, maxBytes, lenient) {
  const frames = list();
  const active = new Set();
  const maxDepth = lenient ? LENIENT_DEPTH : MAX_DEPTH;
  let left = maxBytes;

  /** @param {string} reason @param {"unserializable" | "limit"} [code] */
  const refuse = (reason, code = "unserializable") => {
    if (!lenient) throw refusal(code, reason, pathText(frames));
    return tag("$omitted", reason);
  };
  /** @param {number} bytes */
  const spend = (bytes) => {
    left -= bytes;
    return left >= 0;
  };
  const cut = () => refuse(`larger than ${maxBytes} bytes`, "limit");

  /** @param {any} value @param {boolean} [converted] @returns {any} */
  const visit = (value, converted = false) => {
    if (!spend(2)) return cut();
    switch (typeof value) {
      case "string":
        return text(value);
      case "number":
        return value - value === 0 && !(value === 0 && 1 / value < 0)
          ? value
          : tag("$number", value === 0 ? "-0" : String(value));
      case "boolean":
        return value;
      case "undefined":
        return tag("$undefined", true);
      case "bigint":
        return tag("$bigint", text(bigintToString(value)));
      case "object":
        return value === null ? null : container(value, converted);
      case "symbol":
        return refuse("a symbol");
      default:
        return refuse("a function");
    }
  };

  /** @param {string} value */
  const text = (value) => {
    if (spend(value.length)) return value;
    if (!lenient) return cut();
    const room = left + value.length;
    left = 0;
    return `${stringSlice(value, 0, room > 0 ? room : 0)}… (${value.length} characters)`;
  };

  /** @param {object} value @param {any} target @param {any} source @param {string} kind */
  const enter = (value, target, source, kind) => {
    const frame = record();
    frame.value = value;
    frame.target = target;
    frame.source = source;
    frame.kind = kind;
    frame.keys = kind === "object" ? objectKeys(source) : undefined;
    frame.length = kind === "object" ? frame.keys.length : source.length;
    frame.index = 0;
    frames[frames.length] = frame;
    setAdd(active, value);
    return target;
  };

  /** @param {any} value @param {boolean} converted */
  const container = (value, converted) => {
    if (setHas(active, value)) return refuse("a cycle");
    if (frames.length >= maxDepth) return refuse(`nested deeper than ${maxDepth} levels`);
    const name = className(value);
    if (name === "Array") return hasJSON(value, converted) ? convert(value) : enter(value, list(), value, "array");
    if (name === "Object") return object(value, converted);
    return builtin(value, name);
  };

  /** @param {any} value @param {boolean} converted */
  const object = (value, converted) => {
    if (hasJSON(value, converted)) return convert(value);
    if (hasPrivateMembers(value)) return refuse("an instance of a class with private members");
    const target = record();
    enter(value, target, value, "object");
    const keys = frames[frames.length - 1].keys;
    return keys.length === 1 && keys[0][0] === "$" ? tag("$object", target) : target;
  };

  /** @param {any} value */
  const convert = (value) => visit(apply(value.toJSON, value, [""]), true);

  /** @param {any} value @param {string} name */
  const builtin = (value, name) => {
    switch (name) {
      case "Date":
        return tag("$date", dateGetTime(value) - dateGetTime(value) === 0 ? dateToISOString(value) : null);
      case "RegExp":
        return tag("$regexp", pair(text(regexpSource(value)), regexpFlags(value)));
      case "Map":
        return tag("$map", enter(value, list(), entries(value), "map"));
      case "Set":
        return tag("$set", enter(value, list(), members(value), "array"));
      case "Error":
        return tag("$error", enter(value, record(), errorFields(value), "object"));
      case "ArrayBuffer":
      case "typed array":
      case "DataView":
        return bytes(value, name);
      case "Number":
        return visit(numberValueOf(value));
      case "String":
        return visit(stringValueOf(value));
      case "Boolean":
        return visit(booleanValueOf(value));
      case "BigInt":
        return visit(bigintValueOf(value));
      default:
        return refuse(`a ${name}`);
    }
  };

  /** @param {any} value @param {string} name */
  const bytes = (value, name) => {
    // Not every runtime has this class, so its values would not be the same everywhere.
    if (name === "typed array" && typedArrayName(value) === "Float16Array") return refuse("a Float16Array");
    const view = bytesOf(value, name);
    if (!spend(view.length * 1.34)) return cut();
    return tag("$bytes", pair(name === "typed array" ? typedArrayName(value) : name, bytesToBase64(view)));
  };

  /** @param {any} frame */
  const step = (frame) => {
    const { index, kind, source, target } = frame;
    frame.index = index + 1;
    if (kind === "object") {
      const key = frame.keys[index];
      target[key] = spend(key.length + 1) ? visit(source[key]) : cut();
    } else if (kind === "array") target[index] = visit(source[index]);
    else if (index % 2 === 0) target[index / 2] = pair(visit(source[index]), undefined);
    else target[(index - 1) / 2][1] = visit(source[index]);
  };

  /** @param {() => any} read */
  const guarded = (read) => {
    try {
      return read();
    } catch (error) {
      if (isRefusal(error)) throw error;
      return refuse(`not readable: ${thrownText(error)}`);
    }
  };

  const result = guarded(() => visit(root));
  while (frames.length > 0) {
    const frame = frames[frames.length - 1];
    if (frame.index >= frame.length || left < 0) {
      setDelete(active, frame.value);
      frames.length -= 1;
    } else {
      const depth = frames.length;
      const placed = guarded(() => {
        step(frame);
        return undefined;
      });
      if (placed !== undefined && frames.length === depth) put(frame, placed);
    }
  }
  return result;
}

/** What stands in place of a member that could not be read. @param {any} frame @param {unknown} placed */
function put(frame, placed) {
  const index = frame.index - 1;
  if (frame.kind === "object") frame.target[frame.keys[index]] = placed;
  else if (frame.kind === "array") frame.target[index] = placed;
}

/** An own or inherited `toJSON` of the guest's own classes counts, one planted on a built-in prototype does not. @param {any} value @param {boolean} converted */
function hasJSON(value, converted) {
  if (converted) return false;
  const prototype = getPrototypeOf(value);
  const plain = prototype === objectPrototype || prototype === arrayPrototype || prototype === null;
  return (plain ? hasOwn(value, "toJSON") : "toJSON" in value) && typeof value.toJSON === "function";
}

/** @param {string} name @param {unknown} value */
function tag(name, value) {
  const tree = record();
  tree[name] = value;
  return tree;
}

/** @param {unknown} first @param {unknown} second */
function pair(first, second) {
  const two = list();
  two[0] = first;
  two[1] = second;
  return two;
}

/** @param {any} map */
function entries(map) {
  const flat = list();
  mapForEach(map, (/** @type {unknown} */ value, /** @type {unknown} */ key) => {
    flat[flat.length] = key;
    flat[flat.length] = value;
  });
  return flat;
}

/** @param {any} set */
function members(set) {
  const flat = list();
  setForEach(set, (/** @type {unknown} */ value) => {
    flat[flat.length] = value;
  });
  return flat;
}

/** @param {any} error */
function errorFields(error) {
  const fields = record();
  const { name, message } = error;
  fields.name = typeof name === "string" ? name : "Error";
  fields.message = typeof message === "string" ? message : "";
  if (hasOwn(error, "cause")) fields.cause = error.cause;
  if (hasOwn(error, "errors")) fields.errors = error.errors;
  const keys = objectKeys(error);
  const data = record();
  for (let i = 0; i < keys.length; i++) if (fields[keys[i]] === undefined) data[keys[i]] = error[keys[i]];
  if (objectKeys(data).length > 0) fields.data = data;
  return fields;
}

/** @param {any} value @param {string} name */
function bytesOf(value, name) {
  if (name === "ArrayBuffer") return new Uint8Array(value);
  if (name === "DataView")
    return new Uint8Array(dataViewBuffer(value), dataViewOffset(value), dataViewByteLength(value));
  return new Uint8Array(typedArrayBuffer(value), typedArrayOffset(value), typedArrayByteLength(value));
}

/** @param {unknown} error */
function thrownText(error) {
  try {
    return stringSlice(String(/** @type {any} */ (error)?.message ?? error), 0, 200);
  } catch {
    return "it threw";
  }
}
