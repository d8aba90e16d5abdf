import { bytesOf, joinBytes } from "./bytes.js";
import { decoders, encodingOf } from "./encodings.js";
import { asInterface } from "./interface.js";

const NOTHING = new Uint8Array(0);

/** The web's TextDecoder for utf-8, utf-16le and windows-1252, which is also what `latin1` and `ascii` mean there. */
export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  /** @type {Uint8Array} */
  #pending = NOTHING;
  #started = false;

  /**
   * @param {string} [label]
   * @param {{ fatal?: boolean, ignoreBOM?: boolean }} [options]
   */
  constructor(label = "utf-8", options) {
    this.#encoding = encodingOf(String(label));
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  /**
   * @param {ArrayBuffer | ArrayBufferView} [input]
   * @param {{ stream?: boolean }} [options]
   * @returns {string}
   */
  decode(input, options) {
    const last = !options?.stream;
    const bytes = joinBytes(this.#pending, input === undefined ? new Uint8Array(0) : bytesOf(input));
    const started = this.#started;
    this.#pending = NOTHING;
    this.#started = false;
    const decoder = decoders[this.#encoding];
    const tail = last ? 0 : decoder.incompleteTail(bytes);
    const text = decoder.decode(tail === 0 ? bytes : bytes.subarray(0, bytes.length - tail), this.#fatal);
    if (text === undefined) throw new TypeError(`The encoded data was not valid for encoding ${this.#encoding}`);
    if (!last) {
      this.#pending = bytes.slice(bytes.length - tail);
      this.#started = started || text !== "";
    }
    return started ? text : this.#withoutMark(text);
  }

  /** @param {string} text */
  #withoutMark(text) {
    const marked = !this.#ignoreBOM && this.#encoding !== "windows-1252" && text.charCodeAt(0) === 0xfeff;
    return marked ? text.slice(1) : text;
  }
}

asInterface(TextDecoder, "TextDecoder");
