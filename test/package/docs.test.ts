import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { agrees, type Block, blocksOf } from "./docs-blocks.ts";
import { moduleOf } from "./docs-module.ts";
import { execute, runModule } from "./node.ts";
import { filesBelow, ROOT, readSource } from "./sources.ts";

const PAGES = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "THREAT_MODEL.md",
  "VERSIONING.md",
  ...filesBelow("docs", /\.md$/),
];
const BLOCKS = PAGES.flatMap((page) => blocksOf(page, readSource(page)));
const CODE = BLOCKS.filter(({ language }) => language === "ts" || language === "js");
const SHELL = BLOCKS.filter(({ language, mark }) => language === "sh" && mark === "run");

/**
 * Blocks marked `ts` or `js` run, all of a page as one module against the built package: see docs-module.ts.
 * `ts no-run: reason` is for what cannot run here. `sh run` runs line by line in an empty folder, where the page's
 * blocks marked `file: name` lie; `# → text` below a command states what it prints, `# → exit 1` how it ends.
 */
describe("code in the documentation", () => {
  test("is marked in a known way", () => {
    const wrong = [...CODE, ...BLOCKS.filter(({ language }) => language === "sh")].filter(
      ({ mark }) => !/^(?:|run|file: \S+|no-run: \S.*)$/.test(mark),
    );
    expect(wrong.map(({ line, mark, page }) => `${page}:${line}: ${mark}`)).toEqual([]);
  });

  test.each(pagesOf(CODE.filter(({ mark }) => mark === "")))("of $page says what it does", async ({ blocks, page }) => {
    const { statements, text } = moduleOf(blocks);
    // A statement that belongs to no expression would never be looked at.
    expect(statements).toHaveLength(blocks.flatMap(({ code }) => code.match(/\/\/ →/g) ?? []).length);
    const output = await runModule(text);
    const said = JSON.parse(output.slice(output.lastIndexOf("\0") + 1)) as (string | null)[];
    const wrong = statements.flatMap(({ line, stated }, at) => {
      const actual = said[at] ?? "nothing: the line was not reached, or did not throw";
      return agrees(actual, stated) ? [] : [`${page}:${line} says\n  ${stated}\nbut it is\n  ${actual}`];
    });
    expect(wrong.join("\n\n")).toBe("");
  });

  test.each(pagesOf(SHELL))("of $page, on the command line", async ({ blocks, page }) => {
    const folder = await mkdtemp(join(tmpdir(), "tardigrade-docs-"));
    try {
      await writeFiles(page, folder);
      const wrong: string[] = [];
      for (const block of blocks)
        for (const command of commandsOf(block)) wrong.push(...(await check(command, folder)));
      expect(wrong.join("\n\n")).toBe("");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("links in the documentation", () => {
  test("lead to files and headings that exist", () => {
    const wrong = PAGES.flatMap((page) =>
      [...readSource(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
        const [path = "", heading] = link.split("#");
        const target = path === "" ? page : join(dirname(page), path);
        if (!existsSync(ROOT + target)) return [`${page}: ${link}`];
        return heading === undefined || headingsOf(target).includes(heading) ? [] : [`${page}: ${link}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
});

interface Command {
  readonly page: string;
  readonly line: number;
  readonly text: string;
  readonly stated: string[];
  exit: number;
}

function commandsOf({ code, line, page }: Block): Command[] {
  const commands: Command[] = [];
  for (const [index, text] of code.split("\n").entries()) {
    const exit = /^# → exit (\d+)$/.exec(text);
    if (exit && commands.length > 0) commands[commands.length - 1]!.exit = Number(exit[1]);
    else if (text.startsWith("#")) commands.at(-1)?.stated.push(text.replace(/^#( → | {3}| ?)/, ""));
    else if (text.trim() !== "") commands.push({ page, line: line + index, text, stated: [], exit: 0 });
  }
  return commands;
}

async function check({ exit, line, page, stated, text }: Command, folder: string): Promise<string[]> {
  const shell = `tardigrade() { '${process.execPath}' '${ROOT}dist/cli/main.js' "$@"; }\n${text.replaceAll("npx tardigrade", "tardigrade")}`;
  const { code, stderr, stdout } = await execute("bash", ["-c", shell], {
    cwd: folder,
    env: { XDG_DATA_HOME: folder },
  });
  const said = stdout + stderr;
  if (code !== exit) return [`${page}:${line} ended with ${code}, not ${exit}:\n${said}`];
  return stated.length === 0 || agrees(said, stated.join("\n"))
    ? []
    : [`${page}:${line} says\n${stated.join("\n")}\nbut it is\n${said}`];
}

async function writeFiles(page: string, folder: string): Promise<void> {
  await cp(join(ROOT, "package.json"), join(folder, "package.json"));
  for (const block of BLOCKS.filter((block) => block.page === page)) {
    const name = /^file: (\S+)$/.exec(block.mark)?.[1];
    if (name !== undefined) await writeFile(join(folder, name), `${block.code}\n`);
  }
}

function pagesOf(blocks: readonly Block[]): { page: string; blocks: Block[] }[] {
  return PAGES.map((page) => ({ page, blocks: blocks.filter((block) => block.page === page) })).filter(
    (entry) => entry.blocks.length > 0,
  );
}

/** Headings as links name them. */
function headingsOf(page: string): string[] {
  return [...readSource(page).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
