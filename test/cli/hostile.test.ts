import { expect, test } from "vitest";
import { rawConfig, tardigrade } from "./harness.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: those must not be printed
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const EVIL = "\\u001b[2J\\u001b]0;title\\u0007\\u009b31m\\u202eevil\\r";

async function safe(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const ended = await tardigrade(args);
  expect(ended.stdout).not.toMatch(UNSAFE);
  expect(ended.stderr).not.toMatch(UNSAFE);
  return ended;
}

test.each([
  ["a string", `return "${EVIL}"`],
  ["plain data", `return { "${EVIL}": ["${EVIL}"] }`],
  ["rich data", `return new Map([["${EVIL}", new Error("${EVIL}")]])`],
  ["a regular expression", `return new RegExp("${EVIL.replaceAll("[", "\\\\[")}")`],
])("in a value: %s", async (_, code) => {
  const { code: exit, stdout } = await safe(["run", "-e", code]);
  expect(exit).toBe(0);
  expect(stdout).toContain("\\u001b");
  const { value } = JSON.parse((await safe(["run", "-e", code, "--json"])).stdout);
  expect(JSON.stringify(value)).toContain("evil");
});

test("--json stays exact", async () => {
  const { stdout } = await safe(["run", "-e", `return "${EVIL}"`, "--json"]);
  expect(JSON.parse(stdout).value).toBe("\u001b[2J\u001b]0;title\u0007\u009b31m\u202eevil\r");
});

test("in logs, errors, yields, warnings and the source itself", async () => {
  const { stderr } = await safe([
    "run",
    "-e",
    `console.log("${EVIL}", { k: "${EVIL}" }); console.error("${EVIL}"); yield "${EVIL}"; return 1`,
  ]);
  expect(stderr.match(/evil/g)).toHaveLength(4);
  await safe(["run", "-e", `Promise.reject(new Error("${EVIL}")); return 1`]);
  const thrown = await safe([
    "run",
    "-e",
    `/* \u001b[2J\u202e */ throw Object.assign(new Error("${EVIL}"), { name: "${EVIL}", cause: "${EVIL}" })`,
  ]);
  expect(thrown.code).toBe(1);
  const syntax = await safe(["run", "-e", "const \u001b[2J = 1"]);
  expect(syntax.stderr).toMatch(/^Failed \(syntax_error\)/);
});

test("in names and inputs of tools, in what servers answer, and in what they are called", async () => {
  const name = "\u001b[2Jclear\u202e";
  const config = rawConfig({ [name]: { command: "no\u001b[31m" } }, { NAMES: JSON.stringify([name]) });
  const tools = await safe(["tools", "--mcp", config]);
  expect(tools.stdout).toMatch(/clear/);
  expect(tools.stderr).toContain('warning: MCP server "\\u001b[2Jclear\\u202e" could not be started');
  await safe(["tools", "--mcp", config, "--types"]);
  const code = `try { await tools.raw.refuse({ a: "${EVIL}" }) } catch {} try { await tools["${EVIL}"].b() } catch {} await tools.raw["${EVIL}"]()`;
  const run = await safe(["run", "-e", code, "--mcp", config]);
  expect(run.stderr.match(/^✗/gm)).toHaveLength(3);
  expect(run.stderr).toContain("no\\u001b[2J such thing");
});
