/** Random bytes for one run: the platform's, or a repeating sequence (sfc32) where the run has a seed. */
export type RandomBytes = (bytes: Uint8Array<ArrayBuffer>) => void;

/** The most bytes that the platform gives at once. */
const QUOTA = 65_536;

/** Fresh randomness from the platform. */
export const platformRandom: RandomBytes = (bytes) => {
  for (let at = 0; at < bytes.length; at += QUOTA) crypto.getRandomValues(bytes.subarray(at, at + QUOTA));
};

/** A sequence that four words determine; not for secrets. */
export function seededRandom(seed: readonly number[]): RandomBytes {
  let [a = 0, b = 0, c = 0, d = 0] = seed.map((word) => word | 0);
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum & 0xff;
  };
  for (let i = 0; i < 16; i++) next();
  return (bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = next();
  };
}
