import { punycodeEncode } from "./punycode.js";

const NON_ASCII = /[^\0-\x7f]/;
const DISALLOWED = "\ufffd";
/** Signs after which a joiner may stand: the viramas of the larger Indic scripts. */
const VIRAMAS = "\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca\\u0e3a\\u0f84\\u1039\\u17d2";
/** What UTS 46 maps to nothing. */
const IGNORED =
  "\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b\\u2060-\\u2064\\u206a-\\u206f\\u3164\\ufe00-\\ufe0f" +
  "\\ufeff\\uffa0\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0100}-\\u{e01ef}";

/** @type {Record<"mapped" | "ignored" | "disallowed" | "joiner", RegExp> | undefined} */
let patterns;

/** Made at first use: their character tables would weigh on every machine. */
function unicode() {
  patterns ??= {
    mapped: pattern("[^\\u00df\\u03c2\\u200c\\u200d]", "gu"),
    ignored: pattern(`[${IGNORED}]`, "gu"),
    disallowed: pattern(
      "^\\p{M}|(?![\\u200c\\u200d])[\\p{C}\\p{Z}\\u2ff0-\\u2fff\\ufffc\\ufffd\\p{Default_Ignorable_Code_Point}]",
      "u",
    ),
    joiner: pattern(`(?<![${VIRAMAS}])(\\u200d|(?<!\\p{scx=Arabic})\\u200c)`, "u"),
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
 * Bidirectional rules are not checked, nor what stands behind an "xn--".
 * @param {string} domain
 * @returns {string | undefined}
 */
export function domainToAscii(domain) {
  if (!NON_ASCII.test(domain)) return domain.toLowerCase();
  const labels = mapDomain(domain).split(".").map(labelToAscii);
  return labels.includes(undefined) ? undefined : labels.join(".");
}

/** @param {string} domain */
function mapDomain(domain) {
  const { mapped, ignored } = unicode();
  return domain.replace(ignored, "").replaceAll("\u1e9e", "ß").replace(mapped, foldCharacter).normalize("NFC");
}

/** @param {string} character */
function foldCharacter(character) {
  if (/[.\u3002\uff0e\uff61]/.test(character)) return ".";
  const folded = character.normalize("NFKC").toLowerCase().normalize("NFKC");
  return /[.\u3002]/.test(folded) ? DISALLOWED : folded;
}

/** @param {string} label */
function labelToAscii(label) {
  if (!NON_ASCII.test(label)) return label;
  if (label.startsWith("xn--")) return undefined;
  const { disallowed, joiner } = unicode();
  return disallowed.test(label) || joiner.test(label) ? undefined : `xn--${punycodeEncode(label)}`;
}
