import type { EngineExports, Pointer } from "./exports.ts";
import { type Memory, OutOfMemory } from "./memory.ts";
import type { RandomSource } from "./random.ts";

const PRIVATE_MEMBERS = 4;
const PRIVATE_FLAG = 65_536;
const MAX_NAME_LENGTH = 1024;
const MAX_STACK_BYTES = 4096;

/** The arguments of one message: each is checked for its type, as nothing inside a machine is trusted. */
export class Arguments {
  /** Bytes of the text that was read last, before it was cut. */
  lastBytes = 0;
  private readonly exports: EngineExports;
  private readonly memory: Memory;
  private readonly out: Pointer;
  private readonly argc: number;
  private readonly argv: Pointer;

  constructor(exports: EngineExports, memory: Memory, out: Pointer, argc: number, argv: Pointer) {
    this.exports = exports;
    this.memory = memory;
    this.out = out;
    this.argc = argc;
    this.argv = argv;
  }

  number(index: number): number {
    const value = this.at(index);
    return value !== 0 && this.exports.qjs_is_number(value) ? this.exports.qjs_get_float64(value) : 0;
  }

  /** A cut text is cut before it is read: the part of a host's string keeps the whole alive. */
  text(index: number, maxBytes: number = Number.POSITIVE_INFINITY): string {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_string(value)) return "";
    const chars = this.exports.qjs_get_string_len(value, this.out);
    if (chars === 0) throw new OutOfMemory("a string did not fit");
    this.lastBytes = this.memory.readWord(this.out);
    const text = this.memory.readText(chars >>> 0, Math.min(this.lastBytes, maxBytes));
    this.exports.qjs_free_cstring(chars);
    return text;
  }

  name(index: number): string {
    return this.text(index, MAX_NAME_LENGTH);
  }

  stack(index: number): string {
    return this.text(index, MAX_STACK_BYTES);
  }

  classNumber(index: number): number {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_object(value)) return 0;
    return this.exports.qjs_get_class_id(value) + (this.hasPrivateMembers(value) ? PRIVATE_FLAG : 0);
  }

  utf8(index: number): Pointer {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_string(value)) return this.exports.qjs_get_undefined();
    const chars = this.exports.qjs_get_string_len(value, this.out);
    if (chars === 0) throw new OutOfMemory("a string did not fit");
    const buffer = this.exports.qjs_new_array_buffer(chars, this.memory.readWord(this.out));
    this.exports.qjs_free_cstring(chars);
    return buffer;
  }

  decoded(index: number, encoding: string, fatal: boolean): Pointer {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_array_buffer(value)) return this.exports.qjs_get_undefined();
    const at = this.exports.qjs_get_array_buffer(value, this.out) >>> 0;
    const bytes = this.memory.bytes.slice(at, at + this.memory.readWord(this.out));
    let text: string;
    try {
      text = new TextDecoder(encoding, { fatal, ignoreBOM: true }).decode(bytes);
    } catch {
      return this.exports.qjs_get_undefined();
    }
    return this.newText(text);
  }

  newText(text: string): Pointer {
    return this.memory.withText(text, { at: 0, length: 0 }, (at, length) => this.exports.qjs_new_string(at, length));
  }

  newBytes(length: number, random: RandomSource): Pointer {
    const bytes = new Uint8Array(Math.min(Math.max(length | 0, 0), 1 << 20));
    random.fill(bytes);
    const at = this.memory.allocate(bytes.length + 1);
    this.memory.bytes.set(bytes, at);
    const buffer = this.exports.qjs_new_array_buffer(at, bytes.length);
    this.memory.free(at);
    return buffer;
  }

  /** Private members are properties under private names: the engine lists them without running anything. */
  private hasPrivateMembers(value: Pointer): boolean {
    const context = this.exports.qjs_get_context_ptr();
    const boxed = new DataView(this.memory.bytes.buffer).getBigInt64(value, true);
    if (this.exports.JS_GetOwnPropertyNames(context, this.out, this.out + 4, boxed, PRIVATE_MEMBERS) !== 0)
      return false;
    const count = this.memory.readWord(this.out + 4);
    this.exports.JS_FreePropertyEnum(context, this.memory.readWord(this.out), count);
    return count > 0;
  }

  private at(index: number): Pointer {
    return index < this.argc ? this.memory.readWord(this.argv + index * 4) : 0;
  }
}
