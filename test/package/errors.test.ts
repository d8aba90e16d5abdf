import { describe, expect, test } from "vitest";
import { ERROR_CODES, type ErrorCode } from "../../src/errors.ts";
import { readSource } from "./sources.ts";

interface Section {
  readonly code: string;
  readonly text: string;
}

const PAGE = readSource("docs/reference/errors.md");
const SECTIONS: readonly Section[] = PAGE.split(/^### /m)
  .slice(1)
  .map((text) => ({ code: text.split("\n", 1)[0]?.replaceAll("`", "").trim() ?? "", text }));

/** The heading above each scope's sections. */
const HEADINGS = { outcome: "## Codes of an outcome", call: "## Codes of a call", snapshot: "## Codes of a snapshot" };

describe("docs/reference/errors.md", () => {
  test("has one section for each code, in the order of the table", () => {
    expect(SECTIONS.map(({ code }) => code)).toEqual(Object.keys(ERROR_CODES));
  });

  test.each(SECTIONS)("tells the meaning and the scope of $code", ({ code, text }) => {
    const entry = ERROR_CODES[code as ErrorCode];
    expect(text).toContain(entry.meaning);
    const above = PAGE.slice(0, PAGE.indexOf(`### \`${code}\``));
    const heading = above.split("\n").findLast((line) => line.startsWith("## "));
    expect(heading).toBe(HEADINGS[entry.scope]);
  });

  test.each(SECTIONS)("says of $code when it comes and what to do", ({ text }) => {
    expect(text).toMatch(/^- When: \S/m);
    expect(text).toMatch(/^- Seen by: \S/m);
    expect(text).toMatch(/^- What to do: \S/m);
  });
});
