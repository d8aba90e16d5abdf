import { fromBase64 } from "./base64.ts";
import { PatternBudget } from "./patterns.ts";
import { BYTE_CLASSES, define, MAX_DEPTH, Omitted, TAGGED, ValueError } from "./tags.ts";

/**
 * The value of a text that the guest side encoded. Total: any text gives a value or throws ValueError; nothing in it
 * runs code, reaches a prototype or is walked before it is checked. Lenient, a regular expression that this platform
 * doesn't know is marked as omitted and doesn't fail the rest.
 */
export function decode(text: string, lenient = false): unknown {
  try {
    if (text.length > MAX_DEPTH && isTooDeep(text)) {
      throw new ValueError("unserializable", `nested deeper than ${MAX_DEPTH} levels`);
    }
    return text.startsWith(TAGGED) ? new Decoder(lenient).decode(JSON.parse(text.slice(1))) : JSON.parse(text);
  } catch (error) {
    if (error instanceof ValueError) throw error;
    throw new ValueError("unserializable", `not the text of a value: ${(error as Error).message}`);
  }
}

/** The value of a tree in the tagged form, the inverse of `tagged`. Throws ValueError. */
export function untagged(tree: unknown): unknown {
  return decode(TAGGED + JSON.stringify(tree));
}

/** A part of the tree whose own values are decoded, in place; `done` is told when all below it are. */
interface Part {
  readonly node: Record<PropertyKey, unknown>;
  /** Absent for a list. */
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  readonly done: (() => void) | undefined;
  at: number;
}

/**
 * Replaces the tags of a tree that JSON.parse made: each property that is written is an own one, so that no setter of a
 * prototype is reached. Parts are made before what is in them, and filled when that is done.
 */
class Decoder {
  private readonly parts: Part[] = [];
  private readonly lenient: boolean;
  private readonly patterns = new PatternBudget();

  constructor(lenient: boolean) {
    this.lenient = lenient;
  }

  decode(tree: unknown): unknown {
    const result = this.visit(tree);
    for (let part = this.parts.at(-1); part; part = this.parts.at(-1)) this.goOn(part);
    return result;
  }

  /** Goes through a part until something in it has parts of its own, which come first. */
  private goOn(part: Part): void {
    const { keys, length, node } = part;
    const depth = this.parts.length;
    while (part.at < length) {
      const key = keys ? (keys[part.at] as string) : part.at;
      part.at++;
      const child = node[key];
      if (child === null || typeof child !== "object") continue;
      const value = this.visit(child);
      if (value !== child) node[key] = value;
      if (this.parts.length > depth) return;
    }
    this.parts.pop();
    part.done?.();
  }

  private visit(node: unknown): unknown {
    if (node === null || typeof node !== "object") return node;
    if (Array.isArray(node)) return this.list(node);
    const keys = Object.keys(node);
    const [tag] = keys;
    if (keys.length !== 1 || !tag?.startsWith("$")) return this.fields(node, keys);
    return this.tag(tag, (node as Record<string, unknown>)[tag]);
  }

  private tag(tag: string, body: unknown): unknown {
    switch (tag) {
      case "$undefined":
        return undefined;
      case "$number":
        return Number(body);
      case "$bigint":
        return BigInt(String(body));
      case "$date":
        return new Date(body === null ? Number.NaN : String(body));
      case "$regexp":
        return this.regexp(String(items(body)[0]), String(items(body)[1]));
      case "$map":
        return this.map(items(body));
      case "$set":
        return this.set(items(body));
      case "$error":
        return this.error(object(body));
      case "$bytes":
        return bytes(String(items(body)[0]), String(items(body)[1]));
      case "$omitted":
        return new Omitted(String(body));
      case "$object":
        return this.fields(object(body));
      default:
        throw new Error(`unknown tag ${tag}`);
    }
  }

  private fields(node: object, keys: readonly string[] = Object.keys(node), done?: () => void): object {
    this.enter(node as Record<string, unknown>, keys, done);
    return node;
  }

  private list(node: unknown[], done?: () => void): unknown[] {
    this.enter(node as unknown as Record<number, unknown>, undefined, done);
    return node;
  }

  /** Most parts hold nothing that has to be looked at. */
  private enter(node: Record<PropertyKey, unknown>, keys: readonly string[] | undefined, done?: () => void): void {
    const length = keys ? keys.length : (node as unknown as unknown[]).length;
    for (let at = 0; at < length; at++) {
      const child = node[keys ? (keys[at] as string) : at];
      if (child === null || typeof child !== "object") continue;
      this.parts.push({ node, keys, length, done, at });
      return;
    }
    done?.();
  }

  private set(body: unknown[]): Set<unknown> {
    const target = new Set<unknown>();
    this.list(body, () => {
      for (const value of body) target.add(value);
    });
    return target;
  }

  private map(body: unknown[]): Map<unknown, unknown> {
    const target = new Map<unknown, unknown>();
    this.list(body, () => {
      for (const entry of body) target.set(items(entry)[0], items(entry)[1]);
    });
    return target;
  }

  private error(body: Record<string, unknown>): Error {
    const { name, message } = body;
    const error = errorWithoutStack(String(message));
    define(error, "name", String(name), false);
    // The host's own stack says nothing about this error and shows the host's paths.
    define(error, "stack", `${name}: ${message}`, false);
    const parts = ["cause", "errors"].filter((key) => Object.hasOwn(body, key));
    const { data } = body;
    if (parts.length > 0) {
      this.fields(body, parts, () => {
        for (const key of parts) define(error, key, body[key], false);
      });
    }
    if (Object.hasOwn(body, "data")) {
      const keys = Object.keys(object(data));
      this.fields(object(data), keys, () => {
        for (const key of keys) define(error, key, object(data)[key]);
      });
    }
    return error;
  }

  /** The engine in the machine knows syntax that this runtime may not, and guest code can make up flags. */
  private regexp(source: string, flags: string): RegExp | Omitted {
    const shown = `/${source.slice(0, 100)}/${flags.slice(0, 20)}`;
    try {
      if (this.patterns.takes(source)) return new RegExp(source, flags);
    } catch {
      if (!this.lenient) throw new ValueError("unserializable", `the host's engine has no regular expression ${shown}`);
      return new Omitted(`the regular expression ${shown}`);
    }
    if (this.lenient) return new Omitted(`the regular expression ${shown}`);
    throw new ValueError("unserializable", `its regular expressions are too long for the host: ${shown}`);
  }
}

/** Capturing a stack takes most of the time that an error does, and this one is not the host's. */
function errorWithoutStack(message: string): Error {
  const limit: unknown = Reflect.get(Error, "stackTraceLimit");
  Reflect.set(Error, "stackTraceLimit", 0);
  const error = new Error(message);
  Reflect.set(Error, "stackTraceLimit", limit);
  return error;
}

function bytes(name: string, base64: string): ArrayBuffer | ArrayBufferView {
  const { buffer } = fromBase64(base64);
  if (name === "ArrayBuffer") return buffer;
  const Class = BYTE_CLASSES[name];
  if (!Class) throw new Error(`unknown class of bytes ${name}`);
  return new Class(buffer);
}

function items(body: unknown): unknown[] {
  if (!Array.isArray(body)) throw new Error("a list was expected");
  return body;
}

function object(body: unknown): Record<string, unknown> {
  if (body === null || typeof body !== "object" || Array.isArray(body)) throw new Error("an object was expected");
  return body as Record<string, unknown>;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** Whether a JSON text nests deeper than a value may; a tag takes two levels for one. */
function isTooDeep(text: string): boolean {
  const limit = text.startsWith(TAGGED) ? MAX_DEPTH * 3 : MAX_DEPTH;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > limit) return true;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}
