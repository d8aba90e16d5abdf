// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs under test hold templates
import { describe, expect, it } from "vitest";
import { trackedRun } from "../engine/tracked-run.ts";

/** Runs a program; its lines in the order in which they first ran, with how often. */
const linesOf = async (source: string): Promise<string> => (await trackedRun(source)).lines;
/** Which lines ran, in order. */
const whichOf = async (source: string): Promise<number[]> =>
  (await linesOf(source))
    .split(" ")
    .map((entry) => Number.parseInt(entry, 10))
    .sort((a, b) => a - b);

describe("lines are counted", () => {
  it("in the order in which they first ran: a function that is called twice and throws the second time", async () => {
    const source = `

// a tool that throws
function check(value) {

  const half = value / 2;
  if (half > 1) {
    throw new Error("My Tool");
  }
  return half;
}

check(1);

check(10);`;
    expect(await linesOf(source)).toBe("4,1 13,1 6,2 7,2 10,1 15,1 8,1");
  });

  it("heads of loops and conditions once when they are reached, bodies at each turn, branches not taken never", async () => {
    const source = `let total = 0;
for (let i = 0; i < 3; i++) {
  total += i;
  total *= 2;
}
if (total > 3) {
  total = 2;
} else {
  total = 1;
}
while (total > 0) { total -= 1; }
return total;`;
    expect(await linesOf(source)).toBe("1,1 2,1 3,3 4,3 6,1 7,1 11,1 12,1");
  });

  it.each<[string, string, number[]]>([
    ["declarations", "\nconst a = 1\nlet b = 2", [2, 3]],
    ["a function and what it does", "\nfunction f() {\n  let a = 1\n  return a }\nf()", [2, 3, 4, 5]],
    ["an arrow function with a block", "\nconst f = () => {\n  return 1 }; f()", [2, 3]],
    ["an arrow function with an expression: its statement only", "\nconst f = () =>\n  1\n; f()", [2, 4]],
    [
      "a class and its constructor",
      "\nclass A {\n  constructor() {\n    this.a = 1\n    this.b = 2\n  }\n}\nnew A()",
      [2, 4, 5, 8],
    ],
    ["a class's fields not", "class A {\n  a = 1\n  static b = 2\n  static {\n    this.c = 3\n  }\n}", [1, 5]],
    ["an object's method", "\nconst o = {\n\n  m() {\n    return 1\n  }\n}\n;o.m()", [2, 5, 8]],
    ["a callback", "\n[1].map((a) => {\n  const b = a\n  return b\n})", [2, 3, 4]],
    ["the first line of a call over several", "\nMath.max(\n  1,\n  2\n)", [2]],
    ["a function among arguments", "\n[1].map(\n  function () { return 1 }\n)", [2, 3]],
    ["members that are assigned", "const o = {}\no.a = 1\no['b'] = 2", [1, 2, 3]],
    ["void", "const f = () => 1\nvoid f()", [1, 2]],
    ["an `else if` that is reached", "if (0) {\n 1\n} else if (1)\n 2\nelse\n 3", [1, 3, 4]],
    [
      "cases",
      "switch (2) {\n  case 1:\n    1\n  case 2:\n    2\n  case 3: {\n    3\n    break }\n  default:\n    4\n}",
      [1, 5, 7, 8],
    ],
    ["try, catch and finally", "try {\n  null.x\n  1\n} catch (e) {\n  2\n} finally {\n  3\n}", [1, 2, 5, 7]],
    ["labels", "a:\nfor (;;) {\n  break a\n}", [1, 3]],
    ["the value at the end, even a text", "'use strict'\n'value'", [2]],
    ["exports", "export const a = 1\nexport default 5", [1, 2]],
    ["an only function that is called", "async () => {\n  await 1\n  return 2 }", [1, 2, 3]],
    [
      "TypeScript, in the author's lines",
      "interface A {\n  a: 1\n}\nconst a: A = { a: 1 }\nenum E { X }\na",
      [4, 5, 6],
    ],
    ["Markdown, in the author's lines", "Text:\n```js\nconst a = 1\na\n```", [3, 4]],
  ])("of %s", async (_name, source, lines) => {
    expect(await whichOf(source)).toEqual(lines);
  });

  it("exactly where an error that is caught left a block in the middle", async () => {
    const source = `let a = 0
for (let i = 0; i < 4; i++) {
  try {
    a = i
    if (i % 2) null.x
    a = a * 2
    a = tools.nothing.here
    a += 1
  } catch {}
}`;
    expect(await linesOf(source)).toBe("1,1 2,1 3,4 4,4 5,4 6,2 7,2 8,2");
  });

  it("in generators, after each await and in callbacks that run later", async () => {
    const source = `function* g() {
  yield 1
  yield 2
}
for (const n of g()) {
  await n
}
await Promise.all([1, 2, 3].map(async (n) => {
  await n
  n + 1
}))`;
    expect(await linesOf(source)).toBe("1,1 5,1 2,1 6,2 3,1 8,1 9,3 10,3");
  });

  it("in as many lines as a source has room for", async () => {
    const many = Array.from({ length: 3000 }, (_, index) => `o.a${index} = ${index}`).join("\n");
    const { lines, turn } = await trackedRun(`const o = {}\nfor (let i = 0; i < 2; i++) {\n${many}\n}`);
    expect(turn.settled?.fulfilled).toBe(true);
    expect(lines.split(" ")).toEqual(["1,1", "2,1", ...Array.from({ length: 3000 }, (_, index) => `${index + 3},2`)]);
  });

  it("so that the program cannot reach the counters, and its own names stay its own", async () => {
    const source =
      "const $count0 = 5, $count__1 = 6, $aid = 7, $error = 8\nreturn [$count0, $count__1, $aid, $error, typeof $count, typeof $count1]";
    const { lines, turn } = await trackedRun(source);
    expect(JSON.parse(turn.settled?.text ?? "")).toEqual([5, 6, 7, 8, "undefined", "undefined"]);
    expect(lines).toBe("1,1 2,1");
  });
});
