import { className } from "./classes.js";
import { newFrame, pair } from "./frames.js";
import {
  apply,
  bigintToString,
  bigintValueOf,
  booleanValueOf,
  bytesToBase64,
  dateGetTime,
  dateToISOString,
  list,
  max,
  numberValueOf,
  record,
  regexpFlags,
  regexpSource,
  Set,
  String,
  setAdd,
  setDelete,
  setHas,
  stringSlice,
  stringValueOf,
  typedArrayName,
} from "./intrinsics.js";
import { bytesOf, entries, errorFields, hasJSON, members, thrownText } from "./parts.js";
import { pathText } from "./path.js";
import { isRefusal, refusal } from "./refusal.js";

/** How deep a value may nest. */
export const MAX_DEPTH = 1000;
const LENIENT_DEPTH = 16;
/** Longer names of members are cut where a value is only shown. */
const MAX_KEY = 256;

/**
 * The value as a tree of plain JSON with tags (src/values/tags.ts has the table). Throws a Refusal unless lenient: then
 * a description stands in place of what cannot cross.
 * @param {unknown} value @param {number} maxBytes @param {boolean} lenient
 */
export const tagged = (value, maxBytes, lenient) => new Tagger(maxBytes, lenient).tree(value);

// Fields are declared with values: an assignment to a missing member could meet a setter that a guest planted.
class Tagger {
  maxBytes = 0;
  left = 0;
  lenient = false;
  frames = list();
  active = new Set();

  /** @param {number} maxBytes @param {boolean} lenient */
  constructor(maxBytes, lenient) {
    this.maxBytes = maxBytes;
    this.left = maxBytes;
    this.lenient = lenient;
  }

  /** Walks by an explicit stack. @param {unknown} root */
  tree(root) {
    const { frames } = this;
    const holder = newFrame("array", undefined, list(), pair(root, undefined));
    this.step(holder, 0);
    while (frames.length > 0) {
      const frame = frames[frames.length - 1];
      if (frame.index < frame.length && this.left >= 0) this.step(frame, frame.index++);
      else {
        setDelete(this.active, frame.value);
        frames.length -= 1;
      }
    }
    return holder.target[0];
  }

  /** Visits one member; a getter or a proxy may throw there. @param {import("./frames.js").Frame} frame @param {number} index */
  step(frame, index) {
    const { keys, kind, source, target } = frame;
    const key = keys === undefined ? index : keys[index];
    const place = keys === undefined || !this.lenient ? key : shortKey(keys[index]);
    const cost = typeof place === "string" ? place.length + 2 : 1;
    let result;
    try {
      result = this.spend(cost) ? this.visit(source[key], false) : this.cut();
    } catch (error) {
      if (isRefusal(error)) throw error;
      result = this.refuse(`not readable: ${thrownText(error)}`);
    }
    if (kind !== "map") target[place] = result;
    else if (index % 2 === 0) target[index / 2] = pair(result, undefined);
    else target[(index - 1) / 2][1] = result;
  }

  /** @param {any} value @param {boolean} converted @returns {any} */
  visit(value, converted) {
    switch (typeof value) {
      case "string":
        return this.text(value);
      case "number":
        this.charge(24);
        return numberNode(value);
      case "boolean":
        return value;
      case "undefined":
        this.charge(20);
        return tag("$undefined", true);
      case "bigint":
        return tag("$bigint", this.text(bigintToString(value)));
      case "object":
        return value === null ? null : this.container(value, converted);
      default:
        return this.refuse(`a ${typeof value}`);
    }
  }

  /** @param {any} value @param {boolean} converted @returns {any} */
  container(value, converted) {
    if (setHas(this.active, value)) return this.refuse("a cycle");
    const depth = this.lenient ? LENIENT_DEPTH : MAX_DEPTH;
    if (this.frames.length >= depth) return this.refuse(`nested deeper than ${depth} levels`);
    const name = className(value);
    if (name !== "Array" && name !== "Object" && name !== "private") return this.builtin(value, name);
    if (!converted && hasJSON(value)) return this.visit(apply(value.toJSON, value, [""]), true);
    if (name === "Array") return this.enter("array", value, list(), value);
    if (name === "private") return this.refuse("an instance of a class with private members");
    const { keys } = this.enterFrame("object", value, record(), value);
    const node = this.frames[this.frames.length - 1].target;
    return keys?.length === 1 && keys[0][0] === "$" ? tag("$object", node) : node;
  }

  /** @param {any} value @param {string} name @returns {any} */
  builtin(value, name) {
    switch (name) {
      case "Date":
        return tag("$date", dateGetTime(value) - dateGetTime(value) === 0 ? dateToISOString(value) : null);
      case "RegExp":
        return tag("$regexp", pair(this.text(regexpSource(value)), regexpFlags(value)));
      case "Map":
        return tag("$map", this.enter("map", value, list(), entries(value)));
      case "Set":
        return tag("$set", this.enter("array", value, list(), members(value)));
      case "Error":
        return tag("$error", this.enter("object", value, record(), errorFields(value)));
      case "ArrayBuffer":
      case "typed array":
      case "DataView":
        return this.bytes(value, name);
      default:
        return this.boxed(value, name);
    }
  }

  /** Wrappers cross as what they wrap, as in JSON; anything else has a state that nobody can read. @param {any} value @param {string} name @returns {any} */
  boxed(value, name) {
    if (name === "Number") return numberNode(numberValueOf(value));
    if (name === "String") return this.text(stringValueOf(value));
    if (name === "Boolean") return booleanValueOf(value);
    if (name === "BigInt") return tag("$bigint", this.text(bigintToString(bigintValueOf(value))));
    return this.refuse(`a ${name}`);
  }

  /** @param {any} value @param {string} name */
  bytes(value, name) {
    // Not every runtime has this class, so its values would not be the same everywhere.
    if (name === "typed array" && typedArrayName(value) === "Float16Array") return this.refuse("a Float16Array");
    const view = bytesOf(value, name);
    if (!this.spend(view.length * 1.34)) return this.cut();
    return tag("$bytes", pair(name === "typed array" ? typedArrayName(value) : name, bytesToBase64(view)));
  }

  /** @param {string} value */
  text(value) {
    if (this.spend(value.length)) return value;
    if (!this.lenient) return this.cut();
    const room = max(0, this.left + value.length);
    this.left = 0;
    return `${stringSlice(value, 0, room)}… (${value.length} characters)`;
  }

  /** @param {string} kind @param {any} value @param {any} target @param {any} source */
  enter(kind, value, target, source) {
    return this.enterFrame(kind, value, target, source).target;
  }

  /** @param {string} kind @param {any} value @param {any} target @param {any} source */
  enterFrame(kind, value, target, source) {
    const frame = newFrame(kind, value, target, source);
    this.frames[this.frames.length] = frame;
    setAdd(this.active, value);
    return frame;
  }

  /** @param {number} bytes */
  spend(bytes) {
    this.left -= bytes;
    return this.left >= 0;
  }

  /** What makes a text longer but fits a small part: only where there is no check of the whole. @param {number} bytes */
  charge(bytes) {
    if (this.lenient) this.left -= bytes;
  }

  cut() {
    return this.refuse(`larger than ${this.maxBytes} bytes`, "limit");
  }

  /** @param {string} reason @param {"unserializable" | "limit"} [code] @returns {any} */
  refuse(reason, code = "unserializable") {
    if (!this.lenient) throw refusal(code, reason, pathText(this.frames));
    this.charge(reason.length + 16);
    return tag("$omitted", reason);
  }
}

/** @param {string} key */
const shortKey = (key) => (key.length <= MAX_KEY ? key : `${stringSlice(key, 0, MAX_KEY)}… (${key.length} characters)`);

/** @param {number} value */
function numberNode(value) {
  if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value;
  return tag("$number", value === 0 ? "-0" : String(value));
}

/** @param {string} name @param {unknown} value */
function tag(name, value) {
  const tree = record();
  tree[name] = value;
  return tree;
}
