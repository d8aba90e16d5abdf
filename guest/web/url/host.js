import { domainToAscii } from "./domain.js";
import { parseIPv4 } from "./ipv4.js";
import { parseIPv6 } from "./ipv6.js";
import { percentEncode, SETS } from "./percent.js";

const FORBIDDEN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

/**
 * A host in its final spelling; undefined if it isn't valid.
 * @param {string} input
 * @param {boolean} special
 * @returns {string | undefined}
 */
export function parseHost(input, special) {
  if (input.startsWith("[")) return input.endsWith("]") ? parseIPv6(input.slice(1, -1)) : undefined;
  if (!special) return FORBIDDEN_HOST.test(input) ? undefined : percentEncode(input, SETS.control);
  const domain = domainToAscii(percentDecode(input));
  if (!domain || FORBIDDEN_DOMAIN.test(domain)) return undefined;
  return endsInNumber(domain) ? parseIPv4(domain) : domain;
}

/**
 * What can't be decoded gives "%", which no domain may contain.
 * @param {string} input
 */
function percentDecode(input) {
  if (!input.includes("%")) return input.toWellFormed();
  try {
    return decodeURIComponent(input);
  } catch {
    return "%";
  }
}

/** @param {string} domain */
function endsInNumber(domain) {
  return /(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(domain);
}
