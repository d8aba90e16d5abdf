import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSandbox, type RunOptions } from "../../src/index.ts";
import { failureFrom, runOnce, valueFrom } from "../support.ts";

const value = (source: string, run: RunOptions = {}) => valueFrom(source, {}, { jsx: true, ...run });

describe("JSX", () => {
  test("that is yielded arrives as type, props and children", async () => {
    const yielded: unknown[] = [];
    const source = 'const name = "Ada";\nconst reply = yield <Message id={1}>Hi {name}</Message>;\nreturn reply';
    const answer = await value(source, {
      onYield: (component) => {
        yielded.push(component);
        return "sent";
      },
    });
    expect(yielded).toEqual([{ type: "Message", props: { id: 1 }, children: ["Hi ", "Ada"] }]);
    expect(answer).toBe("sent");
  });

  test("takes tags as names, whatever they look like", async () => {
    const source =
      "[<message/>, <Message/>, <my-tag/>, <a:b/>, <A:b-c></A:b-c>, <A.B.c/>, <this/>, <Élan/>, <$x/>, <></>]";
    const types = ((await value(source)) as { type: string }[]).map(({ type }) => type);
    const names = ["message", "Message", "my-tag", "a:b", "A:b-c", "A.B.c", "this", "Élan", "$x", "Fragment"];
    expect(types).toEqual(names);
  });

  test("calls no functions of the program, even for tags that are called like one", async () => {
    const source = "function Message() { throw new Error('called') }\nreturn <Message/>";
    expect(await value(source)).toEqual({ type: "Message", props: {}, children: [] });
  });

  test("has spread, bare, quoted and nested props", async () => {
    const source = "const p = { a: 1, b: 2 }; return <T {...p} b={3} c 'd' />".replace(
      " 'd'",
      ' d-e="f &amp; &quot;g&quot;" h=<U/>',
    );
    expect(await value(source)).toMatchObject({
      props: { a: 1, b: 3, c: true, "d-e": 'f & "g"', h: { type: "U" } },
    });
  });

  test("lays lists of children flat and leaves out what says nothing", async () => {
    const source = "<T>{[1, [2, <U/>]]}{null}{undefined}{false}{true}{0}{''}{[3].map((x) => <V>{x}</V>)}</T>";
    const { children } = (await value(source)) as { children: unknown[] };
    expect(children).toMatchObject([1, 2, { type: "U" }, 0, "", { type: "V", children: [3] }]);
  });

  test("trims text over several lines as React does, and decodes entities", async () => {
    const source = "return <T>\n  one &lt; two&nbsp;\n  it’s `code`   {1} end\n\n</T>";
    expect(await value(source)).toMatchObject({ children: ["one < two\u00a0 it’s `code`   ", 1, " end"] });
  });

  test("stands beside types", async () => {
    const source = "const f = <T,>(a: T): T => a;\nconst n: number = f<number>(2);\nreturn <T n={n as number}/>";
    expect(await value(source)).toMatchObject({ props: { n: 2 } });
  });

  test("leaves TypeScript that only looks like it alone", async () => {
    const source = "const f = <T>(a: T): T => a;\nconst n = <number>f<number>(2);\nreturn n";
    expect(await value(source)).toBe(2);
    expect(await value("const a = 1, b = 2; return 1 <a && b>2")).toBe(false);
  });

  test("keeps lines and columns", async () => {
    const source = "const a = <T>\n  one\n  {2}\n</T>; const n = null;\nconst b = <U x={1} y={n.c}/>;";
    expect(await failureFrom(source, {}, { jsx: true })).toMatchObject({ line: 5, column: 23 });
  });

  test("that is wrong is a syntax error with a hint", async () => {
    const failure = await failureFrom("let a;\nreturn <Message to={1}>hi;", {}, { jsx: true });
    expect(failure).toMatchObject({ code: "syntax_error", line: 2 });
    expect(failure.hint).toMatch(/^Check the JSX/);
  });

  test("is refused where it is not allowed, and allowed for a sandbox or a run", async () => {
    const failure = await failureFrom("return <div>hi</div>");
    expect(failure).toMatchObject({
      code: "syntax_error",
      hint: expect.stringMatching(/^JSX and HTML are not supported/),
    });
    const type = { type: "T" };
    expect(await valueFrom("return <T/>", { jsx: true })).toMatchObject(type);
    expect((await runOnce("return <T/>", { jsx: true }, { jsx: false })).status).toBe("failed");
  });

  test("is data like any other: what cannot cross is refused at the yield", async () => {
    const source = "try { yield <T onClick={() => 1}/> } catch (error) { return error.message }";
    expect(await value(source)).toBe("the yielded value at props.onClick cannot leave the program: a function");
  });

  test("is made the same after the program changed every prototype", async () => {
    const source = `for (const name of ["type", "props", "children", "0", "1"]) {
  for (const holder of [Object.prototype, Array.prototype]) {
    Object.defineProperty(holder, name, { set() { throw new Error("planted") }, get() { return "planted" }, configurable: true });
  }
}
Array.prototype.push = Array.prototype.flat = Array.isArray = () => { throw new Error("planted") };
return <T a="b">c{[1]}</T>`;
    expect(await value(source)).toEqual({ type: "T", props: { a: "b" }, children: ["c", 1] });
  });

  test("says what was written, for any text and any props", async () => {
    await using sandbox = createSandbox({ jsx: true });
    const name = fc.stringMatching(/^[A-Za-z]\w{0,5}(?:-\w{1,2}|(?:[:.][A-Za-z]\w{0,3}))?$/);
    const props = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.oneof(fc.string(), fc.integer(), fc.boolean()));
    await fc.assert(
      fc.asyncProperty(name, props, fc.array(fc.string(), { maxLength: 3 }), async (tag, given, children) => {
        const written = Object.entries(given)
          .map(([key, each]) => ` ${key}={${JSON.stringify(each)}}`)
          .join("");
        const source = `return <${tag}${written}>${children.map((each) => `{${JSON.stringify(each)}}`).join("")}</${tag}>`;
        const outcome = await sandbox.run(source);
        expect(outcome).toMatchObject({ value: { type: tag, props: given, children } });
      }),
      { numRuns: 200 },
    );
  });
});
