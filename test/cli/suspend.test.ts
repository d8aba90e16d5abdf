import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { fileWith, newPath, rawConfig, start, tardigrade } from "./harness.ts";

const text = (answer: string) => `{ result: { content: [{ type: "text", text: "${answer}" }] } }`;
/** Two calls at once, one of which is asked about; then a loop with a catch, so that there is something to go on with. */
const PROGRAM = `const names = new Map([["a", 1]]);
const plain = tools.raw.result(${text("plain")});
const asked = tools.raw.wait({ answer: "asked" });
console.log("got", await plain);
try {
  names.set("b", await asked);
} catch (error) {
  names.set("b", error.message);
}
return [...names].join();`;

/** A server that writes down which tools are called. */
function setUp(env: Record<string, string> = {}) {
  const log = newPath("calls.log");
  const file = newPath("run.snapshot");
  const mcp = ["--mcp", rawConfig({}, { LOG: log, ...env }), "--ask", "raw.wait"];
  const times = (tool: string) =>
    existsSync(log) ? (readFileSync(log, "utf8").match(new RegExp(`^call ${tool}$`, "gm")) ?? []).length : 0;
  return { file, mcp, times };
}

async function suspended(program = PROGRAM, env: Record<string, string> = {}) {
  const world = setUp(env);
  const ended = await tardigrade(["run", "-e", program, ...world.mcp, "--snapshot-to", world.file]);
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 3, stdout: "" });
  return { ...world, stderr: ended.stderr };
}

describe("a run that waits for an approval", () => {
  test("is suspended to a file, and says what waits and how to go on", async () => {
    const { file, mcp, stderr, times } = await suspended();
    expect(stderr.split("\n").slice(1)).toEqual([
      "got plain",
      "Suspended. It waits for:",
      '- an approval: raw.wait({ answer: "asked" }) (call 2, line 3)',
      "    --approve 2  or  --approve 2=INPUT  or  --deny 2=WHY",
      "Go on with:",
      `  tardigrade resume ${file} ${mcp.join(" ")} --approve 2`,
      "",
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(file))).toEqual(["run.snapshot"]);
    expect([times("result"), times("wait")]).toEqual([1, 0]);
  });

  test.each([
    ["--approve", "2", "a,1,b,asked", 1],
    ["--approve", '2={"answer": "edited"}', "a,1,b,edited", 1],
    ["--deny", "2=too much", "a,1,b,raw.wait was denied: too much", 0],
    ["--deny", "2", "a,1,b,raw.wait was denied: no reason was given", 0],
    ["--answer", '2="theirs"', "a,1,b,theirs", 0],
    ["--error", "2=went wrong", "a,1,b,went wrong", 0],
  ])("%s %s: it goes on at its line, and its file is gone", async (option, value, answer, calls) => {
    const { file, mcp, times } = await suspended();
    const { code, stderr, stdout } = await tardigrade(["resume", file, ...mcp, option, value]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${answer}\n` });
    expect(stderr).not.toContain("got");
    expect([times("result"), times("wait")]).toEqual([1, calls]);
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  test("--json tells the whole life of the run, and the file in place of its bytes", async () => {
    const { file, mcp } = setUp();
    const run = await tardigrade(["run", "-e", PROGRAM, ...mcp, "--snapshot-to", file, "--json"]);
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 3, stderr: "" });
    const first = JSON.parse(run.stdout);
    const pending = [{ id: "2", tool: "raw.wait", input: { answer: "asked" }, kind: "approval", line: 3 }];
    expect(first).toMatchObject({ status: "suspended", snapshot: file, pending });
    const resumed = await tardigrade(["resume", file, ...mcp, "--approve", "2", "--json"]);
    expect({ code: resumed.code, stderr: resumed.stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      ...{ status: "completed", value: "a,1,b,asked", runId: first.runId },
      logs: [{ text: "got plain" }],
      calls: [{ id: "1" }, { id: "2", answeredBy: "ada", state: "completed" }],
    });
  });

  test("what it asked for is asked for again, though nobody says --ask any more", async () => {
    const { file, mcp } = await suspended(
      "await tools.raw.wait({ answer: 'first' }); return await tools.raw.wait({ answer: 'second' })",
    );
    const withoutAsk = mcp.slice(0, mcp.indexOf("--ask"));
    const again = await tardigrade(["resume", file, ...withoutAsk, "--approve", "1"]);
    expect(again).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('- an approval: raw.wait({ answer: "second" })'),
    });
    expect((await tardigrade(["resume", file, ...withoutAsk, "--approve", "2"])).stdout).toBe("second\n");
  });

  test("without an answer it is suspended again, and again it can be resumed", async () => {
    const { file, mcp, times } = await suspended();
    const before = readFileSync(file);
    const again = await tardigrade(["resume", file, ...mcp]);
    expect(again.code).toBe(3);
    expect(again.stderr).toMatch(/^Suspended\. It waits for:\n- an approval: raw\.wait/);
    expect(readFileSync(file).equals(before)).toBe(false);
    expect((await tardigrade(["resume", file, ...mcp, "--approve", "2"])).stdout).toBe("a,1,b,asked\n");
    expect([times("result"), times("wait")]).toEqual([1, 1]);
  });

  test("ends where nobody can answer and no file was named", async () => {
    const { file, mcp } = setUp();
    const { code, stderr, stdout } = await tardigrade(["run", "-e", PROGRAM, ...mcp]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/\(call 2, line 3\)\n.*\nHint: nothing keeps this run.*--snapshot-to FILE/);
    const { stdout: json } = await tardigrade(["run", "-e", PROGRAM, ...mcp, "--json"]);
    expect(JSON.parse(json)).toMatchObject({ status: "suspended", pending: [{ id: "2" }] });
    expect(json).not.toContain('"snapshot"');
    expect(existsSync(file)).toBe(false);
  });

  test("another file leaves the first alone", async () => {
    const { file, mcp, times } = await suspended();
    const before = readFileSync(file);
    const other = newPath("other.snapshot");
    const kept = await tardigrade(["resume", file, ...mcp, "--snapshot-to", other]);
    expect(kept.code).toBe(3);
    expect(kept.stderr).toContain(`tardigrade resume ${other} `);
    expect((await tardigrade(["resume", other, ...mcp, "--approve", "2"])).stdout).toBe("a,1,b,asked\n");
    expect(existsSync(other)).toBe(false);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(times("wait")).toBe(1);
  });
});

describe("calls that were out", () => {
  const NEVER =
    'const a = tools.raw.wait({}); console.log("out"); try { return await a } catch (e) { return [e.code, e.message] }';
  const mcpOf = (log: string) => ["--mcp", rawConfig({}, { LOG: log })];

  test.each([
    ["--answer", '1={"n":1}', '{\n  "n": 1\n}\n'],
    ["--error", "1", '[\n  "outcome_unknown",\n  "what became of the call is not known"\n]\n'],
  ])("when the run was suspended after a time are settled with %s %s", async (option, value, stdout) => {
    const file = newPath("run.snapshot");
    const mcp = mcpOf(newPath("log"));
    const run = await tardigrade(["run", "-e", NEVER, ...mcp, "--snapshot-to", file, "--suspend-after", "2s"]);
    expect(run.code).toBe(3);
    expect(run.stderr).toContain("- what became of a call that was out: raw.wait({}) (call 1, line 1)");
    expect(run.stderr).toContain("    --reissue 1  or  --answer 1=JSON  or  --error 1=MESSAGE\n");
    const resumed = await tardigrade(["resume", file, ...mcp, option, value]);
    expect({ code: resumed.code, stdout: resumed.stdout }).toEqual({ code: 0, stdout });
  });

  test("when the process was killed wait for a word; nothing of the run happens twice unasked", async () => {
    const { file, mcp, times } = await suspended(PROGRAM.replace('{ answer: "asked" }', "{}"));
    const { child, ended } = start(["resume", file, ...mcp, "--approve", "2"]);
    await expect.poll(() => times("wait"), { timeout: 10_000 }).toBe(1);
    child.kill("SIGKILL");
    await ended;
    const unanswered = await tardigrade(["resume", file, ...mcp]);
    expect(unanswered.code).toBe(3);
    expect(unanswered.stderr).toMatch(/- what became of a call that was out: raw\.wait\(\{\}\) \(call 2, line 3\)/);
    expect([times("result"), times("wait")]).toEqual([1, 1]);
    expect((await tardigrade(["resume", file, ...mcp, "--answer", '2="was done"'])).stdout).toBe("a,1,b,was done\n");
    expect([times("result"), times("wait")]).toEqual([1, 1]);
  });

  test("are made once more by --reissue, also after a tool that failed", async () => {
    const log = newPath("log");
    const file = newPath("run.snapshot");
    const code = "return await tools.raw.refuse({})";
    const failed = await tardigrade(["run", "-e", code, ...mcpOf(log), "--snapshot-to", file]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^Failed \(tool_failed\)/m);
    expect(failed.stderr).toContain(
      `${file} holds the run as it stood before its last calls; remove it, or resume it\n`,
    );
    const again = await tardigrade(["resume", file, ...mcpOf(log), "--reissue", "1"]);
    expect(again.code).toBe(1);
    expect(readFileSync(log, "utf8").match(/^call refuse$/gm)).toHaveLength(2);
    const mended = await tardigrade(["resume", file, ...mcpOf(log), "--answer", "1=7"]);
    expect(mended).toMatchObject({ code: 0, stdout: "7\n" });
    expect(existsSync(file)).toBe(false);
  });

  test("Ctrl-C keeps the file", async () => {
    const { file, mcp, times } = await suspended(PROGRAM.replace('{ answer: "asked" }', "{}"));
    const { child, ended } = start(["resume", file, ...mcp, "--approve", "2"]);
    await expect.poll(() => times("wait"), { timeout: 10_000 }).toBe(1);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Failed \(cancelled\)/);
    expect(stderr).toContain(`${file} holds the run`);
    expect((await tardigrade(["inspect", file])).stdout).toContain(
      "- what became of a call that was out: raw.wait({}) (call 2, line 3)",
    );
  });
});

describe("sleeps", () => {
  const LATER = 'console.log("one"); await sleep(50_000); console.log("two"); return "woken"';

  test("of more than ten seconds suspend, and can be ended early", async () => {
    const file = newPath("run.snapshot");
    const run = await tardigrade(["run", "-e", LATER, "--snapshot-to", file]);
    expect(run.code).toBe(3);
    expect(run.stderr).toMatch(
      /^one\nSuspended\. It waits for:\n- the clock: sleep \(call 1, line 1, until \d{4}-.*Z, in [45]\d\.\d s\)\nGo on with:\n {2}tardigrade resume \S+\n$/,
    );
    expect(await tardigrade(["resume", file, "--answer", "1=null"])).toEqual({
      code: 0,
      stdout: "woken\n",
      stderr: "two\n",
    });
  });

  const LIVE = 'console.log("one"); await sleep(10_500); console.log("two"); return "woken"';

  test("are waited for without a file, free of the limit, logs told once", { timeout: 40_000 }, async () => {
    const { code, stderr, stdout } = await tardigrade(["run", "-e", LIVE, "--limit", "wallMs=3s"]);
    expect(stderr).toMatch(/^one\nsleeping until \S+Z\ntwo\n$/);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "woken\n" });
  });

  test("are waited for with --wait too, the file being kept meanwhile", { timeout: 40_000 }, async () => {
    const file = newPath("run.snapshot");
    const { ended, seen } = start(["run", "-e", LIVE, "--snapshot-to", file, "--wait"]);
    await seen("sleeping until");
    expect(existsSync(file)).toBe(true);
    const { code, stderr, stdout } = await ended;
    expect(stderr).toMatch(/^one\nsleeping until \S+Z\ntwo\n$/);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "woken\n" });
    expect(existsSync(file)).toBe(false);
  });

  test("end at a signal, with the report of the whole run, and at --suspend-after", async () => {
    const slept = start(["run", "-e", LATER]);
    await slept.seen("sleeping until");
    slept.child.kill("SIGTERM");
    const { code, stderr } = await slept.ended;
    expect(code).toBe(143);
    expect(stderr).toMatch(/Failed \(cancelled\): the run was cancelled: ended by SIGTERM\n$/);
    const json = start(["run", "-e", LATER, "--json"]);
    setTimeout(() => json.child.kill("SIGTERM"), 1_500);
    const outcome = JSON.parse((await json.ended).stdout);
    expect(outcome).toMatchObject({ status: "failed", error: { code: "cancelled" }, logs: [{ text: "one" }] });
    const file = newPath("run.snapshot");
    const after = await tardigrade(["run", "-e", LATER, "--snapshot-to", file, "--wait", "--suspend-after", "1s"]);
    expect(after.code).toBe(3);
    expect(after.stderr).toContain(`tardigrade resume ${file}\n`);
  });
});

describe("inspect", () => {
  test("tells about a snapshot without touching it", async () => {
    const file = newPath("it's here.snapshot");
    const program = fileWith("late.ts", "await sleep(1e9)");
    await tardigrade(["run", program, "--snapshot-to", file]);
    const before = readFileSync(file);
    const { code, stderr, stdout } = await tardigrade(["inspect", file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^run {8}[\w-]{36} \(late\.ts\)\nstarted {4}\S+Z\nsuspended {2}\S+Z, .* ago; never before\n/,
    );
    expect(stdout).toMatch(/\nsize {7}\d\.\d KiB\nsource {5}SHA-256 [0-9a-f]{64}\n/);
    expect(stdout).toContain("- the clock: sleep (call 1, line 1, until ");
    expect(stdout).toContain(`  tardigrade resume '${file.replace("'", "'\\''")}'\n`);
    const info = JSON.parse((await tardigrade(["inspect", file, "--json"])).stdout);
    expect(info).toMatchObject({
      kind: "run",
      name: "late.ts",
      generation: 0,
      bytes: before.length,
      pending: [{ id: "1" }],
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("no text of a program can act on the terminal there", async () => {
    const evil = "\\u001b[2J\\u202e\\r\\n  tardigrade resume evil";
    const { file, mcp, stderr } = await suspended(`await tools.raw.wait({ "${evil}": "${evil}" })`);
    const name = "\u001b[31mred\u202e.snapshot";
    const copy = newPath(name);
    writeFileSync(copy, readFileSync(file));
    const outputs = [
      stderr,
      (await tardigrade(["inspect", copy])).stdout,
      (await tardigrade(["resume", copy, ...mcp])).stderr,
    ];
    for (const output of outputs) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those must not be printed
      expect(output).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      expect(output).not.toMatch(/^ *tardigrade resume evil/m);
    }
  });
});
