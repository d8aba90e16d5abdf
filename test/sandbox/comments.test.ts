import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSandbox, type RunEvent, type RunOptions } from "../../src/index.ts";
import { runOnce } from "../support.ts";

async function eventsOf(source: string, options: RunOptions = {}): Promise<RunEvent[]> {
  await using sandbox = createSandbox({ tools: { add: (a: number, b: number) => a + b } });
  const run = sandbox.start(source, { comments: true, ...options });
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  const outcome = await run.outcome;
  if (outcome.status === "failed" && !options.limits) throw new Error(outcome.error.message);
  return events;
}

/** Comments and logs as short texts. */
async function told(source: string, options: RunOptions = {}): Promise<string[]> {
  return (await eventsOf(source, options)).flatMap((event) => {
    if (event.type === "comment") return [`${event.line}: ${event.text}`];
    return event.type === "log" ? [event.entry.text] : [];
  });
}

describe("comments as events", () => {
  test("come in order with the logs, each time the program passes them", async () => {
    const source = `// Say hello
console.log("hello");
for (let i = 0; i < 2; i++) {
  /* once more,
     with feeling */
  console.log(i);
}
console.log("bye"); // and good bye`;
    const lines = ["4: once more,\n     with feeling", "0", "4: once more,\n     with feeling", "1"];
    expect(await told(source)).toEqual(["1: Say hello", "hello", ...lines, "bye"]);
    expect(await told(`${source}\nlet end`)).toEqual(["1: Say hello", "hello", ...lines, "bye", "8: and good bye"]);
  });

  test("are only those between statements", async () => {
    const source = `const list = [ // in a list
  1, /* between */ 2 ];
const text = "// no comment" + \`/* nor \${ /* this */ 1 } */\`;
if (list /* in a head */) /* before a single statement */ console.log(text);
const go = (/* nothing */) => /* nor here */ 1;
class Empty { /* no statement */ method() { /* one */ } }
go(), new Empty().method()
// asked
let end`;
    expect(await told(source)).toEqual(["// no comment/* nor 1 */", "6: one", "8: asked"]);
  });

  test("in branches, cases and functions are told where they are passed", async () => {
    const source = `function work(kind) {
  // working
  switch (kind) {
    // never between cases
    case 1:
      kind++
      // in a case
      break // after it
    default:
      // before the first one
      kind--
      // in the default
  }
  return kind // never
}
if (work(1) === 2) {
  // right
} else {
  // wrong
}
try { work(0) /* tried */ } finally { /* finally */ }
label: { /* labelled */ }
let end`;
    expect(await told(source)).toEqual([
      ...["2: working", "7: in a case", "17: right"],
      ...["2: working", "12: in the default", "21: tried", "21: finally", "22: labelled"],
    ]);
  });

  test("leave strict mode, values, lines and unfinished statements alone", async () => {
    const options = { comments: true };
    expect(await runOnce("// first\n'use strict'\n// c\nthis", {}, options)).toMatchObject({ value: undefined });
    expect(await runOnce("// first\nlet a = 1 // x\n/* y */ a + 1 // z", {}, options)).toMatchObject({ value: 2 });
    const failed = await runOnce("/* a */ let a = null; /* b */ a.b // c", {}, options);
    expect(failed).toMatchObject({ error: { line: 1, column: 31, message: "cannot read property 'b' of null" } });
    expect(await runOnce("const a = 1 /* x */\n/* y */;[a]", {}, options)).toMatchObject({ value: [1] });
  });

  test("stand in TypeScript and in Markdown blocks on the author's lines", async () => {
    expect(await told("```ts\n// typed\nconst a: number = 1; // one\nlet b\n```")).toEqual(["2: typed", "3: one"]);
  });

  test("are not told unless asked for", async () => {
    expect(await eventsOf("// hello\nlet a", { comments: false })).toEqual([]);
  });

  test("count against the limits of the log", async () => {
    const source = "for (let i = 0; i < 1000; i++) {\n  // again\n}\nlet end";
    const events = await eventsOf(source, { limits: { logEntries: 10 } });
    expect(events).toHaveLength(10);
    const outcome = await runOnce(source, {}, { comments: true, limits: { logEntries: 10 } });
    expect(outcome.usage).toMatchObject({ logEntries: 10, logBytes: 50 });
    expect(outcome.warnings).toMatchObject([{ code: "logs_dropped", message: "990 log entries were dropped" }]);
  });

  test("change nothing about a program, wherever they stand", async () => {
    await using sandbox = createSandbox();
    const parts = [
      "let a = 1",
      ";",
      "a++",
      "\n",
      "{",
      "}",
      "// c\n",
      "/* d */",
      "if (a)",
      "a",
      "'use strict'",
      "=> a",
      "(",
      ")",
      "[a]",
      "else ",
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...parts), { maxLength: 12 }), async (chosen) => {
        const source = chosen.join(" ");
        const plain = await sandbox.run(source);
        const told = await sandbox.run(source, { comments: true });
        const shown = ({ status, ...rest }: typeof plain) => [
          status,
          "value" in rest ? rest.value : "error" in rest && rest.error,
        ];
        expect(shown(told)).toEqual(shown(plain));
      }),
      { numRuns: 300 },
    );
  });
});

test("a program cannot make up comments, even if it finds the helper", async () => {
  const source =
    "// real\nconst aid = '$a' + 'id';\nfor (const args of ['0, 1', '7, -5', '1e9, NaN']) eval(`${aid}.comment(${args})`);\nlet end";
  await using sandbox = createSandbox({ allowEval: true });
  const run = sandbox.start(source, { comments: true });
  const events = [];
  for await (const event of run) events.push(event);
  expect((await run.outcome).status).toBe("completed");
  expect(events).toMatchObject([{ text: "real" }, { text: "real" }]);
});
