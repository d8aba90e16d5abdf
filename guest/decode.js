import { newFrame, pair } from "./frames.js";
import {
  BigInt,
  bytesFromBase64,
  constructors,
  Date,
  define,
  Error,
  hasOwn,
  isArray,
  jsonParse,
  list,
  Map,
  mapSet,
  objectCreate,
  objectKeys,
  objectPrototype,
  RegExp,
  Set,
  setAdd,
  stringCharCodeAt,
  stringSlice,
} from "./intrinsics.js";

const TILDE = 126;

/**
 * The value of a text that the host encoded. The host's texts are well-formed: nothing here checks them.
 * @param {string} text @returns {any}
 */
export function decode(text) {
  return stringCharCodeAt(text, 0) === TILDE ? new Untagger().value(jsonParse(stringSlice(text, 1))) : jsonParse(text);
}

// Fields are declared with values: an assignment to a missing member could meet a setter that a guest planted.
class Untagger {
  frames = list();

  /** Walks by an explicit stack. @param {any} tree */
  value(tree) {
    const { frames } = this;
    const result = this.visit(tree);
    while (frames.length > 0) {
      const frame = frames[frames.length - 1];
      if (frame.index < frame.length) this.step(frame, frame.index++);
      else frames.length -= 1;
    }
    return result;
  }

  /** @param {import("./frames.js").Frame} frame @param {number} index */
  step(frame, index) {
    const { keys, kind, source, target } = frame;
    if (kind === "set") setAdd(target, this.visit(source[index]));
    else if (kind === "map") {
      const key = this.visit(source[index][0]);
      mapSet(target, key, this.visit(source[index][1]));
    } else if (kind === "hidden") define(target, source[index][0], this.visit(source[index][1]), false);
    else {
      const key = keys === undefined ? index : keys[index];
      define(target, key, this.visit(source[key]));
    }
  }

  /** @param {any} node @returns {any} */
  visit(node) {
    if (node === null || typeof node !== "object") return node;
    if (isArray(node)) return this.enter("array", node, node);
    const keys = objectKeys(node);
    if (keys.length !== 1 || keys[0][0] !== "$") return this.enter("object", node, node);
    return this.tag(keys[0], node[keys[0]]);
  }

  /** @param {string} name @param {any} body @returns {any} */
  tag(name, body) {
    switch (name) {
      case "$undefined":
        return undefined;
      case "$number":
        return +body;
      case "$bigint":
        return BigInt(body);
      case "$date":
        return new Date(body === null ? Number.NaN : body);
      case "$regexp":
        return new RegExp(body[0], body[1]);
      case "$map":
        return this.enter("map", new Map(), body);
      case "$set":
        return this.enter("set", new Set(), body);
      case "$bytes":
        return bytes(body[0], body[1]);
      case "$error":
        return this.error(body);
      default:
        return this.enter("object", objectCreate(objectPrototype), body);
    }
  }

  /** @param {any} body */
  error(body) {
    const error = newError(body.name, body.message);
    const hidden = list();
    if (hasOwn(body, "cause")) hidden[hidden.length] = pair("cause", body.cause);
    if (hasOwn(body, "errors")) hidden[hidden.length] = pair("errors", body.errors);
    this.enter("hidden", error, hidden);
    if (hasOwn(body, "data")) this.enter("object", error, body.data);
    return error;
  }

  /** @param {string} kind @param {any} target @param {any} source */
  enter(kind, target, source) {
    this.frames[this.frames.length] = newFrame(kind, undefined, target, source);
    return target;
  }
}

/** @param {string} name @param {string} base64 */
function bytes(name, base64) {
  const view = bytesFromBase64(base64);
  if (name === "Uint8Array") return view;
  return name === "ArrayBuffer" ? view.buffer : new constructors[name](view.buffer);
}

/**
 * An error of a name: one of the engine's own classes if there is one of that name. It has no frames yet.
 * @param {string} name @param {string} message @returns {any}
 */
export function newError(name, message) {
  const known = hasOwn(constructors, name) && stringSlice(name, -5) === "Error";
  const error = new (known ? constructors[name] : Error)(message);
  // The name is not read back: guest code may have planted a getter for it.
  if (!known) define(error, "name", name, false);
  define(error, "stack", "", false);
  return error;
}
