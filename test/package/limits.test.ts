import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../src/index.ts";
import { readSource } from "./sources.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1000, KiB: 1024, MiB: 1024 ** 2 };

/** Limits and their defaults by the rows of a table: `names` in code, then the values in the same order. */
function limitsIn(page: string): Record<string, number> {
  const rows = readSource(page).match(/^\| `\w+(?:Ms|s|Bytes|Flight|Entries|Calls)`.*$/gm) ?? [];
  return Object.fromEntries(
    rows.flatMap((row) => {
      const [, head = "", values = ""] = row.split("|");
      const names = [...head.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
      const numbers = values.split(/, (?=\d)| and /).map(numberOf);
      return names.map((name, at) => [name, numbers[at] ?? Number.NaN]);
    }),
  );
}

function numberOf(text: string): number {
  const [, number = "", unit] = /^\s*([\d,]+)(?: (\w+))?\s*$/.exec(text) ?? [];
  if (text.trim() === "off") return Number.POSITIVE_INFINITY;
  return Number(number.replaceAll(",", "")) * (unit === undefined ? 1 : (UNITS[unit] ?? Number.NaN));
}

test("docs/guide/limits.md tells every limit and its default", () => {
  expect(limitsIn("docs/guide/limits.md")).toEqual(DEFAULT_LIMITS);
});

test("README.md tells defaults that are right", () => {
  const told = limitsIn("README.md");
  expect(Object.keys(told).length).toBeGreaterThan(10);
  expect(DEFAULT_LIMITS).toMatchObject(told);
});
