import { describe, expect, test } from "vitest";
import { untagged } from "../../src/index.ts";
import { fileWith, rawConfig, shell, start, tardigrade } from "./harness.ts";

describe("the program", () => {
  test("from a file, in TypeScript; the value goes to stdout, logs go to stderr", async () => {
    const file = fileWith(
      "program.ts",
      'const n: number = 2;\nconsole.log("n is", n);\nconsole.warn("careful");\nreturn { n, list: [1, "x"] };\n',
    );
    const { code, stderr, stdout } = await tardigrade(["run", file]);
    expect(stdout).toBe('{\n  "n": 2,\n  "list": [\n    1,\n    "x"\n  ]\n}\n');
    expect(stderr).toBe("n is 2\n[warn] careful\n");
    expect(code).toBe(0);
  });

  test("from the standard input, from -e, and with an input", async () => {
    expect(await tardigrade(["run", "-"], { stdin: "return 'ü' + (1 + 1)" })).toEqual({
      code: 0,
      stdout: "ü2\n",
      stderr: "",
    });
    const args = ["run", "-e", "return input.a + input.b.length", "--input", '{"a":1,"b":[5,6]}'];
    expect((await tardigrade(args)).stdout).toBe("3\n");
    expect((await tardigrade(["run", "-e", "return input === null", "--input", "null"])).stdout).toBe("true\n");
    expect((await tardigrade(["run", "-e", "return typeof input"])).stdout).toBe("undefined\n");
  });

  test.each([
    ["'a\\nb'", "a\nb\n"],
    ["'a\\n'", "a\n"],
    ["undefined", ""],
    ["null", "null\n"],
    ["1n", "1n\n"],
    ["-0", "-0\n"],
    [
      "({ at: new Date(0), all: new Map([[1, new Set(['x'])]]) })",
      '{ at: 1970-01-01T00:00:00.000Z, all: Map { 1 => Set { "x" } } }\n',
    ],
    [
      "({ a: { b: { c: { d: { e: { f: new Date(0) } } } } } })",
      "{ a: { b: { c: { d: { e: { f: 1970-01-01T00:00:00.000Z } } } } } }\n",
    ],
    ["'a\\r\\nb'", "a\r\nb\n"],
  ])("the value %s is printed as %j", async (code, stdout) => {
    expect(await tardigrade(["run", "-e", `return ${code}`])).toEqual({ code: 0, stdout, stderr: "" });
  });

  test("a value that nests very deeply is printed on one line", async () => {
    const code = "let v = Array(2000).fill(1); for (let i = 0; i < 900; i++) v = [v]; return v";
    const { code: exit, stdout } = await tardigrade(["run", "-e", code]);
    expect(exit).toBe(0);
    expect(stdout.startsWith("[[[[")).toBe(true);
    expect(JSON.parse(stdout).flat(Number.POSITIVE_INFINITY)).toHaveLength(2000);
  });
});

describe("a failure", () => {
  test("is told with code, frame and hint on stderr, and nothing on stdout", async () => {
    const { code, stderr, stdout } = await tardigrade(["run", "-"], { stdin: "const a = 1;\nnull.x;\n" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const [first, ...frame] = stderr.split("\n");
    expect(first).toBe("Failed (threw): TypeError: cannot read property 'x' of null");
    expect(frame.slice(0, 2)).toEqual(["  1 | const a = 1;", "> 2 | null.x;"]);
    const deadlock = await tardigrade(["run", "-e", "await new Promise(() => {})"]);
    expect(deadlock.code).toBe(1);
    expect(deadlock.stderr).toMatch(/^Failed \(deadlock\): .*\n> 1 \| await .*\nHint: /);
  });

  test("a limit of the command line holds", async () => {
    const loop = await tardigrade(["run", "-e", "for (;;) ;", "--limit", "steps=100", "--limit", "cpuMs=20s"]);
    expect(loop.code).toBe(1);
    expect(loop.stderr).toMatch(/^Failed \(step_limit\): /);
    const slow = await tardigrade([
      "run",
      "-e",
      "await new Promise((ok) => setTimeout(ok, 9e3))",
      "--limit",
      "wallMs=1.5s",
    ]);
    expect(slow.stderr).toMatch(/^Failed \(wall_limit\): /);
  });

  test("warnings of the run are told", async () => {
    const { code, stderr } = await tardigrade(["run", "-e", "Promise.reject(new Error('lost')); return 1"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: a rejection was not handled: Error: lost \(line 1\)\n$/);
  });
});

describe("--json", () => {
  test("gives one document with tagged values, and a quiet stderr", async () => {
    const code = "console.log('one', new Date(0)); return { m: new Map([[1n, undefined]]), $plain: { $date: 1 } }";
    const { stderr, stdout } = await tardigrade(["run", "-e", code, "--json"]);
    expect(stderr).toBe("");
    const outcome = JSON.parse(stdout);
    expect(outcome).toMatchObject({
      status: "completed",
      value: { m: { $map: [[{ $bigint: "1" }, { $undefined: true }]] }, $plain: { $object: { $date: 1 } } },
      logs: [{ level: "log", values: ["one", { $date: "1970-01-01T00:00:00.000Z" }], line: 1 }],
      calls: [],
      warnings: [],
      usage: { logEntries: 1 },
    });
    expect(untagged(outcome.value)).toEqual({ m: new Map([[1n, undefined]]), $plain: { $date: 1 } });
  });

  test("also for a failure, with what the program's tools did", async () => {
    const args = ["run", "-e", "await tools.raw.refuse({ a: 1 })", "--json", "--mcp", rawConfig()];
    const { code, stderr, stdout } = await tardigrade(args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      status: "failed",
      error: { code: "tool_failed", line: 1, frame: expect.any(String) },
      calls: [{ id: "1", tool: "raw.refuse", input: { a: 1 }, state: "failed", line: 1 }],
    });
  });

  test("also for a value that nests as deep as values may", async () => {
    const code = "let v = 1; for (let i = 0; i < 999; i++) v = [v]; return v";
    const { stdout } = await tardigrade(["run", "-e", code, "--json"]);
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout).value.flat(Number.POSITIVE_INFINITY)).toEqual([1]);
  });

  test("also when the run is cancelled", async () => {
    const { child, ended } = start(["run", "-e", "await new Promise((ok) => setTimeout(ok, 20_000))", "--json"]);
    setTimeout(() => child.kill("SIGTERM"), 1_000);
    const { code, stderr, stdout } = await ended;
    expect({ code, stderr }).toEqual({ code: 143, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ status: "failed", error: { code: "cancelled" } });
  });
});

describe("streams", () => {
  test("a pipe that was closed ends it quietly", async () => {
    const big = "return Array.from({ length: 20000 }, (_, i) => 'line ' + i).join('\\n')";
    const value = await shell(`$BIN run -e "${big}" | head -1; echo "\${PIPESTATUS[0]}"`);
    expect(value).toEqual({ code: 0, stdout: "line 0\n0\n", stderr: "" });
    const logs = await shell(
      `$BIN run -e "for (let i = 0; ; i++) { console.log(i); await new Promise((ok) => setTimeout(ok, 5)) }" --limit logEntries=100000 2>&1 | head -1`,
    );
    expect(logs).toEqual({ code: 0, stdout: "0\n", stderr: "" });
    const tools = await shell(`$BIN tools --mcp ${rawConfig()} 2>/dev/null | head -1`);
    expect(tools.stdout).toMatch(/^raw\.\w+.*\n$/);
  });

  test.runIf(process.platform === "linux")("a full disk is told", async () => {
    const { code, stdout } = await shell(`$BIN run -e 1 2>&1 >/dev/full; echo "=$?"`);
    expect(stdout).toMatch(/^tardigrade: the output can't be written: .*ENOSPC.*\n=1\n$/);
    expect(code).toBe(0);
  });

  test("colours only where they are asked for", async () => {
    const plain = await tardigrade(["run", "-e", "null.x"]);
    const forced = await tardigrade(["run", "-e", "null.x"], { env: { FORCE_COLOR: "1" } });
    const refused = await tardigrade(["run", "-e", "null.x"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(plain.stderr).not.toContain("\u001b");
    expect(forced.stderr).toContain("\u001b[31mFailed (threw)");
    expect(refused.stderr).toBe(plain.stderr);
  });
});
