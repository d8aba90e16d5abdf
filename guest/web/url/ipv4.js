/**
 * @param {string} input
 * @returns {string | undefined} the address as four decimal numbers
 */
export function parseIPv4(input) {
  const parts = input.split(".");
  if (parts[parts.length - 1] === "" && parts.length > 1) parts.pop();
  if (parts.length > 4) return undefined;
  const numbers = parts.map(parseNumber);
  let address = numbers.pop() ?? Number.NaN;
  if (!(address < 256 ** (4 - numbers.length))) return undefined;
  for (const [index, number] of numbers.entries()) {
    if (!(number <= 255)) return undefined;
    address += number * 256 ** (3 - index);
  }
  return [24, 16, 8, 0].map((shift) => (address / 2 ** shift) & 255).join(".");
}

/** @param {string} part */
function parseNumber(part) {
  if (/^0x[\da-f]*$/i.test(part)) return part.length === 2 ? 0 : Number.parseInt(part, 16);
  if (/^0[0-7]+$/.test(part)) return Number.parseInt(part, 8);
  return /^(0|[1-9]\d*)$/.test(part) ? Number.parseInt(part, 10) : Number.NaN;
}
