import { punycodeDecode, punycodeEncode } from "./punycode.js";

/** Signs after which a joiner may stand: the viramas of the larger Indic scripts. */
const VIRAMAS = "\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca\\u0e3a\\u0f84\\u1039\\u17d2";
/** Ignorable for display, but disallowed in a domain. */
const FILLERS = "\\u115f\\u1160\\u17b4\\u17b5\\u3164\\uffa0";

/** @type {Record<"mapped" | "ignored" | "disallowed" | "joiner", RegExp> | undefined} */
let patterns;

/** Made at first use: their character tables would weigh on every machine. */
function unicode() {
  patterns ??= {
    mapped: pattern("[^\\u00df\\u03c2\\u200c\\u200d]", "gu"),
    ignored: pattern(`(?![${FILLERS}\\u200c\\u200d])\\p{Default_Ignorable_Code_Point}`, "gu"),
    disallowed: pattern("(?![\\u200c\\u200d])[\\p{C}\\p{Z}\\ufffc\\ufffd\\p{Default_Ignorable_Code_Point}]", "u"),
    joiner: pattern(`(?<![${VIRAMAS}])(\\u200d|(?<!\\p{Script=Arabic})\\u200c)`, "u"),
  };
  return patterns;
}

/**
 * @param {string} source
 * @param {string} flags
 */
function pattern(source, flags) {
  return new RegExp(source, flags);
}

/**
 * A domain as ASCII, by UTS 46 as far as Unicode normalization gives its mapping; undefined if it isn't valid.
 * Bidirectional rules are not checked.
 * @param {string} domain
 * @returns {string | undefined}
 */
export function domainToAscii(domain) {
  const lower = /[^\0-\x7f]/.test(domain) ? mapDomain(domain) : domain.toLowerCase();
  const labels = lower.split(".").map(labelToAscii);
  return labels.includes(undefined) ? undefined : labels.join(".");
}

/** @param {string} domain */
function mapDomain(domain) {
  const { mapped, ignored } = unicode();
  const folded = domain.replace(ignored, "").replaceAll("\u1e9e", "ß").replace(mapped, foldCharacter);
  return folded.normalize("NFC").replaceAll("\u3002", ".");
}

/** @param {string} character */
function foldCharacter(character) {
  const folded = character.normalize("NFKC").toLowerCase().normalize("NFKC");
  return folded === "\u03c2" ? "\u03c3" : folded;
}

/**
 * @param {string} label
 * @returns {string | undefined}
 */
function labelToAscii(label) {
  if (label.startsWith("xn--")) {
    const text = punycodeDecode(label.slice(4));
    const round = text !== undefined && /[^\0-\x7f]/.test(text) && isValid(text) && mapDomain(text) === text;
    return round ? label : undefined;
  }
  if (!/[^\0-\x7f]/.test(label)) return label;
  return isValid(label) ? `xn--${punycodeEncode(label)}` : undefined;
}

/** @param {string} label */
function isValid(label) {
  const { disallowed, joiner } = unicode();
  return !disallowed.test(label) && !joiner.test(label) && !/^\p{M}/u.test(label);
}
