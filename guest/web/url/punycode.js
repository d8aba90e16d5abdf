const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;

/**
 * RFC 3492, without the "xn--".
 * @param {string} text
 * @returns {string}
 */
export function punycodeEncode(text) {
  const points = Array.from(text, (character) => /** @type {number} */ (character.codePointAt(0)));
  const basic = points.filter((point) => point < 0x80);
  let output = String.fromCharCode(...basic);
  if (basic.length > 0) output += "-";
  let handled = basic.length;
  let bias = 72;
  let delta = 0;
  for (let limit = 0x80; handled < points.length; limit++, delta++) {
    const next = Math.min(...points.filter((point) => point >= limit));
    delta += (next - limit) * (handled + 1);
    limit = next;
    for (const point of points) {
      if (point < limit) delta++;
      if (point !== limit) continue;
      output += encodeDelta(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled++;
    }
  }
  return output;
}

/**
 * @param {number} k
 * @param {number} bias
 */
function thresholdAt(k, bias) {
  return Math.min(Math.max(k - bias, T_MIN), T_MAX);
}

/**
 * @param {number} delta
 * @param {number} bias
 */
function encodeDelta(delta, bias) {
  let output = "";
  let rest = delta;
  for (let k = BASE; ; k += BASE) {
    const threshold = thresholdAt(k, bias);
    if (rest < threshold) return output + digit(rest);
    output += digit(threshold + ((rest - threshold) % (BASE - threshold)));
    rest = Math.floor((rest - threshold) / (BASE - threshold));
  }
}

/** @param {number} value */
function digit(value) {
  return String.fromCharCode(value < 26 ? value + 0x61 : value + 0x16);
}

/**
 * @param {number} delta
 * @param {number} count
 * @param {boolean} first
 */
function adapt(delta, count, first) {
  let rest = Math.floor(delta / (first ? 700 : 2));
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > 455; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor((36 * rest) / (rest + 38));
}
