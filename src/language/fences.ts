/** A line that opens or closes a Markdown code block. */
interface Fence {
  line: number;
  marker: string;
  language: string;
}

/** The code between two fences (line indices, the fences themselves left out). */
interface Block {
  from: number;
  to: number;
  language: string;
}

/** What `unfence` found: the code alone, its lines where they stood; or why no single program could be chosen. */
export type Unfenced = { code: string; line: number } | { refused: string; line: number };

const CODE_LANGUAGES = /^(?:js|javascript|mjs|cjs|jsx|ts|typescript|mts|cts|tsx|node|ecmascript)$/i;

/** Offsets of the lines that look like Markdown fences. */
export function fenceOffsets(source: string): number[] {
  const offsets: number[] = [];
  if (!/^ {0,3}(?:```|~~~)/m.test(source)) return offsets;
  let offset = 0;
  for (const line of source.split("\n")) {
    if (fenceOf(line, 0)) offsets.push(offset + line.search(/\S/));
    offset += line.length + 1;
  }
  return offsets;
}

/**
 * Takes the program out of a Markdown answer: everything else becomes blank lines. Of several blocks it takes the only
 * one that is tagged as JavaScript or TypeScript, or the only one without a tag; two candidates may be alternatives,
 * and running both could do things twice, so they are refused. Undefined if the text around the fences is code itself.
 */
export function unfence(source: string): Unfenced | undefined {
  const lines = source.split("\n");
  const { blocks, fences } = findBlocks(lines);
  const first = fences[0];
  if (first === undefined) return undefined;
  const inside = new Set(fences.map((fence) => fence.line));
  for (const block of blocks) for (let line = block.from; line < block.to; line++) inside.add(line);
  const outside = lines.filter((_, index) => !inside.has(index));
  if (outside.some(looksLikeCode)) return undefined;
  const candidates = chooseBlocks(blocks);
  const [chosen] = candidates;
  if (chosen === undefined) return { refused: "no code block in it is JavaScript or TypeScript", line: first.line + 1 };
  if (candidates.length > 1) return { refused: `it holds ${candidates.length} code blocks`, line: chosen.from };
  const code = lines.map((line, index) => (chosen.from <= index && index < chosen.to ? line : "")).join("\n");
  return { code, line: chosen.from };
}

/** The fence that a line is; a backtick after the marker makes it a template or inline code. */
function fenceOf(text: string, line: number): Fence | undefined {
  const marker = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))/.exec(text);
  const rest = marker && text.slice(marker[0].length);
  if (!marker || rest?.includes("`")) return undefined;
  return { line, marker: marker[1] ?? "", language: /^[ \t]*([\w+#.-]*)/.exec(rest ?? "")?.[1] ?? "" };
}

function chooseBlocks(blocks: readonly Block[]): Block[] {
  const tagged = blocks.filter((block) => CODE_LANGUAGES.test(block.language));
  return tagged.length > 0 ? tagged : blocks.filter((block) => block.language === "");
}

function findBlocks(lines: readonly string[]): { blocks: Block[]; fences: Fence[] } {
  const fences: Fence[] = [];
  const blocks: Block[] = [];
  let open: Fence | undefined;
  for (const [line, text] of lines.entries()) {
    const fence = fenceOf(text, line);
    if (!fence) continue;
    if (open && !closes(fence, open)) continue;
    fences.push(fence);
    if (open) blocks.push({ from: open.line + 1, to: line, language: open.language });
    open = open ? undefined : fence;
  }
  if (open) blocks.push(unpaired(open, { blocks, lines }));
  return { blocks, fences };
}

function closes(fence: Fence, open: Fence): boolean {
  return fence.language === "" && fence.marker[0] === open.marker[0] && fence.marker.length >= open.marker.length;
}

/** A fence without a partner: what precedes it if it stands last, else what follows (a cut-off answer). */
function unpaired(fence: Fence, text: { blocks: readonly Block[]; lines: readonly string[] }): Block {
  const nothingFollows = text.lines.slice(fence.line + 1).every((line) => line.trim() === "");
  if (nothingFollows && text.blocks.length === 0) return { from: 0, to: fence.line, language: fence.language };
  return { from: fence.line + 1, to: text.lines.length, language: fence.language };
}

/** Prose around a block may be dropped, code may not: then the fence is part of the program, or an error to report. */
function looksLikeCode(line: string): boolean {
  return (
    /[;{}]\s*$/.test(line) ||
    /^\s*(?:\/\/|\/\*|\*\/|[)\]}])/.test(line) ||
    (/^\s*(?:const|let|var|return|await|throw|function|class|async)\b[^.:!?]*[=({\w]/.test(line) &&
      !/[.:!?]\s*$/.test(line))
  );
}
