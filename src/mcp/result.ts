import { McpToolError } from "./errors.ts";

/** The parts of a tools/call result that are looked at; all may be missing or wrong. */
interface CallResult {
  readonly content?: unknown;
  readonly structuredContent?: unknown;
  readonly isError?: unknown;
}

interface Block {
  readonly type: string;
  readonly [key: string]: unknown;
}

const KNOWN_KEYS = new Set(["content", "structuredContent", "isError", "_meta", "resultType"]);

/**
 * Whether an answer says anything that the protocol knows. One that says nothing at all, `{}`, is an empty result: some
 * servers leave out a `content` without blocks.
 */
export function isResult(result: unknown): boolean {
  if (!isObject(result)) return false;
  const { content, structuredContent, isError } = result as CallResult;
  if (isError === true || structuredContent !== undefined) return true;
  if (Array.isArray(content)) return content.length === 0 || content.some(isBlock);
  return content === undefined && Object.keys(result).every((key) => KNOWN_KEYS.has(key));
}

/**
 * What a tool's result means to the code that called it: `structuredContent`; else the one text, parsed if it is a
 * JSON object or array; else several texts joined by newlines; else the list of blocks as the protocol has them
 * (`{ type: "image", mimeType, data }` with `data` in base64, links, resources). An empty result is undefined.
 */
export function unwrapResult(result: unknown, tool: { server: string; tool: string }): unknown {
  const { content, structuredContent, isError } = (isObject(result) ? result : {}) as CallResult;
  const blocks = Array.isArray(content) ? content.filter(isBlock) : [];
  if (isError === true) throw toolError(blocks, structuredContent, tool);
  if (structuredContent !== undefined && structuredContent !== null) return structuredContent;
  if (blocks.length === 0) return structuredContent;
  const texts = blocks.map(textOf);
  // Some servers write null where they mean nothing; a tool that does answer null says so in its text as well.
  if (structuredContent === null && texts.join() === "null") return null;
  if (!texts.every((text) => text !== undefined)) return blocks;
  return texts.length === 1 ? parsedText(texts[0] ?? "") : texts.join("\n");
}

function toolError(blocks: Block[], structuredContent: unknown, tool: { server: string; tool: string }): McpToolError {
  const texts = blocks.map(textOf).filter((text) => text !== undefined);
  const fallback =
    structuredContent === undefined ? "the tool reported an error without a text" : JSON.stringify(structuredContent);
  const message = texts.join("\n") || fallback;
  return new McpToolError(message, { ...tool, ...(structuredContent !== undefined && { structuredContent }) });
}

function parsedText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textOf(block: Block): string | undefined {
  return block.type === "text" && typeof block.text === "string" ? block.text : undefined;
}

function isBlock(value: unknown): value is Block {
  return isObject(value) && typeof value.type === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
