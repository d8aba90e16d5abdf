import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { exitCodeOf } from "../../src/cli/exit-codes.ts";
import { DEFAULT_LIMITS, type Outcome } from "../../src/index.ts";
import { fileWith, rawConfig, tardigrade } from "./harness.ts";

const E = ["run", "-e", "1"];
const TO = ["--snapshot-to", "x"];

describe("wrong usage: exit code 2, one line on stderr, nothing on stdout", () => {
  test.each<[string[], string]>([
    [[], "expected a command: run, resume, inspect, tools or help (see tardigrade --help)"],
    [["rnu"], 'unknown command "rnu"; expected run, resume, inspect, tools or help (see tardigrade --help)'],
    [["--nope"], 'unknown option "--nope"; expected run, resume, inspect, tools or help (see tardigrade --help)'],
    [["run"], "run expects a program: a FILE, - for the standard input, or -e CODE (see tardigrade run --help)"],
    [["run", "a", "b"], 'run takes one program, got "a" and "b"'],
    [["run", "a", "-e", "1"], 'run takes one program, got "a" and the code of -e'],
    [["run", "/no/such.ts"], 'the program "/no/such.ts" can\'t be read: there is no such file'],
    [["run", tmpdir()], `the program "${tmpdir()}" can't be read: it is a folder`],
    [[...E, "--nope"], "run: Unknown option '--nope' (see tardigrade run --help)"],
    [["run", "-e"], "run: Option '-e, --eval <value>' argument missing (see tardigrade run --help)"],
    [[...E, "--json=1"], "run: Option '--json' does not take an argument (see tardigrade run --help)"],
    [[...E, "--mcp", ""], "--mcp expects the path of a configuration file, got an empty text"],
    [[...E, "--limit", "steps"], '--limit expects name=value, such as wallMs=10s, got "steps"'],
    [
      [...E, "--limit", "memory=1"],
      `--limit: there is no limit "memory"; known: ${Object.keys(DEFAULT_LIMITS).join(", ")}`,
    ],
    [[...E, "--limit", "steps=many"], "--limit steps=many: expected a number"],
    [[...E, "--limit", "steps=5s"], "--limit steps=5s: expected a number"],
    [[...E, "--limit", "wallMs=5MiB"], "--limit wallMs=5MiB: expected a number or one with ms, s, min"],
    [[...E, "--limit", "memoryBytes=x"], "--limit memoryBytes=x: expected a number or one with B, KiB, MiB, GiB"],
    [
      [...E, "--limit", "memoryBytes=64"],
      "--limit: expected memoryBytes to be a whole number from 1048576 to 1073741824, got 64 (number)",
    ],
    [["tools", "x"], 'tools takes no argument "x" (see tardigrade tools --help)'],
    [
      ["tools", "--search", "read", "file"],
      'tools takes no argument "file"; quote the words of --search (see tardigrade tools --help)',
    ],
    [["help", "x"], 'there is no help about "x"; expected run, resume, inspect or tools'],
    [[...E, "--suspend-after", "1s"], "--suspend-after needs --snapshot-to FILE: without it, nothing could go on"],
    [[...E, "--snapshot-to", ""], "--snapshot-to expects the path of a file, got an empty text"],
    [[...E, "--ask", ""], "--ask expects names of tools, such as 'mail.*', got an empty text"],
    [[...E, ...TO, "--suspend-after", "1h"], "--suspend-after 1h: expected a number or one with ms, s, min"],
    [[...E, ...TO, "--suspend-after", "99999999min"], "--suspend-after 99999999min: expected at most 2147483647 ms"],
    [["resume"], "resume expects the FILE of a snapshot (see tardigrade resume --help)"],
    [["inspect", "a", "b"], 'inspect takes one snapshot, got "a" and "b"'],
    [["inspect", "a", "--approve", "1"], "inspect: Unknown option '--approve' (see tardigrade inspect --help)"],
    [["resume", "a", "--approve", "x"], '--approve "x": expected --approve 2, or --approve 2=JSON for other input'],
    [["resume", "a", "--reissue", "2=x"], '--reissue "2=x": expected --reissue 2'],
    [
      ["resume", "a", "--answer", "2"],
      `--answer "2": expected --answer 2=JSON, such as --answer 2=true or --answer '2={"paid": 5}'`,
    ],
    [["resume", "a", "--deny", "no=\u001b[2J"], '--deny "no=\\u001b[2J": expected --deny 2=why'],
    [["resume", "a", "--approve", "2", "--deny", "02=no"], "call 2 is answered twice"],
    [
      ["\u001b[31mred"],
      'unknown command "\\u001b[31mred"; expected run, resume, inspect, tools or help (see tardigrade --help)',
    ],
  ])("%j", async (args, message) => {
    expect(await tardigrade(args)).toEqual({ code: 2, stdout: "", stderr: `tardigrade: ${message}\n` });
  });

  test("input that is no JSON", async () => {
    const { code, stderr, stdout } = await tardigrade([...E, "--input", "{a:1}", "--json"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^tardigrade: --input expects JSON, got "\{a:1\}": .+\n$/);
  });
});

test("limits take units", async () => {
  const limits = ["wallMs=2min", "cpuMs=500ms", "memoryBytes=0.5GiB", "sourceBytes=2KiB", "steps=5000000"];
  const { code, stdout } = await tardigrade([...E, ...limits.flatMap((limit) => ["--limit", limit])]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "1\n" });
});

describe("wrong configuration: exit code 4", () => {
  test.each([
    ["broken.json", "{", /broken\.json: line 1, column 2: not valid JSON/],
    ["empty.json", "{}", /empty\.json: expected the key "mcpServers" or "servers"; keys found: none/],
    ["bad.json", '{"mcpServers":{"a":{"args":[]}}}', /bad\.json: server "a": command is missing/],
  ])("%s", async (name, text, message) => {
    for (const command of [E, ["tools"]]) {
      const { code, stderr, stdout } = await tardigrade([...command, "--mcp", fileWith(name, text)]);
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
      expect(stderr).toMatch(message);
    }
  });

  test("a file that is missing, and two files with the same server", async () => {
    const missing = join(mkdtempSync(join(tmpdir(), "tardigrade-cli-")), "mcp.json");
    const none = await tardigrade([...E, "--mcp", missing]);
    expect(none.code).toBe(4);
    expect(none.stderr).toBe(`tardigrade: ${missing}: the MCP configuration can't be read: there is no such file\n`);
    const [one, other] = [rawConfig(), rawConfig()];
    const both = await tardigrade([...E, "--mcp", one, "--mcp", other]);
    expect(both.code).toBe(4);
    expect(both.stderr).toBe(`tardigrade: ${other}: server "raw" would be tools.raw, as one of ${one} is\n`);
  });
});

describe("help", () => {
  test.each([
    [["--help"], /tardigrade run FILE \| - \| -e CODE/, /Exit codes:\n.*0 completed.*130 and 143/],
    [["help"], /tardigrade tools/, /--version/],
    [["resume", "-h"], /--approve ID/, /TARDIGRADE_KEY/],
    [["help", "inspect"], /--json/, /FILE/],
    [["run", "--help"], /--limit name=value/, /memoryBytes +64MiB\n/],
    [["run", "x", "-h"], /--mcp FILE/, /--json/],
    [["help", "run"], /--input JSON/, /steps +off\n/],
    [["tools", "--help"], /--search WORDS/, /--types/],
    [["help", "tools"], /--mcp FILE/, /Example/],
  ])("%j", async (args, ...expected) => {
    const { code, stderr, stdout } = await tardigrade(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const pattern of expected) expect(stdout).toMatch(pattern);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });

  test("version", async () => {
    const expected = { code: 0, stdout: `${packageJson.version}\n`, stderr: "" };
    expect(await tardigrade(["--version"])).toEqual(expected);
    expect(await tardigrade(["-v"])).toEqual(expected);
  });
});

test("each status of an outcome has its exit code", () => {
  const code = (status: string) => exitCodeOf({ status } as Outcome);
  expect(["completed", "failed", "suspended"].map(code)).toEqual([0, 1, 3]);
});
