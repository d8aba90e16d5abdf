import { expect, test } from "vitest";
import { hasPty, rawConfig, startInTerminal } from "./harness.ts";

const ESCAPE = "\u001b";
const COLOR = new RegExp(`${ESCAPE}\\[\\d+m`);
const PARTS = new RegExp(`${ESCAPE}\\[\\d*[A-Za-z]|\\r?\\n|[^${ESCAPE}\\r\\n]+`, "g");

const CODE = `
const waits = [6, 2, 4].map((steps) => tools.raw.wait({ steps, every: 60, answer: "after " + steps }));
console.log("started");
const all = await Promise.all(waits);
try { await tools.raw.refuse({}); } catch {}
return { all };`;

// Where there is no pseudo-terminal, these show up as skipped.
test.runIf(hasPty)("a line per call with spinner, time, progress and outcome; then the value", async () => {
  const { ended } = startInTerminal(["run", "-e", CODE, "--mcp", rawConfig()]);
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/\[36m[⠋-⠿].\[39m raw\.wait\(\{ steps: 6, every: 60, answer: "after 6" \}\)/);
  expect(stdout).toMatch(/\d+ ms · step \d/);
  const screen = render(stdout);
  const [starting, ...lines] = screen;
  expect(starting).toBe("started");
  expect(lines.map((line) => line.replace(/\d+ ms/, "N ms"))).toEqual([
    '✓ raw.wait({ steps: 2, every: 60, answer: "after 2" }) N ms',
    '✓ raw.wait({ steps: 4, every: 60, answer: "after 4" }) N ms',
    '✓ raw.wait({ steps: 6, every: 60, answer: "after 6" }) N ms',
    "✗ raw.refuse({}) N ms: no\\u001b[2J such thing, hunter2-secret",
    "{",
    '  "all": [',
    '    "after 6",',
    '    "after 2",',
    '    "after 4"',
    "  ]",
    "}",
  ]);
});

test.runIf(hasPty)("NO_COLOR takes the colours away, TERM=dumb the moving lines too", async () => {
  const args = ["run", "-e", CODE, "--mcp", rawConfig()];
  const plain = (await startInTerminal(args, { env: { NO_COLOR: "1" } }).ended).stdout;
  expect(plain).toMatch(/[⠋-⠿] raw\.wait/);
  expect(plain).not.toMatch(COLOR);
  const dumb = (await startInTerminal(args, { env: { TERM: "dumb" } }).ended).stdout;
  expect(dumb).not.toContain("\u001b");
  expect(dumb).toContain("✓ raw.wait");
});

test.runIf(hasPty)("an error keeps its frame and gets colours", async () => {
  const { code, stdout } = await startInTerminal(["run", "-e", "const a = 1;\nnull.x"]).ended;
  expect(code).toBe(1);
  expect(stdout).toContain("\u001b[31mFailed (threw): TypeError: cannot read property 'x' of null\u001b[39m\r\n");
  expect(stdout).toContain("\r\n  1 | const a = 1;\r\n\u001b[1m> 2 | null.x\u001b[22m\r\n");
});

test.runIf(hasPty)("--json shows nothing but the document, indented", async () => {
  const { stdout } = await startInTerminal(["run", "-e", CODE, "--mcp", rawConfig(), "--json"]).ended;
  expect(stdout).not.toContain("\u001b");
  expect(JSON.parse(stdout).value).toEqual({ all: ["after 6", "after 2", "after 4"] });
  expect(stdout).toContain('\r\n  "status": "completed"');
});

/** What stands on the screen in the end: understands line breaks, cursor up, erase below, and colours. */
function render(output: string): string[] {
  const lines: string[] = [""];
  let at = 0;
  for (const [part] of output.matchAll(PARTS)) {
    if (part === "\r\n" || part === "\n") lines[++at] ??= "";
    else if (part.endsWith("A") && part.startsWith("\u001b")) at -= Number(part.slice(2, -1));
    else if (part === "\u001b[J") lines.splice(at, lines.length, "");
    else if (!part.startsWith("\u001b")) lines[at] += part;
  }
  return lines.slice(0, -1);
}
