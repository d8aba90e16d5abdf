// biome-ignore-all lint/suspicious/noTemplateCurlyInString: fragments of programs hold templates
import vm from "node:vm";
import fc from "fast-check";
import { expect, it } from "vitest";
import { prepare, SourceError } from "../../src/language/index.ts";

const FRAGMENTS = [
  ..."{ } ( ) [ ] ; , . : ? ! = => + - / * < > ` ' \" \n \\ $ @ # ~ ... ?. ?? ** 0 1n a b await yield async function class return".split(
    " ",
  ),
  ..."export default import const let var if else for of in while do try catch throw new this type interface enum namespace".split(
    " ",
  ),
  ...[
    "${",
    "```",
    "```js\n",
    "~~~\n",
    "//",
    "/*",
    "*/",
    "<!--",
    "-->",
    "\u2028",
    "\r\n",
    "\ufeff",
    "#!",
    "as any",
    ": number",
    "<T,>",
    "declare ",
  ],
  ...[
    "x => x",
    "async () => {",
    "export default ",
    "main()",
    "function main() {",
    "await f(",
    "yield 1",
    "for await (const a of b) ",
    "'use strict'",
  ],
  ...[
    "}); (async () => {",
    "const a = 1;\n",
    "/}/g",
    "é",
    "😀",
    "\\u0061",
    "import('a')",
    "import.meta",
    "arguments",
    "new.target",
  ],
];

it("whatever the text, preparing gives text that compiles, or a SourceError inside the author's text", async () => {
  const source = fc
    .array(fc.constantFrom(...FRAGMENTS), { maxLength: 24 })
    .chain((parts) => fc.constantFrom("", " ", "\n").map((glue) => parts.join(glue)));
  await fc.assert(
    fc.asyncProperty(source, async (text) => {
      const lines = text.split(/\r\n?|\n/);
      try {
        const program = await prepare(text);
        new vm.Script(program.text);
        for (const { line } of program.repairs) expect(line).toBeLessThanOrEqual(lines.length);
        expect(program.positions.lines).toBe(lines.length);
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        expect(error.line).toBeGreaterThanOrEqual(1);
        expect(error.line).toBeLessThanOrEqual(lines.length);
        expect(error.column).toBeLessThanOrEqual((lines[(error.line ?? 1) - 1] ?? "").length + 1);
        expect(error.message).not.toContain("cannot be read as a program");
      }
    }),
    { numRuns: Number(process.env.TARDIGRADE_FUZZ_RUNS ?? 3000) },
  );
});
