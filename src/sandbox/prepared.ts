import { type PreparedProgram, type PrepareOptions, prepare } from "../language/index.ts";

const MAX_PROGRAMS = 256;
const MAX_CHARACTERS = 4 << 20;

/** Prepared programs by their form and source, the latest used last. */
const cache = new Map<string, PreparedProgram>();
let characters = 0;

/** The prepared form of a source, from the cache if it was seen before. Throws, or rejects with, SourceError. */
export function preparedProgram(
  source: string,
  options: PrepareOptions = {},
): PreparedProgram | Promise<PreparedProgram> {
  const key = keyOf(source, options);
  const known = cache.get(key);
  if (!known) return prepare(source, options).then((program) => remember(key, program));
  cache.delete(key);
  cache.set(key, known);
  return known;
}

function keyOf(source: string, options: PrepareOptions): string {
  const { comments, jsx, session, track } = options;
  const form = (comments ? "c" : "") + (jsx ? "j" : "") + (session ? "s" : "") + (track ? "t" : "");
  return `${form}\n${source}`;
}

function remember(key: string, program: PreparedProgram): PreparedProgram {
  if (cache.has(key)) return program;
  cache.set(key, program);
  characters += key.length;
  for (const oldest of cache.keys()) {
    if (cache.size <= MAX_PROGRAMS && characters <= MAX_CHARACTERS) break;
    cache.delete(oldest);
    characters -= oldest.length;
  }
  return program;
}
