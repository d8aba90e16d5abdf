import { expect, test } from "vitest";
import { fileWith, rawConfig, tardigrade } from "./harness.ts";

const MAIN = ["--mcp", "examples/main/servers.json"];

test("lists tools with their descriptions", async () => {
  const { code, stderr, stdout } = await tardigrade(["tools", ...MAIN]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(23);
  expect(lines).toContainEqual(
    expect.stringMatching(/^files\.read_file {2,}Read the complete contents of a file as text\. DEPRECATED/),
  );
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
});

test("with --types as signatures, with --search the best match first", async () => {
  const { stdout } = await tardigrade(["tools", ...MAIN, "--types", "--search", "text file read"]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toBe(
    "files.read_text_file(input: { path: string; tail?: number; head?: number }): Promise<{ content: string }>",
  );
  expect(lines.length).toBeLessThan(23);
});

test("several files; what can't be called and what did not start is told", async () => {
  const raw = rawConfig({ absent: { command: "no-such-command-here" }, off: { command: "x", disabled: true } });
  const { code, stderr, stdout } = await tardigrade(["tools", "--mcp", raw, ...MAIN]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^raw\.wait +Reports `steps` times/m);
  expect(stdout).toMatch(/^memory\.read_graph /m);
  expect(stderr).toBe(
    'warning: MCP server "absent" could not be started: the command was not found; ran: no-such-command-here\n' +
      "not callable in raw: needs-task (runs only as a task)\n",
  );
});

test("exit code 4 if no server started; a run goes on without them", async () => {
  const config = fileWith("servers.json", '{"mcpServers":{"absent":{"command":"no-such-command-here"}}}');
  const tools = await tardigrade(["tools", "--mcp", config]);
  expect({ code: tools.code, stdout: tools.stdout }).toEqual({ code: 4, stdout: "" });
  const run = await tardigrade(["run", "-e", "return 1", "--mcp", config, "--json"]);
  expect(run.code).toBe(0);
  expect(run.stderr).toMatch(/^warning: MCP server "absent" could not be started/);
  expect(JSON.parse(run.stdout).value).toBe(1);
});

test("nothing to list, nothing found", async () => {
  expect(await tardigrade(["tools"])).toEqual({
    code: 0,
    stdout: "",
    stderr: "no tools: name a file that lists MCP servers with --mcp FILE\n",
  });
  const nothing = await tardigrade(["tools", ...MAIN, "--search", "zeppelin"]);
  expect(nothing).toEqual({ code: 0, stdout: "", stderr: 'no tool matches "zeppelin"\n' });
});
