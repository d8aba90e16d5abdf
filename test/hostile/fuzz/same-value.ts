/**
 * A value as text that is the same for equal values only: types, own keys in order, bytes, signs of zeros. Knows nothing
 * of the codec that is tested with it, and nothing of identity: what is shared counts as copies.
 */
export function spelled(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${Array.from(value, spelled).join()}]`;
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (value instanceof RegExp) return `RegExp ${value}`;
  if (value instanceof Map) return `Map {${Array.from(value, (entry) => entry.map(spelled).join("=>")).join()}}`;
  if (value instanceof Set) return `Set {${Array.from(value, spelled).join()}}`;
  if (ArrayBuffer.isView(value))
    return bytesOf(value.constructor.name, value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return bytesOf("ArrayBuffer", value, 0, value.byteLength);
  const fields = Reflect.ownKeys(value).map((key) => `${String(key)}:${spelled(Reflect.get(value, key))}`);
  return `${Object.getPrototypeOf(value) === Object.prototype ? "" : "odd "}{${fields.join()}}`;
}

function bytesOf(name: string, buffer: ArrayBufferLike, at: number, length: number): string {
  return `${name} ${Buffer.from(buffer, at, length).toString("hex")}`;
}
