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
  record,
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
  return stringCharCodeAt(text, 0) === TILDE ? untag(jsonParse(stringSlice(text, 1))) : jsonParse(text);
}

/** @param {any} tree */
function untag(tree) {
  const frames = list();

  /** @param {string} kind @param {any} target @param {any} source */
  const enter = (kind, target, source) => {
    const frame = record();
    frame.kind = kind;
    frame.target = target;
    frame.source = source;
    frame.keys = kind === "object" ? objectKeys(source) : undefined;
    frame.length = kind === "object" ? frame.keys.length : source.length;
    frame.index = 0;
    frames[frames.length] = frame;
    return target;
  };

  /** @param {any} node @returns {any} */
  const visit = (node) => {
    if (node === null || typeof node !== "object") return node;
    if (isArray(node)) return enter("array", node, node);
    const keys = objectKeys(node);
    if (keys.length !== 1 || keys[0][0] !== "$") return enter("object", node, node);
    return build(keys[0], node[keys[0]]);
  };

  /** @param {string} name @param {any} body @returns {any} */
  const build = (name, body) => {
    switch (name) {
      case "$undefined":
        return undefined;
      case "$number":
        return body === "-0" ? -0 : +body;
      case "$bigint":
        return BigInt(body);
      case "$date":
        return new Date(body === null ? Number.NaN : body);
      case "$regexp":
        return new RegExp(body[0], body[1]);
      case "$map":
        return enter("map", new Map(), body);
      case "$set":
        return enter("set", new Set(), body);
      case "$bytes":
        return bytes(body[0], body[1]);
      case "$error":
        return error(body);
      default:
        return enter("object", objectCreate(objectPrototype), body);
    }
  };

  /** @param {any} body */
  const error = (body) => {
    const made = newError(body.name, body.message);
    if (hasOwn(body, "cause")) enter("fields", made, pairOf("cause", body.cause));
    if (hasOwn(body, "errors")) enter("fields", made, pairOf("errors", body.errors));
    if (hasOwn(body, "data")) enter("object", made, body.data);
    return made;
  };

  /** @param {any} frame */
  const step = (frame) => {
    const { index, kind, source, target } = frame;
    frame.index = index + 1;
    if (kind === "object") define(target, frame.keys[index], visit(source[frame.keys[index]]));
    else if (kind === "array") define(target, index, visit(source[index]));
    else if (kind === "set") members(frame, source[index]);
    else if (kind === "map") members(frame, source[index]);
    else define(target, source[index][0], visit(source[index][1]), false);
  };

  /** Members of a Map or Set must be whole before they go in only if they are primitive; containers fill up later. @param {any} frame @param {any} node */
  const members = (frame, node) => {
    if (frame.kind === "set") setAdd(frame.target, visit(node));
    else {
      const key = visit(node[0]);
      mapSet(frame.target, key, visit(node[1]));
    }
  };

  const result = visit(tree);
  while (frames.length > 0) {
    const frame = frames[frames.length - 1];
    if (frame.index >= frame.length) frames.length -= 1;
    else step(frame);
  }
  return result;
}

/** @param {string} key @param {unknown} node */
function pairOf(key, node) {
  const pairs = list();
  const pair = list();
  pair[0] = key;
  pair[1] = node;
  pairs[0] = pair;
  return pairs;
}

/** @param {string} name @param {string} base64 */
function bytes(name, base64) {
  const view = bytesFromBase64(base64);
  if (name === "Uint8Array") return view;
  const buffer = view.buffer;
  return name === "ArrayBuffer" ? buffer : new constructors[name](buffer);
}

/**
 * An error of a name: one of the engine's own classes if there is one of that name.
 * @param {string} name @param {string} message @returns {any}
 */
export function newError(name, message) {
  const Class = hasOwn(constructors, name) && stringSlice(name, -5) === "Error" ? constructors[name] : Error;
  const error = new Class(message);
  if (error.name !== name) define(error, "name", name, false);
  define(error, "stack", "", false);
  return error;
}
