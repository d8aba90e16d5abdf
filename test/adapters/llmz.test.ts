import { describe, expect, test } from "vitest";
import {
  CodeExecutionError,
  InvalidCodeError,
  type LlmzTrace,
  runAsyncFunction,
  ThinkSignal,
  VMSignal,
} from "../../src/adapters/llmz/index.ts";
import { sleep } from "../support.ts";
import { listing, marked, run, told } from "./llmz-running.ts";

describe("V1 to V6: errors, listings and traces", () => {
  test("V1: comments, logs and the failure are traced in order, and the listing marks the line", async () => {
    const code = `// Count to ten
for (let n = 0; n < 10; n++) {
  console.log("n is", n);
  // half way?
  if (n === 5) {
    // give up
    throw new Error("Something went wrong");
  }
}`;
    const { error, success, traces } = await run(code);
    expect(success).toBe(false);
    expect(error).toBeInstanceOf(CodeExecutionError);
    expect(error).toMatchObject({ message: "Something went wrong", code });
    const turn = (n: number) => [
      { type: "log", message: "n is", args: [n] },
      { type: "comment", comment: "half way?", line: 4 },
    ];
    expect(told(traces)).toEqual([
      { type: "comment", comment: "Count to ten", line: 1 },
      ...[0, 1, 2, 3, 4, 5].flatMap(turn),
      { type: "comment", comment: "give up", line: 6 },
      {
        type: "code_execution_exception",
        position: [7, 4],
        message: "Something went wrong",
        stackTrace: listing(error),
      },
    ]);
    expect(listing(error)).toBe(`001 | // Count to ten
  002 | for (let n = 0; n < 10; n++) {
  003 |   console.log("n is", n);
  004 |   // half way?
  005 |   if (n === 5) {
  006 |     // give up
> 007 |     throw new Error("Something went wrong");
           ^^^^^^^^^^
  008 |   }
  009 | }`);
  });

  test("V3: an awaited function that throws is the failure", async () => {
    const code = "async function fail() {\n  throw new Error('no way');\n}\nawait fail();";
    const { error, success } = await run(code);
    expect({ success, message: error?.message }).toEqual({ success: false, message: "no way" });
    expect(marked(listing(error))).toContain(2);
  });

  test("V4: a tool that throws inside a function marks both lines, and lines are counted in first-hit order", async () => {
    const code = `const first = 1;

async function pay(amount) {
  const doubled = amount * 2;
  if (doubled > 3) {
    await charge(doubled);
  }
}

await pay(first);
await pay(first + 1);`;
    const charge = () => {
      throw new Error("card refused");
    };
    const { error, lines_executed } = await run(code, { charge });
    expect(error?.message).toBe("card refused");
    expect(marked(listing(error)).filter((line) => line !== 11)).toEqual([6]);
    expect(Object.fromEntries(lines_executed)).toMatchObject({ 1: 1, 4: 2, 5: 2, 6: 1, 10: 1, 11: 1 });
    expect(lines_executed[0]).toEqual([1, 1]);
    expect(lines_executed.map(([line]) => line).indexOf(6)).toBeGreaterThan(
      lines_executed.map(([line]) => line).indexOf(11),
    );
  });

  test("V5: what is no program rejects, and is traced", async () => {
    const traces: LlmzTrace[] = [];
    const code = "const a = 'x'\nconst a = 'y'";
    const failed = await runAsyncFunction({}, code, traces).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(InvalidCodeError);
    expect(failed).toMatchObject({ message: "Identifier 'a' has already been declared (2:7)", code });
    expect(told(traces)).toEqual([{ type: "invalid_code_exception", message: (failed as Error).message, code }]);
  });

  test("V6: a signal that a tool throws is success, with listing and variables", async () => {
    class PauseSignal extends VMSignal {}
    const code = `const a = 10;
let b = 20;
const doPause = async () => {
  b += 1;
  await pause("now");
};
const list = [1];
list.push(2);
await doPause();`;
    const thrown = new PauseSignal("wait");
    const pause = () => {
      throw thrown;
    };
    const { signal, success, variables } = await run(code, { pause });
    expect(success).toBe(true);
    expect(signal).toBe(thrown);
    expect(marked(signal?.stack ?? "")).toEqual([5, 9]);
    expect(signal?.truncatedCode.split("\n").at(-2)).toBe("> 009 | await doPause();");
    expect(signal?.toolCall).toEqual({ name: "pause", input: ["now"] });
    // The values of the end, not those of the declaration.
    expect(variables).toEqual({ a: 10, b: 21, doPause: "[[non-primitive]]", list: [1, 2] });
    expect(signal?.variables).toEqual(variables);
  });
});

describe("V7 to V10: values", () => {
  test("V7: nothing is returned", async () => {
    expect((await run("const a = 1;")).return_value).toBeUndefined();
  });

  test("V8: objects are returned as they are", async () => {
    const { return_value } = await run("return { action: 'think', a: 1, b: [2], c: null, d: 'hello' }");
    expect(return_value).toEqual({ action: "think", a: 1, b: [2], c: null, d: "hello" });
  });

  test("V9: a promise that is returned is waited for", async () => {
    const later = () => sleep(50).then(() => "hello");
    expect((await run("const go = async () => later();\nreturn go()", { later })).return_value).toBe("hello");
  });

  test("V10: dates are dates, and their texts texts", async () => {
    const { return_value } = await run(
      "const date = new Date('2021-01-01'); return { date, text: date.toISOString() }",
    );
    const date = new Date("2021-01-01");
    expect(return_value).toEqual({ date, text: "2021-01-01T00:00:00.000Z" });
  });
});

describe("V28 to V30: tools", () => {
  test("V28: many calls one after the other", async () => {
    const code = "const all = [];\nfor (let n = 0; n < 10; n++) all.push((await item(n)).name);\nreturn all";
    const { return_value } = await run(code, { item: async (n: number) => ({ name: `item_${n}` }) });
    expect(return_value).toEqual(Array.from({ length: 10 }, (_, n) => `item_${n}`));
  });

  test("V29: calls that fail now and then are caught one by one", async () => {
    const code =
      "const all = [];\nfor (let n = 0; n < 5; n++) {\n  try { all.push(await odd(n)) } catch { all.push('error') }\n}\nreturn all";
    const odd = async (n: number) => (n % 2 ? Promise.reject(new Error("odd")) : `ok_${n}`);
    expect((await run(code, { odd })).return_value).toEqual(["ok_0", "error", "ok_2", "error", "ok_4"]);
  });

  test("V30: an abort ends the run at once, with its reason", async () => {
    const called: string[] = [];
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const context = { slow: () => sleep(5000), next: () => called.push("next") };
    const started = performance.now();
    const result = await runAsyncFunction(context, "await slow();\nawait next();", [], controller.signal);
    expect(result).toMatchObject({ success: false, error: { message: "This operation was aborted" } });
    expect(called).toEqual([]);
    expect(performance.now() - started).toBeLessThan(4000);
    const before = await runAsyncFunction({}, "1", [], AbortSignal.abort("not now"));
    expect(before.error).toMatchObject({ message: "not now" });
  });
});

test("thinking ends the run, and no catch of the program sees it", async () => {
  const think = async () => {
    throw new ThinkSignal("not sure", { tried: 1 });
  };
  const result = await run("try { await think() } catch { return 'swallowed' }", { think });
  expect(result).toMatchObject({ success: true, signal: { reason: "not sure", context: { tried: 1 } } });
  expect(result.return_value).toBeUndefined();
});
