import { fromBase64 } from "./base64.ts";
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

class Decoder {
  private readonly steps: (() => boolean)[] = [];
  private readonly lenient: boolean;

  constructor(lenient: boolean) {
    this.lenient = lenient;
  }

  decode(tree: unknown): unknown {
    const result = this.visit(tree);
    for (let step = this.steps.at(-1); step; step = this.steps.at(-1)) {
      if (!step()) this.steps.pop();
    }
    return result;
  }

  private visit(node: unknown): unknown {
    if (node === null || typeof node !== "object") return node;
    if (Array.isArray(node)) return this.list(node);
    const keys = Object.keys(node);
    const [tag] = keys;
    if (keys.length !== 1 || !tag?.startsWith("$")) return this.fields({}, node);
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
        return regexp(String(items(body)[0]), String(items(body)[1]), this.lenient);
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
        return this.fields({}, object(body));
      default:
        throw new Error(`unknown tag ${tag}`);
    }
  }

  private fields(target: object, source: object): object {
    const keys = Object.keys(source);
    let index = 0;
    this.steps.push(() => {
      const key = keys[index++];
      if (key === undefined) return false;
      define(target, key, this.visit((source as Record<string, unknown>)[key]));
      return true;
    });
    return target;
  }

  private list(source: readonly unknown[]): unknown[] {
    const target: unknown[] = [];
    this.each(source, (node) => target.push(this.visit(node)));
    return target;
  }

  private set(source: readonly unknown[]): Set<unknown> {
    const target = new Set<unknown>();
    this.each(source, (node) => target.add(this.visit(node)));
    return target;
  }

  private map(source: readonly unknown[]): Map<unknown, unknown> {
    const target = new Map<unknown, unknown>();
    this.each(source, (node) => {
      const key = this.visit(items(node)[0]);
      target.set(key, this.visit(items(node)[1]));
    });
    return target;
  }

  private each(source: readonly unknown[], take: (node: unknown) => void): void {
    let index = 0;
    this.steps.push(() => {
      if (index >= source.length) return false;
      take(source[index++]);
      return true;
    });
  }

  private error(body: Record<string, unknown>): Error {
    const { name, message } = body;
    const error = new Error(String(message));
    define(error, "name", String(name), false);
    // The host's own stack says nothing about this error and shows the host's paths.
    define(error, "stack", `${name}: ${message}`, false);
    for (const key of ["cause", "errors"]) {
      if (Object.hasOwn(body, key)) this.each([body[key]], (node) => define(error, key, this.visit(node), false));
    }
    if (Object.hasOwn(body, "data")) this.fields(error, object(body.data));
    return error;
  }
}

/** The engine in the machine knows syntax that this runtime may not, and guest code can make up flags. */
function regexp(source: string, flags: string, lenient: boolean): RegExp | Omitted {
  try {
    return new RegExp(source, flags);
  } catch {
    const shown = `/${source.slice(0, 100)}/${flags.slice(0, 20)}`;
    if (lenient) return new Omitted(`the regular expression ${shown}`);
    throw new ValueError("unserializable", `the host's engine has no regular expression ${shown}`);
  }
}

function bytes(name: string, base64: string): ArrayBuffer | ArrayBufferView {
  const { buffer } = fromBase64(base64);
  if (name === "ArrayBuffer") return buffer;
  const Class = BYTE_CLASSES[name];
  if (!Class) throw new Error(`unknown class of bytes ${name}`);
  return new Class(buffer);
}

function items(body: unknown): readonly unknown[] {
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
