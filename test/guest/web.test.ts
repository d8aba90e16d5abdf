import { describe, expect, it } from "vitest";
import { expectSameForAll, machine } from "./both.ts";
import { bundleText, WebMachine } from "./web-machine.ts";

const INTERFACES = [
  "AbortController",
  "AbortSignal",
  "CustomEvent",
  "Event",
  "EventTarget",
  "TextDecoder",
  "TextEncoder",
  "URL",
  "URLSearchParams",
  "crypto",
  "performance",
  "structuredClone",
];

describe("the web in the machine", () => {
  it("consists of these globals and no more", async () => {
    const guest = await WebMachine.create();
    const bare = guest.evaluate(
      `Object.getOwnPropertyNames(globalThis).filter((name) => name !== "__web")`,
    ) as string[];
    for (const name of [...INTERFACES, "atob", "btoa", "queueMicrotask", "DOMException"]) expect(bare).toContain(name);
    for (const name of ["fetch", "process", "require", "navigator", "Headers", "Blob", "window", "self", "document"]) {
      expect(bare).not.toContain(name);
    }
  });

  it("is not enumerable, and can be replaced", async () => {
    const guest = await machine();
    for (const name of INTERFACES) {
      expect(
        guest.run(`const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, "${name}");
          return [writable, enumerable, configurable]`),
      ).toEqual([true, false, true]);
    }
  });

  it("asks nothing of the host while it is installed", async () => {
    const guest = await WebMachine.create();
    expect(
      guest.run(`
        const asked = [];
        const host = new Proxy({}, { get: (_, name) => asked.push(name) });
        __web.installWeb(host);
        return asked`),
    ).toEqual([]);
  });

  it("stays small", () => {
    expect(bundleText.length).toBeLessThan(32_000);
  });
});

describe("crypto", () => {
  it("makes version 4 UUIDs from the host's bytes", async () => {
    const guest = await machine();
    expect(guest.run("return crypto.randomUUID()")).toBe("0b30557a-9fc4-490e-b358-7da2c7ec1136");
  });

  it("fills exactly the view it is given", async () => {
    const guest = await machine();
    expect(
      guest.run(`const bytes = new Uint8Array(8); const view = bytes.subarray(2, 4);
        return [crypto.getRandomValues(view) === view, [...bytes], [...crypto.getRandomValues(new Uint16Array(1))]]`),
    ).toEqual([true, [0, 0, 11, 48, 0, 0, 0, 0], [0x300b]]);
  });

  it("refuses what Node refuses, by the same names", () =>
    expectSameForAll(
      [
        "new Float32Array(1)",
        "new DataView(new ArrayBuffer(1))",
        "new Uint8Array(65537)",
        "new Uint32Array(16385)",
        "new Uint8Array(65536)",
        "new BigInt64Array(1)",
        "new Uint8ClampedArray(1)",
        "new Uint8Array(0)",
      ],
      "return crypto.getRandomValues(Function('return ' + input)()).length",
    ));

  it("has no subtle", async () => {
    expect((await machine()).run("return [String(crypto), crypto.subtle === undefined]")).toEqual([
      "[object Crypto]",
      true,
    ]);
  });
});

describe("performance", () => {
  it("counts milliseconds since the run started", async () => {
    const guest = await WebMachine.create();
    const read = "return [performance.now(), performance.timeOrigin, new Event('x').timeStamp]";
    expect(guest.run(read)).toEqual([0, 1000, 0]);
    guest.advance(25);
    expect(guest.run(read)).toEqual([25, 1000, 25]);
    expect(guest.run("return [performance, String(performance)]")).toEqual([
      { timeOrigin: 1000 },
      "[object Performance]",
    ]);
  });
});

describe("queueMicrotask", () => {
  it("runs callbacks in order, and one that throws breaks nothing", async () => {
    const guest = await WebMachine.create();
    expect(
      guest.run(`
        const seen = [];
        queueMicrotask(() => seen.push(1));
        queueMicrotask(() => { throw new Error("thrown") });
        queueMicrotask(() => seen.push(2));
        await null;
        await null;
        return seen`),
    ).toEqual([1, 2]);
    expect(String(guest.thrown)).toContain("thrown");
    expect(guest.run("return 5")).toBe(5);
  });

  it("refuses what isn't a function", () => expectSameForAll([5, null], "queueMicrotask(input)"));
});
