import { describe, expect, test } from "vitest";
import type { Emission } from "../../src/engine/index.ts";
import { createRuntime, createSandbox } from "../../src/index.ts";
import type { Isolation, MachinePort } from "../../src/isolation/index.ts";
import { failureFrom, valueFrom } from "../support.ts";
import { counter } from "./streaming.ts";

/** A port whose first turn has an emission that no guest made. */
function forging(port: MachinePort, forged: Emission): MachinePort {
  return {
    onReport: () => undefined,
    post(command) {
      port.onReport = (report) => {
        if (report.type !== "turn") this.onReport(report);
        else this.onReport({ type: "turn", turn: { ...report.turn, emissions: [forged, ...report.turn.emissions] } });
      };
      port.post(command);
    },
    close: () => port.close(),
  };
}

describe("what is no stream", () => {
  const tools = {
    list: () => [1, 2],
    map: () => new Map([[1, 2]]),
    number: () => 5,
    nothing: () => null,
    text: () => "abc",
    object: () => ({ a: 1 }),
  };

  test("but a list is iterated by its members", async () => {
    const source = "return [await Array.fromAsync(tools.list()), await Array.fromAsync(tools.map())]";
    expect(await valueFrom(source, { tools })).toEqual([[1, 2], [[1, 2]]]);
    expect(await valueFrom("for await (const x of tools.list()) break; return 'on'", { tools })).toBe("on");
  });

  test.each([
    ["number", "number"],
    ["nothing", "null"],
    ["text", "string"],
    ["object", "object"],
  ])("nor a list cannot be iterated: %s", async (name, kind) => {
    expect(await failureFrom(`1;\nfor await (const part of tools.${name}()) 1`, { tools })).toMatchObject({
      code: "threw",
      name: "TypeError",
      message: `the call's answer cannot be iterated: it is neither a stream nor a list (${kind})`,
      line: 2,
    });
  });

  test("is a stream inside an answer: it cannot cross, and neither can a stream leave the program", async () => {
    const { count } = counter();
    const nested = () => ({ stream: count() });
    expect(await failureFrom("await tools.nested()", { tools: { nested } })).toMatchObject({ code: "unserializable" });
    expect(await failureFrom("return tools.count()", { tools: { count } })).toMatchObject({
      code: "unserializable",
      message: "the program's value cannot leave the program: a stream",
      hint: "read it by for await, or into a list by Array.fromAsync",
    });
  });
});

describe("the promise of a call", () => {
  test("is an ordinary promise but for being iterable", async () => {
    const source = `
      const call = tools.add(1, 2);
      const then = call.then((x) => x);
      return [
        call instanceof Promise, call.constructor === Promise, Object.getPrototypeOf(then) === Promise.prototype,
        Promise.resolve(call) === call, Object.prototype.toString.call(call), Reflect.ownKeys(call),
        await call, await then, Symbol.asyncIterator in Promise.prototype]`;
    expect(await valueFrom(source, { tools: { add: (a: number, b: number) => a + b } })).toEqual([
      ...[true, true, true, true, "[object Promise]", []],
      ...[3, 3, false],
    ]);
  });

  test("lets no guest make streams or forge parts of them", async () => {
    const { count } = counter();
    const source = `
      const stream = await tools.count(), call = tools.count(), parts = call[Symbol.asyncIterator]();
      const constructors = [stream, parts].map((made) => made.constructor === Object);
      let foreign; try { Object.getPrototypeOf(stream).next.call({}).catch(() => 0) } catch (e) { foreign = e.name }
      for await (const part of parts) break;
      return [constructors, foreign]`;
    expect(await valueFrom(source, { tools: { count } })).toEqual([[true, true], undefined]);
  });

  test("is not what a part can be asked for under: a machine that forges an id is refused", async () => {
    const runtime = createRuntime();
    const isolation: Isolation = {
      engineId: runtime.isolation.engineId,
      async open(need) {
        const port = await runtime.isolation.open(need);
        return forging(port, { type: "pull", id: 90, call: 7 });
      },
      stats: () => runtime.isolation.stats(),
      close: () => runtime.isolation.close(),
    };
    await using sandbox = createSandbox({ runtime: { ...runtime, isolation } });
    expect(await sandbox.run("return 1")).toMatchObject({
      error: {
        code: "machine_crashed",
        message: expect.stringContaining("a part of the call 7 was asked for out of turn"),
      },
    });
  });

  test("streams into a program that broke its own world", async () => {
    const { count } = counter();
    const source = `
      const no = () => { throw new Error("patched") };
      const { asyncIterator } = Symbol;
      for (const name of ["then", "catch", "finally"]) Promise.prototype[name] = no;
      for (const key of ["next", "done", "value", "resolve", "call", "0"]) {
        Object.defineProperty(Object.prototype, key, { __proto__: null, set: no, get: no, configurable: true });
      }
      Promise.resolve = Promise.reject = no;
      Object.getPrototypeOf(async function* () {}).prototype.next = no;
      Object.getPrototypeOf([][Symbol.iterator]()).next = no;
      let sum = 0;
      for await (const part of tools.count()) sum += part;
      return sum`;
    expect(await valueFrom(source, { tools: { count } })).toBe(6);
  });
});
