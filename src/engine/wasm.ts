/** Bytes of one WebAssembly page. */
export const PAGE = 65_536;

const MEMORY_SECTION = 5;

/**
 * A copy of a WebAssembly binary whose memory has a maximum: the hard cap behind `memoryBytes`. The engine's own binary
 * has one memory without a maximum; throws where that is not so.
 */
export function withMemoryMaximum(wasm: Uint8Array, maximumPages: number): Uint8Array<ArrayBuffer> {
  let at = 8;
  while (at < wasm.length) {
    const id = wasm[at];
    const size = readLeb(wasm, at + 1);
    const body = size.next;
    if (id === MEMORY_SECTION) return replaceMemory(wasm, at, body, body + size.value, maximumPages);
    at = body + size.value;
  }
  throw new Error("the WebAssembly binary has no memory section");
}

function replaceMemory(
  wasm: Uint8Array,
  start: number,
  body: number,
  end: number,
  maximumPages: number,
): Uint8Array<ArrayBuffer> {
  const [count, flags] = [wasm[body], wasm[body + 1]];
  if (count !== 1 || flags !== 0) throw new Error("the WebAssembly binary's memory is not the one expected");
  const initial = readLeb(wasm, body + 2).value;
  const section = [1, 1, ...leb(initial), ...leb(maximumPages)];
  const head = [MEMORY_SECTION, ...leb(section.length), ...section];
  const out = new Uint8Array(start + head.length + wasm.length - end);
  out.set(wasm.subarray(0, start));
  out.set(head, start);
  out.set(wasm.subarray(end), start + head.length);
  return out;
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
