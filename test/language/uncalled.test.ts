import { describe, expect, it } from "vitest";
import { prepare } from "../../src/language/index.ts";
import { mended, start } from "./run.ts";

describe("a function that nothing calls", () => {
  it.each<[string, string]>([
    ["a bare async arrow function", "async () => { return 1 }"],
    ["a bare arrow function with an expression", "() => 1"],
    ["a bare function in parentheses", "// run\n(async () => {\n  return 1\n});"],
    ["a bare function expression", "(async function main() { return 1 })"],
    ["a bare arrow function in TypeScript", "async (): Promise<number> => {\n  return 1\n}"],
    ["main", "const ONE = 1\nfunction helper() { return ONE }\nasync function main() { return helper() }"],
    ["main as a constant", "const main = async () => 1"],
    ["main beside waiting declarations", "const a = await Promise.resolve(1)\nfunction main() { return a }"],
    ["run", "async function run() { return 1 }\nconst other = () => 2"],
    ["the only function", "async function collect() { return 1 }"],
    [
      "the only function, which calls itself",
      "function count(input, n = 3) { return n === 0 ? 1 : count(input, n - 1) }",
    ],
    ["a strict main", "'use strict'\nfunction main() { return this === undefined ? 1 : 2 }"],
  ])("is called: %s", async (_name, source) => {
    const result = await mended(source);
    expect(result.value).toBe(1);
    expect(result.lines).toHaveLength(1);
  });

  it("gets the globals that its parameters name", async () => {
    const globals = { tools: { a: () => 20 }, input: { b: 2 } };
    expect(
      (
        await mended(
          "async function main(tools, { input }, nothing) { return tools.a() + input.b + String(nothing) }",
          globals,
        )
      ).value,
    ).toBe("22undefined");
    expect((await mended("async ({ tools, input }) => tools.a() + input.b", globals)).value).toBe(22);
  });

  it("makes the program a generator if it is one", async () => {
    const program = await prepare("async function* main() { const a = yield 1; return a }");
    expect(program.form).toBe("generator");
    const { result } = start(program);
    expect(await result.next()).toEqual({ value: 1, done: false });
    expect(await result.next(7)).toEqual({ value: 7, done: true });
  });

  it.each<[string, string]>([
    ["it is called", "let n = 0\nasync function main() { n++ }\nmain()"],
    ["it is used", "const main = () => {}\nconst table = { main }"],
    ["the program does something", "function main() { throw 1 }\nconsole.log(1)"],
    ["the program does something in its declarations", "const a = await tools.a()\nfunction helper() { throw 1 }"],
    ["it needs arguments", "function add(a, b) { return a.x + b.x }"],
    ["there are several", "function a() { throw 1 }\nfunction b() { throw 2 }"],
  ])("is not called if %s", async (_name, source) => {
    const program = await prepare(source);
    expect(program.repairs).toEqual([]);
    await start(program, { console: { log() {} }, tools: { a: () => 1 } }).result;
  });
});

it("is called with one sentence about it", async () => {
  const messages = async (source: string) => (await prepare(source)).repairs.map((repair) => repair.message);
  expect(await messages("function main() {}")).toEqual([
    "Nothing calls `main`: it is called and its result is the value of the program.",
  ]);
});

it("is not called in a session, where it may be meant for later", async () => {
  const program = await prepare("async function main() { return 1 }", { session: true });
  expect(program.repairs).toEqual([]);
  expect(await start(program).result).toBeUndefined();
});
