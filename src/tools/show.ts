import { isIdentifier } from "./names.ts";

const VALUE_LENGTH = 80;
const INVISIBLE = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A value for a message: its text, cut to 80 characters, and its type, such as `5 (number)`. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return `${cut(valueText(value, 2), VALUE_LENGTH)} (${typeName(value)})`;
}

/** What kind of value it is, as one word: "array", "null", "Date", "number", … */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value !== "object" || isPlainObject(value)) return typeof value;
  const name = classOf(value);
  return typeof name === "string" && name !== "" ? cut(name, 40) : "object";
}

/** Whether a value is an object literal (of any realm) or has no prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A JSON string literal in which control and bidirectional characters are escaped too. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The text, cut to `length` characters, the cut marked. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** A path into a value, as a reader would write it: `a.b[0]["odd key"]`. */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => text + pathStep(key, text === ""), "");
}

function pathStep(key: PropertyKey, first: boolean): string {
  if (typeof key === "number") return `[${key}]`;
  if (typeof key === "symbol") return `[${cut(String(key), VALUE_LENGTH)}]`;
  if (isIdentifier(key)) return first ? cut(key, VALUE_LENGTH) : `.${cut(key, VALUE_LENGTH)}`;
  return `[${quote(cut(key, VALUE_LENGTH))}]`;
}

function classOf(value: object): unknown {
  try {
    return value.constructor?.name;
  } catch {
    return undefined;
  }
}

function valueText(value: unknown, depth: number): string {
  if (typeof value === "string") return quote(value.slice(0, VALUE_LENGTH));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "function";
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (depth === 0) return Array.isArray(value) ? "[…]" : "{…}";
  if (Array.isArray(value)) return arrayText(value, depth);
  return isPlainObject(value) ? objectText(value, depth) : "{…}";
}

function arrayText(value: readonly unknown[], depth: number): string {
  const items = value.slice(0, 8).map((item) => valueText(item, depth - 1));
  return `[${items.join(", ")}${value.length > 8 ? ", …" : ""}]`;
}

function objectText(value: Record<string, unknown>, depth: number): string {
  const keys = Object.keys(value);
  const entries = keys.slice(0, 8).map((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key);
    return `${pathStep(key, true)}: ${property && "value" in property ? valueText(property.value, depth - 1) : "…"}`;
  });
  if (keys.length > 8) entries.push("…");
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}
