/** Bytes of one WebAssembly page. */
export const PAGE = 65_536;

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const EXPORT_SECTION = 7;

/** What a binary is tailored to. */
export interface Tailoring {
  /** The most pages its memory can have: the hard cap behind `memoryBytes`. */
  readonly maximumPages: number;
  /** Whether its memory is a SharedArrayBuffer, which other threads can read. */
  readonly shared?: boolean;
  /** The exports to keep. The engine has 450, and making a function for each costs more than all else in an instance. */
  readonly exports: ReadonlySet<string>;
}

/**
 * A copy of the engine's binary with a memory maximum and fewer exports; its code is not touched.
 * Throws Error where the binary is not of the expected form: one memory without a maximum.
 */
export function tailorWasm(wasm: Uint8Array, tailoring: Tailoring): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [wasm.subarray(0, HEADER_BYTES)];
  for (let at = HEADER_BYTES; at < wasm.length; ) {
    const id = wasm[at] ?? 0;
    const { next: body, value: size } = readLeb(wasm, at + 1);
    const section = wasm.subarray(body, body + size);
    if (id === MEMORY_SECTION) parts.push(newSection(id, cappedMemory(section, tailoring)));
    else if (id === EXPORT_SECTION) parts.push(newSection(id, keptExports(section, tailoring.exports)));
    else parts.push(wasm.subarray(at, body + size));
    at = body + size;
  }
  return concat(parts);
}

/** Flags of a memory section. */
const HAS_MAXIMUM = 1;
const SHARED = 2;

function cappedMemory(section: Uint8Array, { maximumPages, shared }: Tailoring): Uint8Array {
  const [count, flags] = section;
  if (count !== 1 || flags !== 0) throw new Error("the WebAssembly binary's memory is not the one expected");
  const limits = [...leb(readLeb(section, 2).value), ...leb(maximumPages)];
  return Uint8Array.from([count, shared ? HAS_MAXIMUM | SHARED : HAS_MAXIMUM, ...limits]);
}

function keptExports(section: Uint8Array, names: ReadonlySet<string>): Uint8Array {
  const decoder = new TextDecoder();
  const { next, value: count } = readLeb(section, 0);
  const kept: Uint8Array[] = [];
  for (let i = 0, at = next; i < count; i++) {
    const { next: name, value: length } = readLeb(section, at);
    const end = readLeb(section, name + length + 1).next;
    if (names.has(decoder.decode(section.subarray(name, name + length)))) kept.push(section.subarray(at, end));
    at = end;
  }
  return concat([Uint8Array.from(leb(kept.length)), ...kept]);
}

function newSection(id: number, body: Uint8Array): Uint8Array {
  return concat([Uint8Array.from([id, ...leb(body.length)]), body]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function readLeb(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 0, next = at; ; shift += 7, next++) {
    const byte = bytes[next] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next: next + 1 };
  }
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}
