import { UsageError } from "../errors.ts";
import { words } from "./names.ts";
import type { ResolvedTool } from "./resolved-tool.ts";
import { isPlainObject, showValue } from "./show.ts";
import { signature } from "./signature.ts";
import type { ToolTable } from "./table.ts";

const DEFAULT_LIMIT = 10;
const MOST_QUERY_WORDS = 32;
const WEIGHTS = { name: 4, parameters: 2, description: 1 } as const;

/** A tool that matches a search. */
export interface ToolMatch {
  name: string;
  description?: string;
  /** Higher is better; comparable within one search only. */
  score: number;
  signature: string;
}

type Field = keyof typeof WEIGHTS;
type ToolWords = Readonly<Record<Field, ReadonlySet<string>>>;

/**
 * The tools whose name, parameters or description hold the words of the query, best first; equals by name.
 * An empty query lists the tools by name. `limit` defaults to 10.
 */
export function searchTools(table: ToolTable, query: string, options: { limit?: number } = {}): ToolMatch[] {
  const { limit = DEFAULT_LIMIT } = options;
  if (typeof query !== "string") throw new UsageError(`Expected the query to be a string, got ${showValue(query)}`);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new UsageError(`Expected the option \`limit\` to be an integer from 1 up, got ${showValue(limit)}`);
  }
  const asked = [...new Set(words(query.slice(0, 1_000)).map(stem))].slice(0, MOST_QUERY_WORDS);
  const scored: { tool: ResolvedTool; score: number }[] = [];
  for (const name of table.names()) {
    const tool = table.get(name);
    const score = tool ? scoreOf(tool, asked) : 0;
    if (tool && (score > 0 || asked.length === 0)) scored.push({ tool, score });
  }
  // `names` is sorted, and sorting is stable.
  scored.sort((a, b) => b.score - a.score);
  return scored.slice(0, limit).map(({ tool, score }) => match(tool, score));
}

function match(tool: ResolvedTool, score: number): ToolMatch {
  const found: ToolMatch = { name: tool.name, score, signature: signature(tool) };
  if (tool.description !== undefined) found.description = tool.description;
  return found;
}

function scoreOf(tool: ResolvedTool, asked: readonly string[]): number {
  const known = wordsOf(tool);
  const scores = asked.map((word) => wordScore(known, word));
  const matched = scores.filter((score) => score > 0).length;
  const sum = scores.reduce((total, score) => total + score, 0);
  // A tool that has all the words stands before one that has a single word in a better place.
  return matched === 0 ? 0 : Math.round(sum * (matched / asked.length) * 100) / 100;
}

function wordScore(known: ToolWords, word: string): number {
  let best = 0;
  for (const field of Object.keys(WEIGHTS) as Field[]) {
    if (known[field].has(word)) best = Math.max(best, WEIGHTS[field]);
    else if (word.length >= 3 && [...known[field]].some((other) => other.startsWith(word))) {
      best = Math.max(best, WEIGHTS[field] / 2);
    }
  }
  return best;
}

const wordsOfTools = new WeakMap<ResolvedTool, ToolWords>();

function wordsOf(tool: ResolvedTool): ToolWords {
  const known = wordsOfTools.get(tool);
  if (known) return known;
  const split = (text: string) => new Set(words(text).map(stem));
  const read = {
    name: split(tool.name),
    parameters: split(parameterNames(tool).join(" ")),
    description: split(tool.description?.slice(0, 10_000) ?? ""),
  };
  wordsOfTools.set(tool, read);
  return read;
}

function parameterNames(tool: ResolvedTool): string[] {
  const schema = tool.inputSchema;
  return isPlainObject(schema) && isPlainObject(schema.properties) ? Object.keys(schema.properties) : [];
}

// "issues" finds "issue"; no more grammar than that.
function stem(word: string): string {
  return word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}
