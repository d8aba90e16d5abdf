import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectSame, expectSameForAll, machine } from "./both.ts";

const ANY_UNITS = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe010 })), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units));

/** Bytes that are often almost UTF-8. */
const BYTES = fc.array(
  fc.oneof(
    fc.constantFrom(0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xef, 0xbb, 0xff, 0xfe, 0),
    fc.integer({ min: 0, max: 255 }),
  ),
  { maxLength: 14 },
);

const sample = <T>(values: fc.Arbitrary<T>, numRuns = 600): T[] => fc.sample(values, { numRuns, seed: 11 });

describe("TextEncoder", () => {
  it("encodes any text, lone surrogates too, as Node does", () =>
    expectSameForAll(sample(ANY_UNITS), "return [...new TextEncoder().encode(input)]"));

  it("fills a buffer with whole characters, as Node does", () =>
    expectSameForAll(
      sample(fc.tuple(ANY_UNITS, fc.integer({ min: 0, max: 24 }))),
      `const room = new Uint8Array(input[1]).fill(7);
       const { read, written } = new TextEncoder().encodeInto(input[0], room);
       return [read, written, ...room]`,
    ));

  it("looks like a class of the web", () =>
    expectSame(`const encoder = new TextEncoder();
      return [encoder.encoding, String(encoder), [...encoder.encode()], [...encoder.encode(undefined)],
        [...encoder.encode(null)], encoder.encode("x") instanceof Uint8Array, Object.keys(TextEncoder.prototype).sort()]`));

  it("writes into nothing but a Uint8Array", () =>
    expectSameForAll(
      ["[]", "new Uint16Array(2)", "new ArrayBuffer(2)"],
      "return new TextEncoder().encodeInto('a', Function('return ' + input)())",
    ));
});

describe("TextDecoder", () => {
  it("decodes any bytes as UTF-8 as Node does", () =>
    expectSameForAll(
      sample(BYTES),
      `return [new TextDecoder().decode(new Uint8Array(input)),
        new TextDecoder("utf8", { ignoreBOM: true }).decode(new Uint8Array(input))]`,
    ));

  it("refuses malformed UTF-8 if fatal, as Node does", () =>
    expectSameForAll(sample(BYTES), `return new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(input))`));

  it("decodes a stream cut anywhere as Node does, piece by piece", () =>
    expectSameForAll(
      sample(
        fc.tuple(
          BYTES,
          fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }),
          fc.constantFrom("utf-8", "utf-16le"),
        ),
      ),
      `const decoder = new TextDecoder(input[2]);
       const pieces = [];
       let start = 0;
       for (const length of input[1]) {
         pieces.push(decoder.decode(new Uint8Array(input[0].slice(start, start + length)), { stream: true }));
         start += length;
       }
       return [...pieces, decoder.decode(new Uint8Array(input[0].slice(start))), decoder.decode(new Uint8Array([65, 0]))]`,
    ));

  it("decodes UTF-16 as Node does", () =>
    expectSameForAll(
      sample(fc.tuple(BYTES, fc.boolean())),
      `return new TextDecoder("utf-16le", { fatal: input[1] }).decode(new Uint8Array(input[0]))`,
    ));

  it("decodes windows-1252, whatever it is called", async () => {
    const guest = await machine();
    const decoded = guest.run(`
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      const decoders = ["latin1", "ascii", "ISO-8859-1", " windows-1252\\n"].map((label) => new TextDecoder(label));
      return [decoders.map(({ encoding }) => encoding), new Set(decoders.map((each) => each.decode(bytes))).size,
        decoders[0].decode(bytes)]`) as [string[], number, string];
    expect(decoded[0]).toEqual(Array(4).fill("windows-1252"));
    expect(decoded[1]).toBe(1);
    expect(decoded[2].slice(0x7e, 0xa3)).toBe("~\x7f€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ\xa0¡¢");
  });

  it("takes buffers and views of them, and nothing else", () =>
    expectSame(`
      const { buffer } = new Uint8Array([97, 98, 99, 100]);
      const given = [buffer, new DataView(buffer, 1, 2), new Uint16Array(buffer, 2), undefined];
      const seen = given.map((input) => new TextDecoder().decode(input));
      for (const wrong of ["abc", 5, {}, [97]]) {
        try { new TextDecoder().decode(wrong) } catch (error) { seen.push(error.name) }
      }
      return seen`));

  it("refuses encodings it doesn't know", () =>
    expectSameForAll(["", "utf-7", "nonsense"], "return new TextDecoder(input).encoding"));

  it("tells its settings", () =>
    expectSame(`const decoder = new TextDecoder("UTF-8", { fatal: 1 });
      return [decoder.encoding, decoder.fatal, decoder.ignoreBOM, String(decoder)]`));

  it("decodes a megabyte in one piece", async () => {
    const guest = await machine();
    expect(
      guest.run(`const text = new TextDecoder("utf-16le").decode(new Uint16Array(500_000).fill(0x20ac));
        return [text.length, new TextEncoder().encode(text).length]`),
    ).toEqual([500_000, 1_500_000]);
  });
});

describe("atob and btoa", () => {
  it("encode what Node encodes and refuse what Node refuses", () =>
    expectSameForAll(
      sample(fc.string({ unit: fc.integer({ min: 0, max: 0x110 }).map((unit) => String.fromCharCode(unit)) })),
      "return btoa(input)",
    ));

  it("decode what Node decodes and refuse what Node refuses", () =>
    expectSameForAll(sample(fc.string({ unit: fc.constantFrom(..."aZ09+/= \t\n-_") })), "return atob(input)"));
});
