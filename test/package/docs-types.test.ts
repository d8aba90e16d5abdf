import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf } from "./docs-blocks.ts";
import { execute } from "./node.ts";
import { filesBelow, ROOT, readSource } from "./sources.ts";

const PAGES = ["README.md", ...filesBelow("docs", /\.md$/)];
const IMPORT = /^import [^;]*;$/gm;

let folder = "";

/** Each block stands inside the scope of the one before: it sees its names and may declare them again. Lines stay. */
function pageSource(page: string): string {
  const blocks = blocksOf(page, readSource(page)).filter(({ language, mark }) => language === "ts" && mark === "");
  const imports = new Set(blocks.flatMap(({ code }) => code.match(IMPORT) ?? []));
  let text = [...imports].join(" ");
  for (const [index, { code, line }] of blocks.entries()) {
    const fence = "\n".repeat(line - text.split("\n").length - 1) + (index === 0 ? "" : "{");
    text += `${fence}\n${code.replaceAll(IMPORT, "")}`;
  }
  return `${text}\n${"}".repeat(Math.max(0, blocks.length - 1))}\nexport {};\n`;
}

beforeAll(async () => {
  // Inside the package, where its own name leads to it.
  folder = await mkdtemp(join(ROOT, "test/package/.docs-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("code in the documentation has no type errors", { timeout: 60_000 }, async () => {
  const files = PAGES.map((page) => `${page.replaceAll("/", "_").replace(/\.md$/, "")}.ts`);
  await Promise.all(PAGES.map((page, at) => writeFile(join(folder, files[at]!), pageSource(page))));
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, target: "es2022", module: "nodenext" },
    ...{ lib: ["es2023", "esnext.disposable"], types: ["node"], paths: PATHS },
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { code, stdout } = await execute(process.execPath, [tsc, "-p", folder]);
  expect(stdout).toBe("");
  expect(code).toBe(0);
});

const PATHS = { tardigrade: ["../../../dist/index.d.ts"], "tardigrade/mcp": ["../../../dist/mcp/index.d.ts"] };
