/** The platform's randomness, drawn for many runs at once: one call costs as much as sixty words. */
const pool = new Int32Array(256);
let used = pool.length;

function drawWords(): number[] {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += 4;
  return [...pool.subarray(used - 4, used)];
}

/** Four 32-bit words of randomness for a run: drawn by the platform, or made of a seed (cyrb128, public domain by bryc). */
export function seedWords(seed: number | string | undefined): number[] {
  if (seed === undefined) return drawWords();
  let [a, b, c, d] = [1_779_033_703, 3_144_134_277, 1_013_904_242, 2_773_480_762];
  for (const char of `${typeof seed}:${seed}`) {
    const code = char.codePointAt(0) ?? 0;
    a = b ^ Math.imul(a ^ code, 597_399_067);
    b = c ^ Math.imul(b ^ code, 2_869_860_233);
    c = d ^ Math.imul(c ^ code, 951_274_213);
    d = a ^ Math.imul(d ^ code, 2_716_044_179);
  }
  a = Math.imul(c ^ (a >>> 18), 597_399_067);
  b = Math.imul(d ^ (b >>> 22), 2_869_860_233);
  c = Math.imul(a ^ (c >>> 17), 951_274_213);
  d = Math.imul(b ^ (d >>> 19), 2_716_044_179);
  return [a ^ b ^ c ^ d, b ^ a, c ^ a, d ^ a];
}
