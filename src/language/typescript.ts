import type { Transform } from "sucrase";
import { align, type StrippedCode } from "./align.ts";
import { elementFunction, fragmentName, maskTags } from "./jsx.ts";
import { lineIndex, lineStarts } from "./lines.ts";
import { MeteredText } from "./metered-text.ts";
import type { ParseFailure } from "./parse.ts";
import type { Span } from "./positions.ts";

/**
 * Strips types with sucrase, which is loaded at the first use. Lines stay; what sucrase would drop silently is refused.
 * With the name of the guest's helpers, JSX becomes calls of theirs.
 */
export async function stripTypes(source: string, jsxName?: string): Promise<StrippedCode | ParseFailure> {
  const { transform } = await import("sucrase");
  const tags = jsxName === undefined ? undefined : maskTags(source, jsxName);
  const metered = new MeteredText(tags?.text ?? source);
  try {
    const jsx = jsxName !== undefined && {
      transforms: ["typescript", "jsx"] satisfies Transform[],
      production: true,
      jsxPragma: elementFunction(jsxName),
      jsxFragmentPragma: fragmentName(jsxName),
    };
    const { code } = transform(metered as unknown as string, {
      transforms: ["typescript"],
      disableESTransforms: true,
      ...jsx,
    });
    const stripped = align(source, tags ? tags.unmask(code) : code, metered.copiedTokens());
    return droppedMeaning(source, stripped.spans) ?? stripped;
  } catch (error) {
    return metered.exhausted ? { ...TOO_DEEP } : failureOf(source, error);
  }
}

const TOO_DEEP: ParseFailure = {
  message: "The types and functions in this source are nested too deeply to be read",
  offset: 0,
  hint: "Name the inner functions and types in statements of their own.",
};

function failureOf(source: string, error: unknown): ParseFailure {
  const { message, pos } = error as { message?: unknown; pos?: unknown };
  if (typeof pos !== "number") return { ...TOO_DEEP };
  const text = String(message).replace(/ \(\d+:\d+\)$/, "");
  return { message: text, offset: Math.min(Math.max(pos, 0), source.length) };
}

const DROPPED =
  /(?:namespace|module)\s+[\p{ID_Start}$_][\p{ID_Continue}$.]*\s*\{|import\s+[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=/gu;

/** Refuses `namespace` blocks and `import x =`, which sucrase drops or turns into something else without a word. */
function droppedMeaning(source: string, spans: ReadonlyMap<number, Span[]>): ParseFailure | undefined {
  let starts: number[] | undefined;
  for (const match of source.matchAll(DROPPED)) {
    if (/[.\w$]$|\bdeclare\s+$/.test(source.slice(Math.max(0, match.index - 100), match.index))) continue;
    starts ??= lineStarts(source);
    const index = lineIndex(starts, match.index);
    const column = match.index - (starts[index] ?? 0);
    const lineSpans = spans.get(index);
    const kept = !lineSpans || lineSpans.some(([, from, length]) => from <= column && column < from + length);
    if (kept) continue;
    const isImport = match[0].startsWith("import");
    return isImport
      ? { message: "`import … =` is not supported", offset: match.index, hint: IMPORT_HINT }
      : { message: "`namespace` blocks are not supported", offset: match.index, hint: NAMESPACE_HINT };
  }
  return undefined;
}

const NAMESPACE_HINT = "Write a plain object or plain functions instead of the namespace.";
/** What to do instead of importing. */
export const IMPORT_HINT =
  "Programs cannot import. The tools are there already, as tools.<name>(…); delete the import.";
