import { describe, expect, test } from "vitest";
import { createSandbox, type HostWrite, hostObject } from "../../src/index.ts";
import { USER } from "./user-object.ts";

const KEY = new Uint8Array(32).fill(3);

function world() {
  const told: HostWrite[] = [];
  const user = hostObject({
    properties: USER,
    onWrite: (write) => void told.push(write),
    tools: { greet: (word: string) => `${word}, Ada` },
  });
  const sandbox = createSandbox({ globals: { app: { user, version: 1 } }, snapshotKey: KEY });
  return { sandbox, told, user };
}

describe("a host object in a session", () => {
  test("is the same object in all runs, and each run tells its own writes", async () => {
    const { sandbox, told, user } = world();
    const session = sandbox.session();
    const first = await session.run("const kept = app.user; kept.age = 20; kept.tags = ['a']");
    const second = await session.run(
      "kept.age++; [kept === app.user, kept.age, kept.tags, await kept.greet('Hello'), app.version]",
    );
    expect(first.mutations).toMatchObject([{ after: 20 }, { after: ["a"] }]);
    expect(second).toMatchObject({
      value: [true, 21, ["a"], "Hello, Ada", 1],
      mutations: [{ object: "app.user", property: "age", before: 20, after: 21 }],
    });
    expect(told.map(({ after }) => after)).toEqual([20, ["a"], 21]);
    expect(user.get("age")).toBe(21);
    const third = await session.run("try { kept.age = 3 } catch (error) { error.message }\napp.user.id = 8");
    expect(third).toMatchObject({ error: { message: "Property app.user.id is read-only and cannot be modified" } });
    await sandbox.close();
  });

  test("has the values of the moment when a run starts, whoever wrote them", async () => {
    const { sandbox } = world();
    const session = sandbox.session();
    await session.run("const kept = app.user; kept.age = 20");
    await sandbox.run("app.user.age = 30");
    expect(await session.run("kept.age++; kept.age")).toMatchObject({
      value: 31,
      mutations: [{ before: 30, after: 31 }],
    });
    await sandbox.close();
  });

  test("comes anew with a run, in the place of another one", async () => {
    const { sandbox } = world();
    const session = sandbox.session();
    const extra = hostObject({ properties: { a: { value: 1, writable: true } } });
    const other = hostObject({ properties: { b: { value: 2, writable: true } } });
    expect(await session.run("const old = extra; extra.a = 5; extra.a", { globals: { extra } })).toMatchObject({
      value: 5,
    });
    // It is not among the objects of this run any more: nothing can be written to it.
    expect(await session.run("extra.a = 6")).toMatchObject({
      error: { message: "there is no such object of the host" },
      mutations: [],
    });
    const third = await session.run("extra.b = 7; [extra.b, extra.a, old.a]", { globals: { extra: other } });
    expect(third).toMatchObject({
      value: [7, undefined, 5],
      mutations: [{ object: "extra", property: "b", after: 7 }],
    });
    expect([extra.values, other.values]).toEqual([{ a: 5 }, { b: 7 }]);
    await sandbox.close();
  });

  test("outlives a session that broke everything within its reach", async () => {
    const { sandbox } = world();
    const session = sandbox.session();
    const spoil = `
      const kept = app.user;
      String.prototype.split = Object.keys = Object.defineProperty = Reflect.set = JSON.parse = () => { throw new Error("replaced") };
      globalThis.app = new Proxy({}, { get() { throw new Error("trap") } });
      Object.freeze(globalThis);
      "spoiled"`;
    expect(await session.run(spoil)).toMatchObject({ status: "completed" });
    const extra = hostObject({ properties: { a: { value: 1, writable: true } } });
    const second = await session.run("kept.age = 20; extra.a = 2; [kept.age, extra.a]", { globals: { extra } });
    expect(second).toMatchObject({ value: [20, 2], mutations: [{ object: "app.user" }, { object: "extra" }] });
    await sandbox.close();
  });

  test("goes on from a snapshot with the values that the host has then", async () => {
    const first = world();
    const session = first.sandbox.session();
    await session.run("const kept = app.user; kept.age = 20");
    const snapshot = await session.snapshot();
    await first.sandbox.close();
    const { sandbox, told } = world();
    const restored = sandbox.session({ snapshot });
    expect(await restored.run("kept.age++; kept.age")).toMatchObject({
      value: 37,
      mutations: [{ before: 36, after: 37 }],
    });
    expect(told).toHaveLength(1);
    await sandbox.close();
  });
});

test("sessions take JSX and ended runs, too", async () => {
  const { RunExit } = await import("../../src/index.ts");
  const stop = () => {
    throw new RunExit("enough", 1);
  };
  await using sandbox = createSandbox({ jsx: true, globals: { stop } });
  const session = sandbox.session();
  expect(await session.run("// one\nconst a = <A/>; a.type", { comments: true })).toMatchObject({ value: "A" });
  expect(await session.run("let b = 1; await stop(); b = 2")).toMatchObject({ exit: { name: "enough", data: 1 } });
  expect(await session.run("[a.type, b]")).toMatchObject({ value: ["A", 1] });
});
