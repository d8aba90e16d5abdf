/** Raw deflate of parts, one after the other, by the platform's streams. */
export async function deflate(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
  const { chunks, length } = await through(new CompressionStream("deflate-raw"), parts, Number.POSITIVE_INFINITY);
  return joined(chunks, length);
}

/**
 * The first bytes behind raw deflate, at least `wanted` of them where there are as many. No more is unpacked than that
 * takes. Rejects for what is no raw deflate.
 */
export async function inflate(bytes: Uint8Array<ArrayBuffer>, wanted: number): Promise<Uint8Array<ArrayBuffer>> {
  const { chunks, length } = await through(new DecompressionStream("deflate-raw"), [bytes], wanted);
  return joined(chunks, length);
}

async function through(
  stream: CompressionStream | DecompressionStream,
  parts: readonly Uint8Array<ArrayBuffer>[],
  wanted: number,
): Promise<{ chunks: Uint8Array[]; length: number }> {
  const writer = stream.writable.getWriter();
  // What goes wrong comes out at the reader too.
  const written = Promise.all([...parts.map((part) => writer.write(part)), writer.close()]).catch(() => undefined);
  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < wanted) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  await reader.cancel();
  await written;
  return { chunks, length };
}

/** Bytes one after the other, so many in all. */
export function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
