import fc from "fast-check";
import { describe, it } from "vitest";
import { expectSame, expectSameForAll } from "./both.ts";

const ANY_UNITS = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units));

describe("URLSearchParams", () => {
  it("parses and writes queries as Node does", () =>
    expectSameForAll(
      [
        "",
        "?",
        "a",
        "a=",
        "=b",
        "=",
        "&",
        "a=1&a=2&&b",
        "?a=1",
        "??a",
        "a+b=c%20d",
        "%zz=%",
        "%ff=%C3%28",
        "a=b=c",
        "é=ü",
      ].concat([
        "%f0%9f%98%80",
        "%ef%bb%bfx",
        "a%00b",
        "a;b",
        "#x",
        "x=%2B+%2b",
        "~!*'()-._=~!*'()-._",
        "%E0%A4%A",
        "%",
      ]),
      "const params = new URLSearchParams(input); return [[...params], String(params), params.size]",
    ));

  it("keeps any text through a round trip as Node does", () =>
    expectSameForAll(
      fc.sample(fc.tuple(ANY_UNITS, ANY_UNITS), { numRuns: 500, seed: 3 }),
      "const text = String(new URLSearchParams([input])); return [text, [...new URLSearchParams(text)]]",
    ));

  it("takes pairs, records, maps and other params", () =>
    expectSame(`
      const given = [[["a", 1], ["b", null]], { x: 1, y: undefined, é: [1, 2] }, new Map([["m", "n"]]),
        new URLSearchParams("p=q"), 5, undefined, [], new Set([["s", "t"]])];
      return given.map((init) => String(new URLSearchParams(init)))`));

  it("refuses what isn't a list of pairs", () =>
    expectSameForAll([[["a"]], [["a", "b", "c"]], [1], ["ab"], [null]], "return String(new URLSearchParams(input))"));

  it("gets, sets, deletes, tests and sorts", () =>
    expectSame(`
      const params = new URLSearchParams("b=1&a=2&b=3&a=4&é=5");
      const seen = [params.get("b"), params.get("none"), params.getAll("a"), params.has("a"), params.has("a", "4"),
        params.has("a", "9")];
      params.set("a", "new");
      params.set("z", 1);
      seen.push(String(params));
      params.delete("b", "3");
      seen.push(String(params));
      params.append("\\uffff", "x");
      params.append("\\u{1f600}", "y");
      params.sort();
      seen.push(String(params), params.size);
      return seen`));

  it("iterates live, with the iterators of the web", () =>
    expectSame(`
      const params = new URLSearchParams("a=1&b=2&c=3");
      const seen = [];
      for (const [name] of params) {
        seen.push(name);
        if (name === "a") params.delete("a");
      }
      const iterator = params.entries();
      params.forEach(function (value, name, self) { seen.push(value, name, self === params, this.x) }, { x: 1 });
      return [seen, [...params.keys()], [...params.values()], iterator[Symbol.iterator]() === iterator,
        Object.prototype.toString.call(iterator), Object.prototype.toString.call(params), iterator.next(),
        URLSearchParams.prototype[Symbol.iterator] === URLSearchParams.prototype.entries,
        Object.fromEntries(params)]`));

  it("needs its arguments", () =>
    expectSameForAll(["append", "set"], "return new URLSearchParams()[input]('only one')"));
});
