import { className } from "./classes.js";
import { encodeLenient } from "./encode.js";
import {
  functionToString,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  list,
  min,
  ownKeys,
  record,
  setPrototypeOf,
  stringSlice,
} from "./intrinsics.js";
import { jsonText } from "./json.js";
import { isOwnGetter, scope } from "./scope.js";

/** Characters of a value's text that are enough to show it. */
const PREVIEW = 400;
/** What is larger is measured no further. */
const MAX_MEASURED = 1 << 18;
const MAX_NAME = 100;

/**
 * The variables of the session as JSON, for src/sandbox/variables.ts. With `deep` it runs getters and proxies of the
 * guest, which may do anything; without, it runs nothing of the guest's and gives no values.
 * @param {number} deep @param {number} maxBytes for all values together @returns {string}
 */
export function sessionVariables(deep, maxBytes) {
  const names = setPrototypeOf(ownKeys(scope), null);
  const all = list();
  let left = maxBytes;
  for (let i = 0; i < names.length; i++) {
    if (typeof names[i] !== "string") continue;
    const variable = describe(names[i], deep === 1);
    if (deep === 1 && "value" in variable) left -= measure(variable, left);
    delete variable.value;
    all[all.length] = variable;
  }
  return jsonText(all);
}

/** @param {string} name @param {boolean} deep @returns {any} */
function describe(name, deep) {
  const variable = record();
  variable.name = name;
  const descriptor = setPrototypeOf(getOwnPropertyDescriptor(scope, name), null);
  variable.type = "unknown";
  if ("get" in descriptor) variable.constant = true;
  if ("get" in descriptor && !deep && !isOwnGetter(name, descriptor.get)) return variable;
  try {
    const value = "get" in descriptor ? scope[name] : descriptor.value;
    variable.value = value;
    variable.type = value === null ? "null" : typeof value;
    if (variable.type === "object" && deep) variable.class = classOf(value);
    if (variable.type === "function") variable.head = stringSlice(functionToString(value), 0, PREVIEW);
  } catch {
    // a getter or a proxy threw: what is known is told
  }
  return variable;
}

/** Adds how large a value is and a text to show it by; gives the bytes that this took. @param {any} variable @param {number} left */
function measure(variable, left) {
  const { value } = variable;
  if (left <= 0 || variable.type === "function") return 0;
  const most = min(left, MAX_MEASURED);
  try {
    const text = encodeLenient(value, most);
    variable.bytes = text.length;
    if (text.length >= most) variable.more = true;
    variable.text = text.length <= PREVIEW ? text : encodeLenient(value, PREVIEW);
    return text.length;
  } catch {
    return 0;
  }
}

/** The name of the class, as the value's prototype tells it. @param {object} value @returns {string} */
function classOf(value) {
  const name = className(value);
  if (name !== "Object" && name !== "private" && name !== "Error" && name !== "typed array") return name;
  const prototype = getPrototypeOf(value);
  const own = prototype !== null && hasOwn(prototype, "constructor") ? prototype.constructor?.name : undefined;
  if (typeof own === "string" && own !== "") return stringSlice(own, 0, MAX_NAME);
  return name === "private" ? "Object" : name;
}
