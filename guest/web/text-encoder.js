import { typedArrayName } from "./bytes.js";
import { host } from "./host.js";
import { asInterface } from "./interface.js";

/** The web's TextEncoder: UTF-8 only. */
export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(input = "") {
    return utf8(String(input));
  }

  /**
   * @param {string} source
   * @param {Uint8Array} destination
   * @returns {{ read: number, written: number }}
   */
  encodeInto(source, destination) {
    const text = String(source);
    if (typedArrayName(destination) !== "Uint8Array") throw new TypeError("The destination must be a Uint8Array");
    const room = destination.length;
    const bytes = utf8(wholeCharacters(text, room));
    const written = wholeSequences(bytes, room);
    destination.set(bytes.subarray(0, written));
    return { read: unitsIn(bytes, written), written };
  }
}

asInterface(TextEncoder, "TextEncoder");

/** @param {string} text */
function utf8(text) {
  return new Uint8Array(host.encodeUtf8(text.toWellFormed()));
}

/**
 * At most `length` units of the text, without the first half of a surrogate pair at the end.
 * @param {string} text
 * @param {number} length
 */
function wholeCharacters(text, length) {
  const splitsPair = length > 0 && (text.codePointAt(length - 1) ?? 0) > 0xffff;
  return text.slice(0, splitsPair ? length - 1 : length);
}

/**
 * How many bytes, `room` at most, end with a whole character.
 * @param {Uint8Array} bytes
 * @param {number} room
 */
function wholeSequences(bytes, room) {
  if (bytes.length <= room) return bytes.length;
  let end = room;
  while (end > 0 && (bytes[end] & 0xc0) === 0x80) end--;
  return end;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} end
 */
function unitsIn(bytes, end) {
  let units = 0;
  for (let i = 0; i < end; i++) {
    if ((bytes[i] & 0xc0) !== 0x80) units += bytes[i] >= 0xf0 ? 2 : 1;
  }
  return units;
}
