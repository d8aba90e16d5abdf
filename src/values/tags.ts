/**
 * The text of a value, the same in both directions. A value that JSON can say is plain JSON. Any other value is `~`
 * followed by JSON in which an object with a single key that starts with `$` is a tag:
 *
 * | tag | value |
 * |---|---|
 * | `{"$undefined":true}` | undefined, also a hole of an array |
 * | `{"$number":"NaN"}`, `"Infinity"`, `"-Infinity"`, `"-0"` | that number |
 * | `{"$bigint":"12"}` | a BigInt |
 * | `{"$date":"2024-01-31T00:00:00.000Z"}` or `null` | a Date, valid or not |
 * | `{"$regexp":["a+","g"]}` | a RegExp |
 * | `{"$map":[[key,value],…]}`, `{"$set":[…]}` | a Map, a Set |
 * | `{"$error":{"name","message","cause"?,"errors"?,"data"?}}` | an Error |
 * | `{"$bytes":["Uint8Array","AQI="]}` | an ArrayBuffer, a typed array or a DataView, its bytes in base64 |
 * | `{"$omitted":"a function"}` | in logs only: what stood there and could not cross |
 * | `{"$object":{"$date":1}}` | a plain object that would read as a tag |
 */
export const TAGGED = "~";

/** Classes of `$bytes` that every runtime has. */
export const BYTE_CLASSES: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>> = Object.freeze({
  __proto__: null as never,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
  DataView,
});

/** How deep a value may nest. */
export const MAX_DEPTH = 1000;

/** A value that cannot cross, or a text that is none; `path` is where, as the author would write it. */
export class ValueError extends Error {
  override readonly name: string = "ValueError";
  readonly code: "unserializable" | "limit";
  readonly path: string;

  constructor(code: "unserializable" | "limit", message: string, path = "") {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/** What stands in a log where a value could not cross; prints as its reason. */
export class Omitted {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }

  toString(): string {
    return `[${this.reason}]`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Sets an own property whatever the prototype has under that key, `__proto__` included. */
export function define(object: object, key: PropertyKey, value: unknown, enumerable = true): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable, configurable: true });
}
