import { expect, test } from "vitest";
import { CallLines } from "../../src/cli/call-lines.ts";
import { createPaint, type Output } from "../../src/cli/output.ts";
import { cutToWidth, duration, oneLine, textWidth, visible } from "../../src/cli/text.ts";
import type { CallRecord } from "../../src/index.ts";

function call(id: string, state: CallRecord["state"], more: Partial<CallRecord> = {}): CallRecord {
  return { id, tool: `a.tool${id}`, input: { n: Number(id) }, startedAt: 0, durationMs: 12, state, ...more };
}

function setUp(live: boolean, size: { columns?: number; rows?: number } = {}) {
  const written: string[] = [];
  const output: Output = { write: (text) => written.push(text), isTTY: live, ...size };
  const clock = { ms: 0 };
  const paint = createPaint(output, { NO_COLOR: "1" });
  return { lines: new CallLines(output, { live, paint, now: () => clock.ms }), written, clock };
}

test("a call that is quick leaves one line; a slow one is drawn, and erased when it ends", () => {
  const { clock, lines, written } = setUp(true);
  lines.call(call("1", "running"));
  lines.call(call("1", "completed"));
  expect(written.splice(0)).toEqual(["✓ a.tool1({ n: 1 }) 12 ms\n"]);
  lines.call(call("2", "running"));
  clock.ms = 1234;
  lines.tick();
  lines.write("a log\n");
  lines.call(call("2", "completed", { durationMs: 1300 }));
  lines.close();
  expect(written).toEqual([
    "⠙ a.tool2({ n: 2 }) 1.2 s\n",
    "\u001b[1A\u001b[Ja log\n⠙ a.tool2({ n: 2 }) 1.2 s\n",
    "\u001b[1A\u001b[J✓ a.tool2({ n: 2 }) 1.3 s\n",
  ]);
});

test("more calls than the terminal has rows are counted; lines are narrower than the terminal", () => {
  const { clock, lines, written } = setUp(true, { columns: 30, rows: 6 });
  for (let id = 1; id <= 9; id++) {
    lines.call(call(String(id), id < 6 ? "running" : "waiting", { tool: "一二三四五六七八九十一二三四五六" }));
  }
  lines.progress("1", { progress: 3, total: 10 });
  lines.progress("2", { message: "half\nway\u202e" });
  clock.ms = 500;
  lines.tick();
  const drawn = written.join("").trimEnd().split("\n");
  expect(drawn).toHaveLength(4);
  expect(drawn[0]).toMatch(/500 ms · 3\/10$/);
  expect(drawn[1]).toMatch(/500 ms · h.*…$/);
  expect(drawn[3]).toBe("  … 6 more");
  for (const line of drawn) expect(textWidth(line)).toBeLessThan(30);
  lines.close();
  expect(written.at(-1)).toBe("\u001b[4A\u001b[J");
});

test("piped, each call gives a line when it ends", () => {
  const { lines, written } = setUp(false);
  lines.wait("starting")();
  lines.call(call("1", "running", { input: undefined, tool: "a\u001b[2J.b" }));
  lines.tick();
  lines.call(call("1", "failed", { error: { code: "tool_failed", name: "Error", message: "bad\n\u001b[31mnews" } }));
  lines.call(call("2", "denied", { error: { code: "denied", name: "CallError", message: "no" } }));
  lines.call(call("3", "aborted"));
  lines.close();
  expect(written).toEqual([
    "✗ a\\u001b[2J.b() 12 ms: bad \\u001b[31mnews\n",
    "✗ a.tool2({ n: 2 }) 12 ms: no\n",
    "■ a.tool3({ n: 3 }) 12 ms aborted\n",
  ]);
});

test("widths, times and escapes", () => {
  expect(cutToWidth("abcdef", 6)).toBe("abcdef");
  expect(cutToWidth("abcdefg", 6)).toBe("abcde…");
  expect(cutToWidth("日本語", 5)).toBe("日本…");
  expect(textWidth("e\u0301 日 👍")).toBe(7);
  expect([0, 12.4, 999.6, 59_940, 59_960, 185_000].map(duration)).toEqual([
    "0 ms",
    "12 ms",
    "1.0 s",
    "59.9 s",
    "1 min 00 s",
    "3 min 05 s",
  ]);
  expect(visible("a\r\nb\rc\u202e\t\n")).toBe("a\r\nb\\u000dc\\u202e\t\n");
  expect(oneLine(" a \n\t b\u0007 ")).toBe("a b\\u0007");
});
