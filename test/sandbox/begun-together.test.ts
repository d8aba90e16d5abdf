import { describe, expect, test } from "vitest";
import { createRuntime, createSandbox } from "../../src/index.ts";

describe.each([
  ["inline", { threads: 0 }],
  ["in threads", { threads: 1 }],
])("runs of one program that begin at once, %s", (name, options) => {
  const world = () => createSandbox({ runtime: createRuntime(options) });

  test("are what each would be alone", async () => {
    await using sandbox = world();
    const source = `// at once, ${name}\nconst n: number = input; if (n === 7) null.x; return n * 2`;
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, input) => sandbox.run(source, { input })));
    for (const [n, outcome] of outcomes.entries()) {
      expect(outcome).toMatchObject(n === 7 ? { error: { line: 2 } } : { value: n * 2 });
    }
  });

  test("go on when the first of them is cancelled", async () => {
    await using sandbox = world();
    const source = `// cancelled, ${name}\nreturn input`;
    const runs = Array.from({ length: 12 }, (_, input) => sandbox.start(source, { input }));
    for (const run of runs.slice(0, 3)) run.cancel("enough");
    for (const [n, { outcome }] of runs.entries()) {
      expect(await outcome).toMatchObject(n < 3 ? { error: { code: "cancelled" } } : { value: n });
    }
  });

  test("all say what is wrong with its text", async () => {
    await using sandbox = world();
    const source = `// wrong, ${name}\nreturn 1 +`;
    for (const outcome of await Promise.all(Array.from({ length: 5 }, () => sandbox.run(source)))) {
      expect(outcome).toMatchObject({ error: { code: "syntax_error", line: 2 }, calls: [] });
    }
  });

  test("are read each in its own form", async () => {
    await using sandbox = world();
    const source = `// forms, ${name}\nconst element = <b/>; return element.type`;
    const [plain, jsx] = await Promise.all([sandbox.run(source), sandbox.run(source, { jsx: true })]);
    expect(plain).toMatchObject({ error: { code: "syntax_error" } });
    expect(jsx).toMatchObject({ value: "b" });
  });
});
