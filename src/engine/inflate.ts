/** The bytes behind a base64 text of raw deflate. */
export type Inflate = (base64: string) => Promise<Uint8Array> | Uint8Array;

/** By the web's streams: on every runtime, though their first use takes Node 50 ms. */
export const inflateByStream: Inflate = async (base64) => {
  const binary = atob(base64);
  const deflated = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) deflated[i] = binary.charCodeAt(i);
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
