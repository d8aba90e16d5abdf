import { describe, expect, test } from "vitest";
import { defineTool, type HostWrite, hostObject, Omitted } from "../../src/index.ts";
import { ISOLATIONS } from "../contract/loopback.ts";
import { sleep } from "../support.ts";

import { attempts, sandboxWithUser, USER } from "./user-object.ts";

describe.each(ISOLATIONS)("a host object, %s", (_name, makeRuntime) => {
  const { run, sandbox, value } = sandboxWithUser(makeRuntime());

  test("is read like any object", async () => {
    const source = `return [user.name, user.nope, "id" in user, Object.keys(user), { ...user }, JSON.stringify(user.tags),
      Object.isSealed(user), user.tags.map((tag) => typeof tag), user.tags === user.tags, structuredClone(user.tags), user]`;
    const all = { name: "Ada", age: 36, tags: ["a", { deep: [1] }], id: 7 };
    const [tags] = [all.tags];
    expect(await value(source)).toEqual([
      ...["Ada", undefined, true, ["name", "age", "tags", "id"], all],
      ...['["a",{"deep":[1]}]', true, ["string", "object"], true, tags, all],
    ]);
  });

  test("takes what fits, and lists it as mutations", async () => {
    const user = hostObject({ properties: USER });
    const source =
      "user.name = 'Bob'; user.age += 1; user.age = 37; user.tags = [...user.tags, 'b']; return user.name + user.age";
    const outcome = await sandbox.run(source, { globals: { user } });
    expect(outcome).toMatchObject({ value: "Bob37", usage: { writes: 3 } });
    const tags = ["a", { deep: [1] }];
    expect(outcome.mutations).toEqual([
      { object: "user", property: "name", before: "Ada", after: "Bob" },
      { object: "user", property: "age", before: 36, after: 37 },
      { object: "user", property: "tags", before: tags, after: [...tags, "b"] },
    ]);
    expect(user.values).toEqual({ name: "Bob", age: 37, tags: [...tags, "b"], id: 7 });
    expect(user.get("name")).toBe("Bob");
  });

  test("refuses what does not fit at the assignment, which goes on with the value that was", async () => {
    const seen = await value(
      attempts(
        "user.age = 12",
        "user.age = '30'",
        "user.name = ''",
        "user.id = 8",
        "user.id = 7",
        "user.nope = 1",
        "user.tags = new Map()",
        "user.tags = [new Date(0)]",
        "user.tags = { call() {} }",
        "user.tags = user.tags.self = 1",
        "seen.push(user.age, user.name)",
      ),
    );
    expect(seen).toEqual([
      "TypeError: Invalid value for property user.age: expected at least 18, got 12 (number)",
      'TypeError: Invalid value for property user.age: expected an integer, got "30" (string)',
      'TypeError: Invalid value for property user.name: expected at least 1 characters, got "" (string)',
      "TypeError: Property user.id is read-only and cannot be modified",
      "TypeError: Property user.id is read-only and cannot be modified",
      "TypeError: Cannot add property user.nope: the object is not extensible",
      "TypeError: Invalid value for property user.tags: only plain objects, arrays and primitives are kept",
      "TypeError: Invalid value for property user.tags: only plain objects, arrays and primitives are kept",
      "TypeError: Invalid value for property user.tags: a function at call is no plain data",
      "TypeError: The value of user.tags is a copy and cannot be changed: assign a new value to user.tags",
      ...[36, "Ada", "fine"],
    ]);
  });

  test("loses nothing silently: changes inside a value throw, in sloppy code too", async () => {
    const changes = [
      ...["user.tags.push('b')", "user.tags[0] = 'b'", "user.tags.length = 0", "user.tags[1].deep = 2"],
      ...["user.tags.sort()", "user.tags[1].more = 1", "delete user.tags[1].deep", "user.tags.reverse()"],
      ...["Object.assign(user.tags[1], { deep: 3 })", "Object.defineProperty(user.tags, 0, { value: 1 })"],
      "Object.setPrototypeOf(user.tags, null)",
    ];
    const seen = (await value(attempts(...changes, "seen.push(user.tags)"))) as unknown[];
    const thrown = "TypeError: The value of user.tags is a copy and cannot be changed: assign a new value to user.tags";
    expect(seen).toEqual([...changes.map(() => thrown), ["a", { deep: [1] }], "fine"]);
  });

  test("cannot be changed in its shape, nor replaced", async () => {
    const seen = await value(
      attempts(
        "delete user.name",
        "Object.defineProperty(user, 'name', { value: 1 })",
        "Object.setPrototypeOf(user, {})",
        "user = {}",
        "globalThis.user = {}",
        "user[Symbol.iterator] = 1",
        "Object.freeze(user)",
        "Object.assign(user, { name: 'Eve', id: 9 })",
      ),
    );
    expect(seen).toEqual([
      "TypeError: Property user.name cannot be deleted",
      "TypeError: Property user.name cannot be redefined: assign to it",
      "TypeError: The prototype of user cannot be changed",
      "TypeError: user is an object of the host and cannot be replaced",
      "TypeError: user is an object of the host and cannot be replaced",
      "TypeError: Cannot add property user[symbol]: the object is not extensible",
      "TypeError: Property user.name cannot be redefined: assign to it",
      "TypeError: Property user.id is read-only and cannot be modified",
    ]);
    expect(
      await value("const user2 = Object.create(user); user2.name = 'own'; return [user2.name, user.name]"),
    ).toEqual(["own", "Ada"]);
  });

  test("keeps a copy: what the program changes afterwards it has not written", async () => {
    const source =
      "const list = [1]; user.tags = list; list.push(2); const same = user.tags; user.tags = same; return user.tags";
    const outcome = await run(source);
    expect(outcome).toMatchObject({ value: [1], mutations: [{ after: [1] }] });
  });

  test("says where a wrong assignment stands", async () => {
    const outcome = await run("function birthday() {\n  user.age = 41;\n}\nbirthday();");
    expect(outcome).toMatchObject({ error: { code: "threw", name: "TypeError", line: 2, column: 3 }, mutations: [] });
    const { stack } = (outcome as { error: { stack: string } }).error;
    expect(stack).toBe("    at birthday (program.js:2:3)\n    at <anonymous> (program.js:4:1)");
  });

  test("keeps what was written when the program fails afterwards, or is killed", async () => {
    const user = hostObject({ properties: USER });
    const outcome = await sandbox.run("user.name = 'Bob'; user.age = 0", { globals: { user } });
    expect(outcome).toMatchObject({ status: "failed", mutations: [{ property: "name", after: "Bob" }] });
    expect(user.values).toMatchObject({ name: "Bob", age: 36 });
    const killed = await sandbox.run("user.age = 20; while (true) {}", { globals: { user }, limits: { cpuMs: 50 } });
    expect(killed).toMatchObject({ error: { code: "cpu_limit" }, mutations: [{ before: 36, after: 20 }] });
  });

  test("holds undefined, null and numbers that JSON cannot say", async () => {
    const user = hostObject({
      properties: { a: { writable: true }, b: { value: null, writable: true }, c: { value: Number.NaN } },
    });
    const source =
      "const seen = { ...user }; user.a = -0; user.b = undefined; user.b = [undefined, 1n]; return [seen, user.b]";
    const outcome = await sandbox.run(source, { globals: { user } });
    expect(outcome).toMatchObject({ value: [{ a: undefined, b: null, c: Number.NaN }, [undefined, 1n]] });
    expect(outcome.mutations?.map(({ after }) => after)).toEqual([-0, undefined, [undefined, 1n]]);
  });

  test("reaches its owner write by write, before the next call starts", async () => {
    const told: unknown[] = [];
    const onWrite = ({ property, before, after }: HostWrite) => void told.push([property, before, after]);
    const look = defineTool({ run: (input) => told.push(input) });
    const user = hostObject({ properties: USER, onWrite });
    const source =
      "user.age = 20; const call = look('one'); user.age = 21; await call; user.age = 22; await look('two')";
    await sandbox.run(source, { globals: { user, look } });
    // A call starts when the program has nothing else to do.
    expect(told).toEqual([["age", 36, 20], ["age", 20, 21], "one", ["age", 21, 22], "two"]);
  });

  test("has functions beside its properties, which are tools", async () => {
    const user = hostObject({ properties: USER, tools: { greet: (word: string) => `${word}, Ada` } });
    const app = { user };
    const outcome = await sandbox.run("app.user.age = 20; return [await app.user.greet('Hello'), app]", {
      globals: { app },
    });
    expect(outcome).toMatchObject({
      value: ["Hello, Ada", { user: { age: 20, id: 7 } }],
      calls: [{ tool: "app.user.greet", input: ["Hello"] }],
      mutations: [{ object: "app.user", property: "age" }],
    });
  });

  test("is told in events among the others, in order", async () => {
    const run = sandbox.start("user.age = 20; console.log('hi'); user.age = 21", {
      globals: { user: hostObject({ properties: USER }) },
    });
    const events = [];
    for await (const event of run) events.push(event);
    expect(events).toMatchObject([
      { type: "write", object: "user", property: "age", before: 36, after: 20 },
      { type: "log" },
      { type: "write", before: 20, after: 21 },
    ]);
  });

  test("given to runs at the same time shows each its own values", async () => {
    const told: HostWrite[] = [];
    const user = hostObject({ properties: USER, onWrite: (write) => void told.push(write) });
    const wait = (ms: number) => sleep(ms);
    const source = (age: number) => `user.age = ${age}; await wait(20); const seen = user.age; user.age++; return seen`;
    const outcomes = await Promise.all([20, 30].map((age) => sandbox.run(source(age), { globals: { user, wait } })));
    expect(outcomes).toMatchObject([
      {
        value: 20,
        mutations: [
          { before: 36, after: 20 },
          { before: 20, after: 21 },
        ],
      },
      {
        value: 30,
        mutations: [
          { before: 36, after: 30 },
          { before: 30, after: 31 },
        ],
      },
    ]);
    for (const { runId, mutations } of outcomes) {
      const own = told.filter((write) => write.runId === runId);
      expect(own.map(({ after }) => after)).toEqual(mutations?.map(({ after }) => after));
    }
    expect([21, 31]).toContain(user.get("age"));
    const next = await sandbox.run("user.age", { globals: { user } });
    expect(next).toMatchObject({ value: user.get("age"), mutations: [] });
  });

  test("takes no more writes than the limit, and no larger ones", async () => {
    const source = "let n = 0; try { for (;;) user.tags = n++ } catch (error) { return [n, error.message] }";
    const limited = await run(source, USER, { limits: { writes: 5 } });
    expect(limited).toMatchObject({
      value: [6, "the run wrote to objects of the host more than 5 times"],
      usage: { writes: 5 },
    });
    const large = await run("user.tags = 'x'.repeat(1000)", USER, { limits: { toolInputBytes: 500 } });
    expect(large).toMatchObject({
      error: { message: "Invalid value for property user.tags: it is larger than 500 bytes" },
    });
    const many =
      "let n = 0; try { for (;;) { user.tags = 'x'.repeat(1_000_000 + n); n++ } } catch (error) { return [n > 10, error.message] }";
    expect(await value(many)).toEqual([
      true,
      "what was written since the last wait is larger than 16777216 bytes together",
    ]);
  });

  test("lets go of old values where many are kept, and says so", async () => {
    const source = "for (const c of 'abcd') user.tags = c.repeat(300)";
    const outcome = await run(source, USER, { limits: { recordBytes: 1000 } });
    expect(outcome.mutations).toHaveLength(4);
    expect(outcome.mutations?.[0]?.after).toBeInstanceOf(Omitted);
    expect(outcome.mutations?.[3]?.after).toBe("d".repeat(300));
    expect(outcome.warnings).toMatchObject([
      { code: "records_omitted", message: "the values of 3 writes were not kept" },
    ]);
  });

  test("whose owner fails ends the run there: no later write and no call happens", async () => {
    const told: unknown[] = [];
    const onWrite = ({ after }: HostWrite) => {
      if (after === "Quebec") throw new RangeError("Invalid city Quebec");
      told.push(after);
    };
    const user = hostObject({
      properties: { city: { writable: true } },
      onWrite,
      tools: { save: () => told.push("saved") },
    });
    const source =
      "user.city = 'Oslo';\ntry {\n  user.city = 'Quebec'; user.city = 'Rome'\n} catch {}\nawait user.save()";
    const outcome = await sandbox.run(source, { globals: { user } });
    expect(outcome).toMatchObject({
      error: { code: "tool_failed", name: "RangeError", message: "Invalid city Quebec", line: 3 },
      mutations: [{ after: "Oslo" }, { after: "Quebec" }],
    });
    expect(told).toEqual(["Oslo"]);
  });

  test("whose owner fails later ends the run then", async () => {
    const onWrite = async () => Promise.reject(new Error("disk full"));
    const user = hostObject({ properties: USER, onWrite });
    const outcome = await sandbox.run("user.age = 20; await wait()", { globals: { user, wait: () => sleep(5000) } });
    expect(outcome).toMatchObject({ error: { code: "tool_failed", message: "disk full" } });
  });
});
