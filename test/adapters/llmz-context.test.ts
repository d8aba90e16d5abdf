import { describe, expect, test } from "vitest";
import type { LlmzContext } from "../../src/adapters/llmz/index.ts";
import { listing, marked, run, told } from "./llmz-running.ts";

describe("V11 to V27: the context", () => {
  const everything = () => ({ n: 1, text: "a", yes: true, deep: { more: "b" }, list: [1, { two: 2 }], none: null });

  test("V11: is read as it is", async () => {
    const mine = everything();
    const { return_value, traces } = await run("const text = JSON.stringify(mine); console.log(text); return text", {
      mine,
    });
    expect(return_value).toBe(JSON.stringify(mine));
    expect(told(traces)).toEqual([{ type: "log", message: JSON.stringify(mine), args: [] }]);
  });

  test("V12: is what the program left, in the same objects", async () => {
    const mine = { ...everything(), gone: undefined as undefined | number };
    const { deep, list } = mine;
    const code =
      "mine.n += 10; mine.text += '!'; mine.yes = !mine.yes; mine.deep.more = 'c'; mine.list.push(3); delete mine.gone; return mine";
    const { context, return_value } = await run(code, { mine });
    expect(return_value).toEqual(context.mine);
    expect(context.mine).toBe(mine);
    expect(mine).toEqual({ n: 11, text: "a!", yes: false, deep, list, none: null });
    expect([deep, list]).toEqual([{ more: "c" }, [1, { two: 2 }, 3]]);
    expect("gone" in mine).toBe(false);
  });

  test("V13: takes assignments to whole variables, which are not the program's own", async () => {
    const { context, variables } = await run("user.name = 'John'; list.push(4); number = 102;", {
      user: { name: "Ada" },
      list: [1, 2, 3],
      number: 1,
    });
    expect(context).toEqual({ user: { name: "John" }, list: [1, 2, 3, 4], number: 102 });
    expect(variables).toEqual({});
  });

  test("V14: keeps what was written before a failure", async () => {
    const { context, success } = await run("count = 2;\nuser.name = 'Eve';\nthrow new Error('late')", {
      count: 1,
      user: { name: "Ada" },
    });
    expect({ success, context }).toEqual({ success: false, context: { count: 2, user: { name: "Eve" } } });
  });

  test("V15: takes what a function writes, also one with a parameter of the same name", async () => {
    const code =
      "function rename(user) { user.name = 'Bob'; user = null; }\nrename(user);\nfunction fail(user) { throw user }\nfail(1)";
    const { context } = await run(code, { user: { name: "Ada" } });
    expect(context).toEqual({ user: { name: "Bob" } });
  });

  test("V16 and V17: a sealed object takes no new properties and loses none", async () => {
    const sealed = () => ({ user: Object.seal({ name: "Ada" }) });
    const added = await run("user.age = 1", sealed());
    expect(added.error?.message).toMatch(/object is not extensible/);
    const deleted = await run("delete user.name", sealed());
    expect(deleted.success).toBe(false);
    expect([added.context, deleted.context]).toEqual([{ user: { name: "Ada" } }, { user: { name: "Ada" } }]);
  });

  test("V18 to V20: a non-extensible object may be changed and emptied, not extended", async () => {
    const closed = () => ({ user: Object.preventExtensions({ name: "Ada" }) });
    expect((await run("user.name = 'John'; return user", closed())).return_value).toEqual({ name: "John" });
    const added = await run("user.age = 1", closed());
    expect({ success: added.success, user: added.context.user }).toEqual({ success: false, user: { name: "Ada" } });
    const emptied = await run("delete user.name; return user", closed());
    expect({ value: emptied.return_value, user: emptied.context.user }).toEqual({ value: {}, user: {} });
  });

  test("V21: properties that hold nothing can be assigned", async () => {
    const user = Object.seal({ age: undefined as unknown, city: null as unknown });
    await run("user.age = 33; user.city = 'Quebec'", { user });
    expect(user).toEqual({ age: 33, city: "Quebec" });
  });

  test("V22: accessors of an object are set on the host", async () => {
    const origin = { age: 30, city: "Oslo" };
    const user = Object.seal({
      origin: "kept",
      get age() {
        return origin.age;
      },
      set age(age) {
        origin.age = age;
      },
      get city() {
        return origin.city;
      },
      set city(city) {
        origin.city = city;
      },
    });
    const { return_value } = await run("user.age += 3; user.city = 'Quebec'; return [user.age, user.origin]", { user });
    expect({ return_value, origin }).toEqual({ return_value: [33, "kept"], origin: { age: 33, city: "Quebec" } });
  });

  const refusing = (seen: string[]) => ({
    get city() {
      return seen.at(-1) ?? "none";
    },
    set city(city: string) {
      if (seen.length === 2) throw new Error(`Invalid city ${city}`);
      seen.push(city);
    },
  });
  const cities = (name: string) =>
    `for (const next of ["1", "2", "3", "4"]) {\n  ${name} = next;\n  console.log(next);\n}\nawait after();`;

  test("V23 and V24: a setter that throws ends the run there, of an object as of the context itself", async () => {
    for (const [name, context, seen] of [
      ((seen: string[]) => ["user.city", { user: refusing(seen) }, seen] as const)([]),
      ((seen: string[]) => ["city", refusing(seen), seen] as const)([]),
    ]) {
      const called: unknown[] = [];
      const withTool = Object.defineProperty(context as LlmzContext, "after", {
        value: () => called.push("after"),
        enumerable: true,
      });
      const { error, traces } = await run(cities(name), withTool);
      expect(error?.message).toBe("Invalid city 3");
      expect(marked(listing(error))).toEqual([2]);
      expect({ seen, called }).toEqual({ seen: ["1", "2"], called: [] });
      expect(told(traces).filter(({ type }) => type === "log")).toMatchObject([{ message: "1" }, { message: "2" }]);
    }
  });

  test("V25: objects have functions beside data", async () => {
    const greeter = { word: "Hello", greet: async (name: string) => `property:Hello ${name}` };
    const { context, return_value } = await run("greeter.word = 'Bye'; return await greeter.greet('World')", {
      greeter,
    });
    expect(return_value).toBe("property:Hello World");
    expect(context.greeter).toBe(greeter);
    expect(greeter).toMatchObject({ word: "Bye", greet: expect.any(Function) });
  });

  test("V26: an object is assigned from what a tool answered", async () => {
    const { context } = await run("state = { ...state, message: await ask() }", {
      state: { name: "unset" },
      ask: async () => "fine",
    });
    expect(context.state).toEqual({ message: "fine", name: "unset" });
  });

  test("V27: names of the context can be declared anew", async () => {
    const context = { a: 1, b: 2, c: 3, d: 4, e: 5 };
    const { return_value, variables } = await run(
      "const a = 10; let b = 20; var c = 30;\nd = 40;\nreturn a + b + c + d + e",
      context,
    );
    expect(return_value).toBe(105);
    expect(variables).toEqual({ a: 10, b: 20, c: 30 });
    expect(context).toEqual({ a: 1, b: 2, c: 3, d: 40, e: 5 });
  });
});
