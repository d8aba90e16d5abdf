import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectSame, expectSameForAll, machine } from "./both.ts";
import { SETTER_URLS, SETTER_VALUES, URLS } from "./url-inputs.ts";

const PARTS = `["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search",
  "hash"]`;
const READ = `const url = new URL(...[input].flat());
  return [...${PARTS}.map((part) => url[part]), String(url), JSON.stringify(url), [...url.searchParams]]`;

describe("URL", () => {
  it("parses tricky URLs as Node does", () => expectSameForAll(URLS, READ));

  it("says of each whether it can be parsed", () => expectSameForAll(URLS, "return URL.canParse(...[input].flat())"));

  it("sets every part as Node does", async () => {
    const parts = [
      "protocol",
      "username",
      "password",
      "host",
      "hostname",
      "port",
      "pathname",
      "search",
      "hash",
      "href",
    ];
    const cases = SETTER_URLS.flatMap((url) =>
      SETTER_VALUES.flatMap((value) => parts.map((part) => [url, part, value] as const)),
    );
    // Node 20 keeps older rules for ports without digits and for giving a host to a URL that has none.
    const older = ([url, part, value]: readonly [string, string, string]) =>
      (part === "port" && !/^\d*$/.test(value)) || (url === "foo:/p" && part.startsWith("host"));
    await expectSameForAll(
      cases.filter((one) => !older(one)),
      "const url = new URL(input[0]); url[input[1]] = input[2]; return [url.href, [...url.searchParams]]",
    );
  });

  it("parses whatever is put together from the pieces of URLs as Node does", async () => {
    const pieces =
      "http: https: file: foo: mailto: // / \\ ? # @ : . .. %2e % %41 [::1] 1.2.3.4 0x1f a.b C: C| é ß ☃ x = & ~ ' \t"
        .split(" ")
        .concat(" ");
    const texts = fc.sample(
      fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join("")),
      { numRuns: 3000, seed: 7 },
    );
    // Node 20 keeps the older rule for blanks at the end of opaque paths.
    const usable = texts.filter((text) => !/^[^/]* [\t]*[?#]/.test(text.trim()));
    await expectSameForAll(usable, READ);
    await expectSameForAll(
      usable.map((text) => [text, "http://u@h:8/a/b?c#d"]),
      READ,
    );
    await expectSameForAll(
      usable.map((text) => [text, "file:///C:/x/y?z"]),
      READ,
    );
  });

  it("sets hosts and ports by today's standard", async () => {
    const guest = await machine();
    const set = (url: string, part: string, value: string) =>
      guest.run(`const url = new URL("${url}"); url.${part} = "${value}"; return url.href`);
    expect(set("https://h:8443/", "port", "a80")).toBe("https://h:8443/");
    expect(set("https://h:8443/", "port", "99a")).toBe("https://h:99/");
    expect(set("foo:/p", "host", "h:80")).toBe("foo://h:80/p");
    expect(set("foo:/p", "hostname", "")).toBe("foo:///p");
    expect(set("foo://h/p", "host", ":80")).toBe("foo://h/p");
  });

  it("keeps search and searchParams in step", () =>
    expectSame(`
      const url = new URL("https://h/?a=1&b=2");
      const params = url.searchParams;
      const seen = [params === url.searchParams];
      params.append("c", "ü &");
      seen.push(url.href);
      params.delete("a");
      seen.push(url.search);
      url.search = "?z=9&z=8";
      seen.push(params.getAll("z"), params.size);
      url.href = "https://other/?k=v";
      seen.push(String(params));
      params.delete("k");
      seen.push(url.href);
      url.search = "??x";
      seen.push([...params], url.href);
      return seen`));

  it("looks like a class of the web", () =>
    expectSame(`
      const url = new URL("https://h/p");
      const href = Object.getOwnPropertyDescriptor(URL.prototype, "href");
      return [url instanceof URL, Object.prototype.toString.call(url), URL.name, URL.length, typeof URL,
        Object.keys(url), href.enumerable, href.configurable, url.constructor === URL, \`\${url}\`,
        Object.getOwnPropertyDescriptor(globalThis, "URL").enumerable,
        Object.keys(URL.prototype).sort(), class Sub extends URL {}.name, new (class Sub extends URL {})("a:b").href]`));

  it("throws a TypeError that shows what is wrong", async () => {
    const guest = await machine();
    expect(guest.run(`try { new URL("nonsense") } catch (error) { return [error.name, error.message] }`)).toEqual([
      "TypeError",
      'Invalid URL: "nonsense"',
    ]);
    await expectSameForAll(
      ["URL('http://a')", "new URL()", "URL.prototype.href", "new URL(Symbol())"],
      "return Function('return ' + input)()",
    );
  });

  it("parses without throwing if asked to", async () => {
    const guest = await machine();
    expect(guest.run(`return [URL.parse("x"), URL.parse("x", "http://h/").href]`)).toEqual([null, "http://h/x"]);
  });

  it("encodes a blank at the end of an opaque path, as the standard has it since 2025", async () => {
    const guest = await machine();
    expect(guest.run(`return new URL("data:a  #x").href`)).toBe("data:a %20#x");
  });
});
