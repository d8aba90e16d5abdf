import { exactBuffer } from "./bytes.js";
import { host } from "./host.js";

/**
 * `incompleteTail` is the number of bytes at the end that may become a character with what follows; `decode` gives
 * undefined for malformed bytes if `fatal`.
 *
 * @typedef {{
 *   incompleteTail(bytes: Uint8Array): number,
 *   decode(bytes: Uint8Array<ArrayBuffer>, fatal: boolean): string | undefined,
 * }} Decoder
 */

/** @typedef {"utf-8" | "utf-16le" | "windows-1252"} Encoding */

/** @type {Record<Encoding, string>} */
const LABELS = {
  "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
  "utf-16le": "utf-16le utf-16 ucs-2 unicode csunicode iso-10646-ucs-2 unicodefeff",
  "windows-1252":
    "windows-1252 latin1 iso-8859-1 ascii us-ascii cp1252 x-cp1252 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 " +
    "iso-ir-100 l1 ibm819 cp819 csisolatin1 ansi_x3.4-1968",
};

/** Characters 0x80 to 0x9f of windows-1252. */
const HIGH_CONTROLS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

const CHUNK = 4096;
const { fromCharCode } = String;

/**
 * The encoding that a label names. Throws a RangeError for one that is not supported.
 * @param {string} label
 * @returns {Encoding}
 */
export function encodingOf(label) {
  const wanted = label.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "").toLowerCase();
  for (const name of /** @type {Encoding[]} */ (Object.keys(LABELS))) {
    if (LABELS[name].split(" ").includes(wanted)) return name;
  }
  throw new RangeError(`The "${label}" encoding is not supported`);
}

/** @type {Record<Encoding, Decoder>} */
export const decoders = {
  "utf-8": {
    incompleteTail: utf8Tail,
    decode: (bytes, fatal) => (bytes.length === 0 ? "" : host.decodeText(exactBuffer(bytes), "utf-8", fatal)),
  },
  "utf-16le": { incompleteTail: utf16Tail, decode: decodeUtf16 },
  "windows-1252": {
    incompleteTail: () => 0,
    decode: (bytes) =>
      fromUnits(bytes).replace(/[\x80-\x9f]/g, (character) => HIGH_CONTROLS[character.charCodeAt(0) - 0x80]),
  },
};

/** @param {Uint8Array} bytes */
function utf8Tail(bytes) {
  const end = bytes.length;
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back];
    if ((byte & 0xc0) === 0x80) continue;
    return sequenceLength(byte) > back && (back === 1 || canFollow(byte, bytes[end - back + 1])) ? back : 0;
  }
  return 0;
}

/** @param {number} lead */
function sequenceLength(lead) {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/**
 * Whether a second byte is not already malformed: overlong, a surrogate or beyond U+10FFFF.
 * @param {number} lead
 * @param {number} second
 */
function canFollow(lead, second) {
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}

/** @param {Uint8Array} bytes */
function utf16Tail(bytes) {
  const odd = bytes.length % 2;
  const high = bytes[bytes.length - odd - 1];
  return odd + (high >= 0xd8 && high <= 0xdb ? 2 : 0);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {boolean} fatal
 */
function decodeUtf16(bytes, fatal) {
  const tail = utf16Tail(bytes);
  const units = new Uint16Array(exactBuffer(bytes.subarray(0, bytes.length - tail)));
  const text = fromUnits(units);
  if (fatal && (tail > 0 || !text.isWellFormed())) return undefined;
  return text.toWellFormed() + (tail > 0 ? "\ufffd" : "");
}

/** @param {Uint8Array | Uint16Array} units */
function fromUnits(units) {
  let text = "";
  for (let start = 0; start < units.length; start += CHUNK) {
    text += fromCharCode(...units.subarray(start, start + CHUNK));
  }
  return text;
}
