/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Line of the page on which the code begins. */
  readonly line: number;
  /** Language and what follows it: `ts no-run: needs a server`. */
  readonly language: string;
  readonly mark: string;
  readonly code: string;
}

/** The fenced blocks of a Markdown page. */
export function blocksOf(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  let start: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith("```")) continue;
    if (start === undefined) {
      start = index;
      continue;
    }
    const [language = "", ...mark] = (lines[start] ?? "").slice(3).split(" ");
    const code = lines.slice(start + 1, index).join("\n");
    blocks.push({ page, line: start + 2, language, mark: mark.join(" ").trim(), code });
    start = undefined;
  }
  if (start !== undefined) throw new Error(`${page}:${start + 1}: the block is not closed`);
  return blocks;
}

/** Whether `actual` is what a page says; spaces don't count, and `…` stands for anything. */
export function agrees(actual: string, stated: string): boolean {
  const parts = stated.replaceAll(/\s+/g, "").split("…");
  const pattern = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[^]*");
  return new RegExp(`^${pattern}$`).test(actual.replaceAll(/\s+/g, ""));
}
