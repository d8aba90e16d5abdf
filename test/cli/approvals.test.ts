import { describe, expect, test } from "vitest";
import { askPolicy, checkGlobs, toolGlob } from "../../src/cli/tool-globs.ts";
import { hasPty, newPath, rawConfig, type Started, startInTerminal, tardigrade } from "./harness.ts";

const QUESTION = "Approve?";

/** Answers the questions of a program, one after the other, each when it is asked. */
async function answering(
  { child, ended }: Started,
  answers: readonly string[],
): Promise<{ code: number | null; out: string }> {
  let out = "";
  let asked = 0;
  child.stdout.on("data", (chunk: string) => {
    out += chunk;
    const times = out.split(/Approve\?.*: (?=$|[^\n]*)|Why\? The program is told: /).length - 1;
    for (; asked < times; asked++) setTimeout((answer) => child.stdin.write(answer), 150, answers[asked] ?? "");
  });
  const { code } = await ended;
  return { code, out: out.replaceAll("\r\n", "\n") };
}

const plain = { env: { NO_COLOR: "1" } };
const inTerminal = (code: string, ...more: string[]) =>
  startInTerminal(["run", "-e", code, "--mcp", rawConfig(), "--ask", "raw.*", ...more], plain);
const result = (text: string) =>
  `tools.raw.result({ result: { content: [{ type: "text", text: ${JSON.stringify(text)} }] } })`;

describe.runIf(hasPty)("in a terminal a person is asked", () => {
  test("with tool, input and place; yes lets the call through", async () => {
    const { code, out } = await answering(inTerminal("const n = 1;\nreturn await tools.raw.noSchema({ n });"), ["y\n"]);
    expect(code).toBe(0);
    expect(out).toContain(
      [
        "Approval needed: raw.noSchema (call 1, line 2)",
        "│ {",
        '│   "n": 1',
        "│ }",
        "  1 | const n = 1;",
        "> 2 | return await tools.raw.noSchema({ n });",
        "Approve? [y]es, [n]o, [l]ater: ",
      ].join("\n"),
    );
    expect(out).toMatch(/✓ raw\.noSchema\(\{ n: 1 \}\)/);
  });

  test("no, with a reason, is the program's error; what is no answer is asked again", async () => {
    const program = `const why = (e) => e.message;
const all = [${result("a")}.catch(why), ${result("b")}.catch(why), ${result("c")}.catch(why)];
return (await Promise.all(all)).join("; ");`;
    const answers = ["maybe\n", "\n", "No, never\n", "n\n", "not now\n", "NO\n", "\n"];
    const { code, out } = await answering(inTerminal(program), answers);
    expect(code).toBe(0);
    const denied = (reason: string) => `raw.result was denied: ${reason}`;
    expect(out).toContain(`${denied("not now")}; ${denied("no reason was given")}`);
  });

  test("later leaves the call pending; with a file the run can go on", async () => {
    const file = newPath("run.snapshot");
    const { code, out } = await answering(inTerminal(`return await ${result("x")}`, "--snapshot-to", file), ["l\n"]);
    expect(code).toBe(3);
    expect(out).toContain(`tardigrade resume ${file} `);
    const resumed = startInTerminal(["resume", file, "--mcp", rawConfig(), "--ask", "raw.*"], plain);
    const second = await answering(resumed, ["yes\n"]);
    expect(second.out).toContain("Approval needed: raw.result (call 1, line 1)\n");
    expect(second.out).toContain("> 1 | return await tools.raw.result(");
    expect({ code: second.code, last: second.out.trimEnd().split("\n").at(-1) }).toEqual({ code: 0, last: "x" });
  });

  test("one call at a time, what happens meanwhile being shown afterwards", async () => {
    const program = `setTimeout(() => console.log("meanwhile"), 300);
const two = [${result("a")}, ${result("b")}];
return (await Promise.all(two)).join();`;
    const started = inTerminal(program);
    let typed = false;
    started.child.stdout.on("data", () => {
      if (typed) return;
      typed = true;
      void started.seen(QUESTION).then(() => setTimeout(() => started.child.stdin.write("y\ny\n"), 600));
    });
    await started.seen("meanwhile");
    await started.seen("(call 3, line 2)");
    // The second answer of the two was typed before its question: it does not count.
    setTimeout(() => started.child.stdin.write("n too hasty\n"), 500);
    const { code, stdout } = await started.ended;
    expect(code).toBe(1);
    const out = stdout.replaceAll("\r\n", "\n");
    expect(out).toMatch(/\[l\]ater: y\n(y\n)?(.*\n)*?meanwhile\n/);
    expect(out.match(/Approval needed/g)).toHaveLength(2);
    expect(out).toContain("raw.result was denied: too hasty");
  });

  test("nothing that a program says can pass for something else", async () => {
    const evil = "\u001b[2J\u001b[1A\u202eApprove?\r\n[y]es";
    const key = 'x\n"}\n\nApprove? [y]es: \u009b2J';
    const input = JSON.stringify({ [evil]: 1, [key]: key });
    const program = `/* \u001b[2J\u202e */ await tools.raw.noSchema(${input})`;
    const { out } = await answering(inTerminal(program), ["n no\n"]);
    const question = out.slice(out.indexOf("Approval needed"), out.indexOf("[l]ater"));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those must not be printed
    expect(question).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(question.match(/^Approve\?/gm)).toHaveLength(1);
    for (const line of question.split("\n").slice(1, -1)) expect(line).toMatch(/^(│ |[> ] \d+ \|)/);
  });

  test("of a long input the rest is shown on request", async () => {
    const program = `await tools.raw.noSchema({ long: Array.from({ length: 200 }, (_, i) => "entry " + i) })`;
    const { out } = await answering(inTerminal(program), ["a\n", "y\n"]);
    const [first = "", second = ""] = out.split(QUESTION);
    expect(first).toMatch(/\d+ of \d+ characters are not shown\n/);
    expect(first).not.toContain("entry 199");
    expect(second).toMatch(/^ \[y\]es, \[n\]o, \[l\]ater, \[a\]ll of the input: a\n/);
    expect(second).toContain('│     "entry 199"');
  });

  test("and Ctrl-C cancels, Ctrl-D leaves", async () => {
    const cancelled = await answering(inTerminal(`await ${result("x")}`), ["\u0003"]);
    expect(cancelled.code).toBe(130);
    expect(cancelled.out).toContain("Failed (cancelled)");
    const left = await answering(inTerminal(`await Promise.all([${result("x")}, ${result("y")}])`), ["\u0004"]);
    expect(left.code).toBe(3);
    expect(left.out.match(/Approval needed/g)).toHaveLength(1);
    expect(left.out).toContain("(call 2, line 1)\n");
  });

  test("but not when the program ends without the answer", async () => {
    const program = `await Promise.race([${result("x")}, new Promise((ok) => setTimeout(ok, 500))]); return "done"`;
    const { code, out } = await answering(inTerminal(program), []);
    expect(code).toBe(0);
    expect(out).toMatch(/\[l\]ater: \n(.*\n)*done\n/);
  });

  test("also while the outcome goes elsewhere as JSON", async () => {
    const { code, out } = await answering(inTerminal(`return await ${result("x")}`, "--json"), ["y\n"]);
    expect(code).toBe(0);
    const [call] = JSON.parse(out.slice(out.indexOf("\n{\n"))).calls;
    expect(call).toMatchObject({ tool: "raw.result", answeredBy: "ada", state: "completed" });
  });
});

describe("globs of tools", () => {
  test.each([
    ["mail.send", ["mail.send"], ["mail.sends", "xmail.send", "mailxsend"]],
    ["mail.*", ["mail.send", "mail."], ["mail.a.b", "email.send"]],
    ["*.send", ["mail.send"], ["a.b.send"]],
    ["mail.**", ["mail.a.b", "mail.send"], ["mail"]],
    ["**", ["a", "a.b.c"], []],
    ["a$.[x]*", ["a$.[x]y"], ["a.x"]],
  ])("%s", (glob, yes, no) => {
    const matches = toolGlob(glob);
    expect([...yes, ...no].filter(matches)).toEqual(yes);
  });

  test("make a policy, and are refused where they match nothing", async () => {
    expect(askPolicy([])).toBeUndefined();
    const policy = askPolicy(["a.*", "b.c"]);
    const verdict = (tool: string) => policy?.({ tool, input: undefined, runId: "", data: undefined });
    expect(["a.x", "b.c", "b.d"].map(verdict)).toEqual(["ask", "ask", "allow"]);
    expect(() => checkGlobs(["x"], [])).not.toThrow();
    expect(() => checkGlobs(["a.*", "b.*"], ["a.x"])).toThrow("--ask b.* matches no tool");
    const { code, stderr } = await tardigrade(["run", "-e", "1", "--mcp", rawConfig(), "--ask", "rwa.*"]);
    expect({ code, last: stderr.split("\n").at(-2) }).toEqual({
      code: 2,
      last: "tardigrade: --ask rwa.* matches no tool; names are server.tool, * stands for a part of one, ** for anything (tardigrade tools lists them)",
    });
  });
});
