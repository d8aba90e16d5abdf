import { toBase64 } from "./base64.ts";
import { BYTE_CLASSES, MAX_DEPTH, Omitted, TAGGED, ValueError } from "./tags.ts";

/** JSON with tags: what `tagged` makes. */
export type TaggedValue = null | boolean | number | string | TaggedValue[] | { [key: string]: TaggedValue };

/**
 * The text of a value for the guest: plain JSON where that says all, else tagged.
 * Throws ValueError: `unserializable` with the path, or `limit` if the text is longer than `maxBytes` of UTF-8.
 */
export function encode(value: unknown, maxBytes: number = Number.POSITIVE_INFINITY): string {
  const encoder = new Encoder(maxBytes);
  const text = plainText(value, maxBytes) ?? encoder.text(value);
  if (text.length > maxBytes || (text.length * 3 > maxBytes && utf8Length(text) > maxBytes)) throw encoder.tooLarge();
  return text;
}

/** The tagged form as a tree of plain JSON, for printing: what `tardigrade run --json` shows. Throws ValueError. */
export function tagged(value: unknown): TaggedValue {
  return new Encoder(Number.POSITIVE_INFINITY).encode(value);
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  if (/^[\x00-\x7f]*$/.test(text)) return text.length;
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** The text of a value that JSON can say; undefined where it can't, or where reading it throws. */
function plainText(value: unknown, maxBytes: number): string | undefined {
  try {
    return isPlain(value, { left: maxBytes }, 0) ? JSON.stringify(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether JSON says all there is to a value, so that its text can be written without looking for tags. */
function isPlain(value: unknown, budget: { left: number }, depth: number): boolean {
  switch (typeof value) {
    case "string":
      budget.left -= value.length;
      return true;
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      // Shared parts count each time: a small value can have more nodes than anybody can visit.
      return value === null || (depth < MAX_DEPTH && --budget.left >= 0 && isPlainContainer(value, budget, depth + 1));
    default:
      return false;
  }
}

function isPlainContainer(value: object, budget: { left: number }, depth: number): boolean {
  if ("toJSON" in value) return false;
  if (Array.isArray(value)) {
    // By index, as a hole must arrive as undefined.
    for (let at = 0; at < value.length; at++) if (!isPlain(value[at], budget, depth)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key of Object.keys(value)) {
    if (!isPlain(value[key as keyof typeof value], budget, depth)) return false;
  }
  return true;
}

/** A longer path is cut. */
const MAX_PATH = 300;

interface Frame {
  value: object;
  key: () => string;
  next: () => boolean;
}

class Encoder {
  /** Whether nothing in the value needed a tag so far. */
  plain = true;
  private left: number;
  private readonly maxBytes: number;
  private readonly frames: Frame[] = [];
  private readonly active = new Set<object>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.left = maxBytes;
  }

  /** The text of a value that may need tags. */
  text(value: unknown): string {
    const tree = this.encode(value);
    return this.plain ? JSON.stringify(tree) : TAGGED + JSON.stringify(tree);
  }

  encode(value: unknown): TaggedValue {
    const result = this.read(() => this.visit(value));
    for (let frame = this.frames.at(-1); frame; frame = this.frames.at(-1)) {
      if (this.read(frame.next)) continue;
      this.active.delete(frame.value);
      this.frames.pop();
    }
    return result;
  }

  /** Getters and proxies of the host may throw too. */
  private read<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (error instanceof ValueError) throw error;
      return this.refuse(`not readable: ${error instanceof Error ? error.message : typeof error}`);
    }
  }

  tooLarge(): ValueError {
    return new ValueError("limit", `larger than ${this.maxBytes} bytes`, this.path());
  }

  private path(): string {
    let path = "";
    for (const frame of this.frames) {
      if (path.length > MAX_PATH) return `${path.slice(0, MAX_PATH)}…`;
      path += frame.key();
    }
    return path.replace(/^\./, "");
  }

  private refuse(what: string): never {
    throw new ValueError("unserializable", what, this.path());
  }

  private spend(bytes: number): void {
    this.left -= bytes;
    if (this.left < 0) throw this.tooLarge();
  }

  private tag(name: string, body: TaggedValue): TaggedValue {
    this.plain = false;
    return { [name]: body };
  }

  private visit(value: unknown): TaggedValue {
    this.spend(1);
    switch (typeof value) {
      case "string":
        this.spend(value.length);
        return value;
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : this.tag("$number", Object.is(value, -0) ? "-0" : String(value));
      case "boolean":
        return value;
      case "undefined":
        return this.tag("$undefined", true);
      case "bigint":
        return this.tag("$bigint", String(value));
      case "object":
        return value === null ? null : this.object(value);
      default:
        return this.refuse(`a ${typeof value}`);
    }
  }

  private object(value: object): TaggedValue {
    if (this.active.has(value)) this.refuse("a cycle");
    if (this.frames.length >= MAX_DEPTH) this.refuse(`nested deeper than ${MAX_DEPTH} levels`);
    if (Array.isArray(value)) return this.list(value, value, (index) => `[${index}]`);
    return this.builtin(value) ?? this.instance(value);
  }

  private builtin(value: object): TaggedValue | undefined {
    if (value instanceof Date) return this.tag("$date", Number.isNaN(value.getTime()) ? null : value.toISOString());
    if (value instanceof RegExp) return this.tag("$regexp", [value.source, value.flags]);
    if (value instanceof Map) return this.tag("$map", this.map(value));
    if (value instanceof Set)
      return this.tag(
        "$set",
        this.list(value, [...value], (index) => `[${index}]`),
      );
    if (value instanceof Error) return this.tag("$error", this.fields(value, errorFields(value)));
    if (value instanceof Omitted) return this.tag("$omitted", value.reason);
    if (value instanceof Number || value instanceof String || value instanceof Boolean)
      return this.visit(value.valueOf());
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return this.bytes(value);
    return undefined;
  }

  private instance(value: object): TaggedValue {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.fields(value, value);
    // Made by Object.create: plain, whatever it inherits.
    if ((value as { constructor?: unknown }).constructor === Object) return this.fields(value, value);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return this.visit(toJSON.call(value, ""));
    // An instance that shows nothing keeps its state where nobody can read it: a Response, a Promise, a stream.
    if (Object.keys(value).length === 0) this.refuse(`an instance of ${className(value)}`);
    return this.fields(value, value);
  }

  private fields(value: object, source: object): TaggedValue {
    const keys = Object.keys(source);
    const target: { [key: string]: TaggedValue } = Object.create(null);
    let index = 0;
    this.enter(
      value,
      () => keyText(keys[index - 1] ?? ""),
      () => {
        const key = keys[index++];
        if (key === undefined) return false;
        this.spend(key.length + 1);
        target[key] = this.visit(source[key as keyof typeof source]);
        return true;
      },
    );
    return keys.length === 1 && keys[0]?.startsWith("$") ? this.tag("$object", target) : target;
  }

  private list(value: object, source: readonly unknown[], key: (index: number) => string): TaggedValue {
    const target: TaggedValue[] = [];
    let index = 0;
    this.enter(
      value,
      () => key(index - 1),
      () => {
        if (index >= source.length) return false;
        target.push(this.visit(source[index++]));
        return true;
      },
    );
    return target;
  }

  private map(value: Map<unknown, unknown>): TaggedValue {
    const flat = [...value].flat(1);
    const target: TaggedValue[][] = [];
    let index = 0;
    const key = () => `[entry ${Math.floor((index - 1) / 2)} ${index % 2 === 1 ? "key" : "value"}]`;
    this.enter(value, key, () => {
      if (index >= flat.length) return false;
      const child = this.visit(flat[index++]);
      if (index % 2 === 1) target.push([child]);
      else target.at(-1)?.push(child);
      return true;
    });
    return target;
  }

  private bytes(value: ArrayBuffer | ArrayBufferView): TaggedValue {
    const view = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
    this.spend(Math.ceil(view.length / 3) * 4);
    return this.tag("$bytes", [ArrayBuffer.isView(value) ? byteClass(value) : "ArrayBuffer", toBase64(view)]);
  }

  private enter(value: object, key: () => string, next: () => boolean): void {
    this.frames.push({ value, key, next });
    this.active.add(value);
  }
}

function byteClass(view: ArrayBufferView): string {
  const name = view instanceof DataView ? "DataView" : (view as Uint8Array)[Symbol.toStringTag];
  return Object.hasOwn(BYTE_CLASSES, name) ? name : "Uint8Array";
}

function errorFields(error: Error): object {
  const { name, message } = error;
  const fields: Record<string, unknown> = { name, message };
  if (Object.hasOwn(error, "cause")) fields.cause = error.cause;
  if (Object.hasOwn(error, "errors")) fields.errors = (error as { errors?: unknown }).errors;
  const own = Object.entries(error).filter(([key]) => key !== "stack" && !Object.hasOwn(fields, key));
  // fromEntries defines: an own `__proto__` stays an own property.
  if (own.length > 0) fields.data = Object.fromEntries(own);
  return fields;
}

function className(value: object): string {
  const made: unknown = (value as { constructor?: unknown }).constructor;
  return typeof made === "function" && made.name ? made.name : "a class";
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
