/**
 * @param {string} input without the brackets
 * @returns {string | undefined} the address in its shortest spelling, with brackets
 */
export function parseIPv6(input) {
  const halves = input.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parsePieces(half, index === halves.length - 1));
  if (!head) return undefined;
  if (halves.length === 1) return head.length === 8 ? serialize(head) : undefined;
  if (!tail || head.length + tail.length > 7) return undefined;
  return serialize([...head, ...new Array(8 - head.length - tail.length).fill(0), ...tail]);
}

/**
 * @param {string} half
 * @param {boolean} last only there may an IPv4 address stand
 * @returns {number[] | undefined}
 */
function parsePieces(half, last) {
  if (half === "") return [];
  const pieces = [];
  const parts = half.split(":");
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes(".")) {
      const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(part);
      const numbers = match
        ?.slice(1)
        .filter((digits) => Number(digits) <= 255 && !/^0./.test(digits))
        .map(Number);
      if (numbers?.length !== 4) return undefined;
      pieces.push(numbers[0] * 256 + numbers[1], numbers[2] * 256 + numbers[3]);
    } else {
      if (!/^[\da-f]{1,4}$/i.test(part)) return undefined;
      pieces.push(Number.parseInt(part, 16));
    }
  }
  return pieces;
}

/** @param {number[]} pieces */
function serialize(pieces) {
  const text = pieces.map((piece) => piece.toString(16)).join(":");
  const zeros = text.match(/(?<![\da-f])0(:0)+(?![\da-f])/g) ?? [];
  const longest = zeros.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return `[${text}]`;
  const start = text.search(new RegExp(`(?<![\\da-f])${longest}(?![\\da-f])`));
  return `[${text.slice(0, start).replace(/:$/, "")}::${text.slice(start + longest.length).replace(/^:/, "")}]`;
}
