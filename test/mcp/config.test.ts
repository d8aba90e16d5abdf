import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { connectMcp, type McpConfigOptions, parseMcpConfig, readMcpConfig } from "../../src/mcp/index.ts";
import { call, connect, nodeServer, realServer, statusOf, temporaryFolder } from "./harness.ts";

const options: McpConfigOptions = {
  path: "mcp.json",
  env: { TOKEN: "t0ken-value", EMPTY: "", HOME: "/home/me", NESTED: "$" + "{TOKEN}" },
  workspaceFolder: "/work/space",
};
/** `$V{…}` in these tests stands for a reference, so that no linter takes it for a slip. */
const parse = (servers: unknown, more: McpConfigOptions = {}) =>
  parseMcpConfig(JSON.stringify({ mcpServers: servers }).replaceAll("$V", "$"), { ...options, ...more });
const message = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
};

describe("formats", () => {
  test("comments, trailing commas, a byte order mark; mcpServers or servers; types inferred or named", () => {
    const text = `\ufeff{
      // VS Code calls it servers
      "servers": {
        "a": { "command": "node", "args": ["x.mjs",], },
        "b": { "url": "https://example.com/mcp", "headers": { "X-Key": "1" } },
        "c": { "type": "streamable-http", "url": "http://localhost:1/mcp" },
        "d": { "type": "sse", "url": "http://localhost:1/sse" }, /* old */
      },
    }`;
    const { servers, warnings } = parseMcpConfig(text, options);
    expect(servers).toMatchObject({
      a: { type: "stdio", command: "node", args: ["x.mjs"], env: {}, era: "auto" },
      b: { type: "http", url: "https://example.com/mcp", headers: { "X-Key": "1" } },
      c: { type: "http" },
      d: { type: "sse" },
    });
    expect(Object.keys(servers)).toEqual(["a", "b", "c", "d"]);
    expect(warnings).toEqual([]);
  });

  test("all keys of a server", () => {
    const keys = { envFile: ".env", cwd: "/tmp", allow: ["get-*"], deny: ["*-all"], timeout: 5000, startTimeout: 9000 };
    const { servers } = parse({ a: { command: "x", env: { PORT: 80, ON: true }, protocolEra: "modern", ...keys } });
    expect(servers.a).toMatchObject({ ...keys, env: { PORT: "80", ON: "true" }, era: "modern" });
  });

  test("a server that is off may be incomplete and have variables that nobody set", () => {
    const { servers, disabled } = parse({
      a: { command: "$V{NOBODY}", disabled: true },
      b: { enabled: false },
      c: { command: "x" },
    });
    expect(Object.keys(servers)).toEqual(["c"]);
    expect(disabled).toEqual(["a", "b"]);
  });

  test("keys of other programs are ignored and reported", () => {
    const text = '{ "inputs": [], "mcpServers": { "a": { "command": "x", "alwaysLoad": true, "gallery\\u202e": 1 } } }';
    expect(parseMcpConfig(text, options).warnings).toEqual([
      "mcp.json: ignored: inputs",
      'mcp.json: server "a": ignored: alwaysLoad, gallery\\u202e',
    ]);
  });
});

describe("variables", () => {
  test("are expanded in command, args, env, url, headers, cwd and envFile", () => {
    const { servers } = parse({
      a: {
        command: "$V{workspaceFolder}/bin/x",
        args: [
          "--token=$V{TOKEN}",
          "$V{NOBODY:-http://x:1/-}",
          "$V{env:TOKEN}",
          "$V{EMPTY}|$V{EMPTY:-d}",
          "$V{env:NOBODY:-e}",
        ],
        env: { T: "$V{TOKEN}$V{TOKEN}" },
        cwd: "$V{userHome}",
        envFile: "$V{workspaceFolder}/.env",
      },
      b: { url: "https://h/$V{TOKEN}", headers: { Authorization: "Bearer $V{TOKEN}" } },
    });
    expect(servers.a).toMatchObject({
      command: "/work/space/bin/x",
      args: ["--token=t0ken-value", "http://x:1/-", "t0ken-value", "|d", "e"],
      env: { T: "t0ken-valuet0ken-value" },
      cwd: "/home/me",
      envFile: "/work/space/.env",
    });
    expect(servers.b).toMatchObject({ url: "https://h/t0ken-value", headers: { Authorization: "Bearer t0ken-value" } });
  });

  test("what a variable contains is not expanded again, and what is no reference stays", () => {
    const { servers } = parse({ a: { command: "sh", args: ["$V{NESTED}", "echo $1 $V{1} $V{x#y} $HOME"] } });
    expect(servers.a).toMatchObject({
      args: ["$".concat("{TOKEN}"), "echo $1 $V{1} $V{x#y} $HOME".replaceAll("$V", "$")],
    });
  });

  test.each<[string, McpConfigOptions, string]>([
    [
      "$V{NOBODY}",
      {},
      "the environment variable NOBODY is not set and $V{NOBODY} has no default ($V{NOBODY:-default})",
    ],
    [
      "$V{env:NOBODY}",
      {},
      "the environment variable NOBODY is not set and $V{env:NOBODY} has no default ($V{NOBODY:-default})",
    ],
    ["$V{input:key}", {}, "$V{input:key} cannot be expanded (nobody can be asked for inputs here; use $V{env:NAME})"],
    [
      "$V{config:x}",
      {},
      "$V{config:x} cannot be expanded (known forms: $V{VAR}, $V{VAR:-default}, $V{env:VAR}, $V{workspaceFolder}, $V{userHome})",
    ],
    ["$V{userHome}", { env: {} }, "$V{userHome} is not known here; pass the option userHome"],
    [
      "$V{constructor}",
      {},
      "the environment variable constructor is not set and $V{constructor} has no default ($V{constructor:-default})",
    ],
  ])("%s is refused", (text, more, expected) => {
    expect(message(() => parse({ "my server": { command: "x", args: ["ok", text] } }, more))).toBe(
      `mcp.json: server "my server": args[1]: ${expected.replaceAll("$V", "$")}`,
    );
  });
});

describe("mistakes are named with file, server, key, expectation and value", () => {
  test.each<[string, string]>([
    ['{ "mcpServers": {\n  "a": { "command": } } }', "mcp.json: line 2, column 21: not valid JSON (value expected)"],
    ["", "mcp.json: line 1, column 1: not valid JSON (value expected)"],
    ['{ "mcpServers": {}', "mcp.json: line 1, column 19: not valid JSON (close brace expected)"],
    ['{ "mcpServers": { "a": { "command": "x" }, "a": {} } }', 'mcp.json: mcpServers: "a" stands twice'],
    [
      '{ "mcpServers": { "__proto__": { "command": "x" } } }',
      'mcp.json: mcpServers: "__proto__" cannot be used as a name',
    ],
    ["[]", 'mcp.json: expected an object with the key "mcpServers" or "servers", got an array'],
    ['{ "mcp": {} }', 'mcp.json: expected the key "mcpServers" or "servers"; keys found: mcp'],
    ['{ "mcpServers": {}, "servers": {} }', 'mcp.json: has both "mcpServers" and "servers"; expected one of them'],
    ['{ "mcpServers": [] }', 'mcp.json: "mcpServers" must be an object with a key per server, got an array'],
    ['{ "mcpServers": { "": {} } }', 'mcp.json: "mcpServers" has a server without a name'],
  ])("%s", (text, expected) => {
    expect(message(() => parseMcpConfig(text, options))).toBe(expected);
  });

  test.each<[unknown, string]>([
    ["node x", "expected an object, got a value of type string"],
    [{}, 'command is missing; expected "command" or "url"'],
    [{ command: "x", url: "http://h" }, 'command stands beside "url"; expected one of them'],
    [{ command: "" }, "command must not be empty"],
    [{ command: 5 }, "command must be a string, got 5 (a value of type number)"],
    [{ type: "ws", url: "ws://h" }, 'type must be "stdio", "http" or "sse", got "ws"'],
    [{ type: "http", command: "x" }, 'url is missing; a server of type "http" needs it'],
    [{ command: "x", args: "--a" }, 'args must be an array of strings, got "--a" (a value of type string)'],
    [{ command: "x", args: ["a", 5] }, "args[1] must be a string, got 5 (a value of type number)"],
    [{ command: "x\0y" }, "command must not contain a NUL character"],
    [{ command: "x", env: { KEY: { secret: "s3cret" } } }, "env.KEY must be a string, got a value of type object"],
    [{ command: "x", env: ["KEY=s3cret"] }, "env must be an object of strings, got an array"],
    [{ url: "ftp://user:s3cret@h/x?key=s3cret" }, 'url must be an http or https URL, got "ftp://h/x"'],
    [{ url: "user:s3cret@nowhere?key=s3cret" }, 'url must be an http or https URL, got "nowhere"'],
    [{ url: "$V{TOKEN}.example/$V{TOKEN}" }, 'url must be an http or https URL, got "[hidden].example/[hidden]"'],
    [{ url: "http://h", headers: { "a b": "s3cret" } }, 'headers has a name that is no header name: "a b"'],
    [{ url: "http://h", headers: { A: "s3cret\r\nB: c" } }, "headers.A must not contain line breaks"],
    [{ url: "http://h", headers: { A: ["s3cret"] } }, "headers.A must be a string, got an array"],
    [
      { command: "x", timeout: "5s" },
      'timeout must be a number of milliseconds from 1 to 2147483647, got "5s" (a value of type string)',
    ],
    [
      { command: "x", timeout: 0 },
      "timeout must be a number of milliseconds from 1 to 2147483647, got 0 (a value of type number)",
    ],
    [
      { command: "x", timeout: 2 ** 31 },
      "timeout must be a number of milliseconds from 1 to 2147483647, got 2147483648 (a value of type number)",
    ],
    [{ command: "x", allow: "get-*" }, 'allow must be an array of strings, got "get-*" (a value of type string)'],
    [{ command: "x", deny: [""] }, 'deny[0] must be a tool name or a glob, got ""'],
    [{ command: "x", era: "newest" }, 'era must be "auto", "legacy" or "modern", got "newest"'],
    [{ command: "x", disabled: "yes" }, 'disabled must be true or false, got "yes" (a value of type string)'],
  ])("%j", (entry, expected) => {
    expect(message(() => parse({ a: entry }))).toBe(`mcp.json: server "a": ${expected}`);
  });

  test("connectMcp checks an object in the same way, and starts nothing if it is wrong", async () => {
    const config = { mcpServers: { good: nodeServer(realServer("everything")), bad: { comand: "x" } } };
    await expect(connectMcp(config)).rejects.toThrow('MCP configuration: server "bad": command is missing');
  });
});

test("connectMcp refuses options that it does not know", async () => {
  const config = { mcpServers: {} };
  await expect(connectMcp(config, { startTimeout: 5 } as never)).rejects.toThrow(
    'Unknown option "startTimeout" of connectMcp',
  );
  await expect(connectMcp(config, { startTimeoutMs: 0 })).rejects.toThrow("Expected startTimeoutMs");
  await expect(connectMcp(config, { onStderr: true as never })).rejects.toThrow("Expected onStderr to be a function");
  await expect(connectMcp("mcp.json" as never)).rejects.toThrow("got a value of type string");
});

describe("files", () => {
  test("are read by name; the workspace is their folder, or the one around an editor's", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, ".vscode"));
    const text = JSON.stringify({ servers: { a: { command: "$V{workspaceFolder}/x" } } }).replaceAll("$V", "$");
    for (const path of [join(folder, ".mcp.json"), join(folder, ".vscode", "mcp.json")]) {
      writeFileSync(path, text);
      expect((await readMcpConfig(path)).servers.a).toMatchObject({ command: `${folder}/x` });
    }
    const given = await readMcpConfig(join(folder, ".mcp.json"), { workspaceFolder: "/else" });
    expect(given.servers.a).toMatchObject({ command: "/else/x" });
  });

  test("that are missing, folders or wrong are UsageErrors with the path", async () => {
    const folder = temporaryFolder();
    const missing = join(folder, "none.json");
    await expect(readMcpConfig(missing)).rejects.toThrow(
      `${missing}: the MCP configuration can't be read: there is no such file`,
    );
    await expect(readMcpConfig(folder)).rejects.toThrow("it is a folder");
    const wrong = join(folder, "wrong.json");
    writeFileSync(wrong, "{");
    await expect(readMcpConfig(wrong)).rejects.toThrow(UsageError);
    await expect(readMcpConfig(wrong)).rejects.toThrow(`${wrong}: line 1, column 2`);
  });

  test("an envFile adds variables below env; one that is missing fails that server only", async () => {
    const folder = temporaryFolder();
    const envFile = join(folder, ".env");
    writeFileSync(envFile, "# comment\nexport A='one two'\nB=\"x\\ny\" # note\nC=three # note\nD=lost\n\nE=\n");
    const everything = nodeServer(realServer("everything"), ["stdio"], { envFile, env: { D: "kept" } });
    const connection = await connect({ everything, none: { command: "x", envFile: join(folder, "none.env") } });
    expect(await call(connection, "everything.getEnv")).toMatchObject({
      A: "one two",
      B: "x\ny",
      C: "three",
      D: "kept",
      E: "",
    });
    expect(statusOf(connection, "none").error).toContain("none.env");
  });
});
