import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readCases } from "../hostile/case.ts";
import { ROOT, readSource } from "./sources.ts";

const PAGE = readSource("THREAT_MODEL.md");
const ROWS = PAGE.split("\n").filter((line) => /^\| [^|]+ → /.test(line));

describe("the threat model", () => {
  test("names for each promise the tests that hold it", () => {
    expect(ROWS.length).toBeGreaterThan(10);
    for (const row of ROWS) expect(row, row).toMatch(/`test\/[^`]+\.test\.ts`/);
  });

  test("names only tests and commands that exist", () => {
    const files = [...PAGE.matchAll(/`(test\/[^`]+\.ts)`/g)].map(([, file = ""]) => file);
    expect(files.filter((file) => !existsSync(ROOT + file))).toEqual([]);
    const scripts = Object.keys(JSON.parse(readSource("package.json")).scripts);
    const commands = [...PAGE.matchAll(/`npm run ([\w:]+)`/g)].map(([, name = ""]) => name);
    expect(commands.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  test("names only groups of cases that exist", () => {
    const groups = new Set([...readCases("cases.json"), ...readCases("own-cases.json")].map(({ group }) => group));
    const named = [...PAGE.matchAll(/cases\.test\.ts` \(([^)]+)\)/g)].flatMap(([, names = ""]) => names.split(", "));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !groups.has(name))).toEqual([]);
  });
});
