import { isIdentifier } from "../names.ts";
import { quote } from "../show.ts";

/** The text of a TypeScript type, and whether it needs parentheses beside `[]` and `&`. */
export interface TypeText {
  readonly text: string;
  readonly compound: boolean;
}

/** Writes the schemas inside the one being written. */
export interface TypeWriter {
  /** The type of a schema one level deeper. */
  nested(schema: unknown): TypeText;
}

export const UNKNOWN: TypeText = { text: "unknown", compound: false };
export const NEVER: TypeText = { text: "never", compound: false };

/** A type that stands alone, such as `string` or `{ … }`. */
export function simple(text: string): TypeText {
  return { text, compound: false };
}

/** `A | B`, each once; `unknown` swallows all. */
export function union(parts: readonly TypeText[]): TypeText {
  const kept = distinct(parts).filter((part) => part.text !== "never");
  if (kept.some((part) => part.text === "unknown")) return UNKNOWN;
  return joined(kept, " | ", NEVER, (part) => part.text);
}

/** `A & B`, each once; `unknown` adds nothing. */
export function intersection(parts: readonly TypeText[]): TypeText {
  const kept = distinct(parts).filter((part) => part.text !== "unknown");
  if (kept.some((part) => part.text === "never")) return NEVER;
  return joined(kept, " & ", UNKNOWN, parenthesised);
}

/** `T[]`, with parentheses where they are needed. */
export function arrayOf(part: TypeText): TypeText {
  return simple(`${parenthesised(part)}[]`);
}

/** A property name, quoted unless it is an identifier. */
export function propertyKey(name: string): string {
  return isIdentifier(name) ? name : quote(name);
}

/** The type of exactly one JSON value. */
export function literal(value: unknown, depth = 4): TypeText {
  if (value === null) return simple("null");
  if (typeof value === "string") return simple(quote(value));
  if (typeof value === "boolean") return simple(String(value));
  if (typeof value === "number") return simple(Number.isFinite(value) ? String(value) : "number");
  if (typeof value !== "object" || depth === 0) return UNKNOWN;
  if (Array.isArray(value)) return simple(`[${value.map((item) => literal(item, depth - 1).text).join(", ")}]`);
  const entries = Object.entries(value).map(([key, item]) => `${propertyKey(key)}: ${literal(item, depth - 1).text}`);
  return simple(entries.length === 0 ? "{}" : `{ ${entries.join("; ")} }`);
}

function parenthesised(part: TypeText): string {
  return part.compound ? `(${part.text})` : part.text;
}

function distinct(parts: readonly TypeText[]): TypeText[] {
  return [...new Map(parts.map((part) => [part.text, part])).values()];
}

function joined(parts: TypeText[], separator: string, none: TypeText, show: (part: TypeText) => string): TypeText {
  const [first, ...others] = parts;
  if (first === undefined) return none;
  if (others.length === 0) return first;
  return { text: parts.map(show).join(separator), compound: true };
}
