import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRuntime, createSandbox, hostObject, type Runtime } from "../../src/index.ts";
import type { MachinePort } from "../../src/isolation/index.ts";
import { ISOLATIONS } from "../contract/loopback.ts";

import { attempts, sandboxWithUser, USER } from "./user-object.ts";

/** A runtime whose machines let out what a broken one might. */
function forgingRuntime(forged: object): Runtime {
  const runtime = createRuntime();
  const open: Runtime["isolation"]["open"] = async (need) => {
    const port = await runtime.isolation.open(need);
    const forging: MachinePort = {
      onReport: () => undefined,
      post(command) {
        port.onReport = (report) => {
          const emissions = report.type === "turn" ? [forged as never, ...report.turn.emissions] : [];
          this.onReport(report.type === "turn" ? { ...report, turn: { ...report.turn, emissions } } : report);
        };
        port.post(command);
      },
      close: () => port.close(),
    };
    return forging;
  };
  const { engineId } = runtime.isolation;
  const stats = () => runtime.isolation.stats();
  return { ...runtime, isolation: { engineId, open, stats, close: () => undefined } };
}

test.each([
  { object: "user", property: "id", value: "8" },
  { object: "user", property: "age", value: "3" },
  { object: "user", property: "nope", value: "1" },
  { object: "user", property: "tags", value: '~{"$date":0}' },
  { object: "user", property: "tags", value: "no JSON" },
  { object: "other", property: "age", value: "20" },
  { object: "", property: "age", value: "20" },
])("a write that skipped the check in its machine never takes effect: %o", async (forged) => {
  const told: unknown[] = [];
  const user = hostObject({ properties: USER, onWrite: (write) => void told.push(write) });
  const runtime = forgingRuntime({ type: "set", stack: "", ...forged });
  await using sandbox = createSandbox({ runtime, globals: { user } });
  expect(await sandbox.run("1")).toMatchObject({ status: "failed", error: { code: "machine_crashed" }, mutations: [] });
  expect(told).toEqual([]);
  expect(user.get("id")).toBe(7);
});

describe.each(ISOLATIONS)("a host object under attack, %s", (_name, makeRuntime) => {
  const { run, sandbox, value } = sandboxWithUser(makeRuntime());

  test("is not fooled by a program that changed its world", async () => {
    const source = `
      let planted = 0;
      const trap = { __proto__: null, get() { planted++ }, set() { planted++ }, configurable: true };
      const { defineProperty } = Object;
      const keys = ["get", "set", "value", "writable", "enumerable", "0", "age", "target", "self", "name", "message", "stack"];
      for (const key of keys) defineProperty(Object.prototype, key, trap);
      const replaced = () => { throw new Error("replaced") };
      Array.prototype[Symbol.iterator] = Object.is = Object.hasOwn = Reflect.set = Object.defineProperty = replaced;
      JSON.stringify = JSON.parse = Object.freeze = Object.keys = Proxy = replaced;
      const seen = { __proto__: null };
      try { user.age = 12 } catch (error) { seen.invalid = error.message }
      try { user.age = 20; user.id = 1 } catch (error) { seen.readOnly = error.message }
      user.tags = [[1], { a: 2 }];
      const planting = planted;
      return { __proto__: null, planting, invalid: seen.invalid, readOnly: seen.readOnly, old: user.age, id: user.id }`;
    const outcome = await run(source);
    expect(outcome).toMatchObject({
      value: {
        planting: 0,
        invalid: "Invalid value for property user.age: expected at least 18, got 12 (number)",
        readOnly: "Property user.id is read-only and cannot be modified",
        old: 20,
        id: 7,
      },
    });
    expect(outcome.mutations).toMatchObject([{ after: 20 }, { after: [[1], { a: 2 }] }]);
  });

  test("takes proxies and getters for what they show once", async () => {
    const seen = (await value(
      attempts(
        "let n = 0; user.tags = { get n() { return ++n } }; seen.push(user.tags, n)",
        "user.tags = new Proxy({}, { ownKeys() { throw new Error('no keys') } })",
        "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); user.tags = proxy",
        "user.tags = { toJSON: () => ({ own: 1 }) }; seen.push(user.tags)",
        "const cycle = {}; cycle.cycle = cycle; user.tags = cycle",
        "let deep = 1; for (let i = 0; i < 2000; i++) deep = [deep]; user.tags = deep",
        "let fair = 1; for (let i = 0; i < 900; i++) fair = [fair]; user.tags = fair; seen.push(user.tags.flat(Infinity))",
        "user.age = { valueOf: () => 20 }",
      ),
    )) as unknown[];
    expect(seen).toEqual([
      ...[{ n: expect.any(Number) }, expect.any(Number), "fine"],
      expect.stringMatching(/^(TypeError: Invalid value for property user.tags|Error: no keys)/),
      expect.stringMatching(/^TypeError/),
      ...[{ own: 1 }, "fine"],
      "TypeError: Invalid value for property user.tags: a cycle at cycle is no plain data",
      expect.stringMatching(/^TypeError: Invalid value for property user.tags: nested deeper than 1000 levels/),
      ...[[1], "fine"],
      "TypeError: Invalid value for property user.age: a function at valueOf is no plain data",
    ]);
  });

  test("agrees with the host about every value that was written", async () => {
    const plain = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.double(),
        fc.bigInt(),
        fc.boolean(),
        fc.constant(null),
        fc.constant(undefined),
        tie("list"),
        tie("dict"),
      ),
      list: fc.array(tie("node"), { maxLength: 4 }),
      dict: fc.dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        tie("node"),
        { maxKeys: 4 },
      ),
    })).node;
    await fc.assert(
      fc.asyncProperty(fc.array(plain, { minLength: 1, maxLength: 4 }), async (values) => {
        const user = hostObject({ properties: { it: { value: "first", writable: true } } });
        const outcome = await sandbox.run("for (const one of input) user.it = one; return user.it", {
          input: values,
          globals: { user },
        });
        if (outcome.status !== "completed") throw new Error(JSON.stringify(outcome));
        expect(outcome.value).toEqual(values.at(-1));
        expect(user.get("it")).toEqual(values.at(-1));
        let last: unknown = "first";
        for (const { after, before } of outcome.mutations ?? []) {
          expect(before).toEqual(last);
          last = after;
        }
        expect(last).toEqual(values.at(-1));
      }),
      { numRuns: 100 },
    );
  });
});
