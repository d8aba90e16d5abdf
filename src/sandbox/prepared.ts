import { type PreparedProgram, prepare } from "../language/index.ts";

const MAX_PROGRAMS = 256;
const MAX_CHARACTERS = 4 << 20;

/** Prepared programs by their source, the latest used last. */
const cache = new Map<string, PreparedProgram>();
let characters = 0;

/** The prepared form of a source, from the cache if it was seen before. Throws, or rejects with, SourceError. */
export function preparedProgram(source: string): PreparedProgram | Promise<PreparedProgram> {
  const known = cache.get(source);
  if (!known) return prepare(source).then((program) => remember(source, program));
  cache.delete(source);
  cache.set(source, known);
  return known;
}

function remember(source: string, program: PreparedProgram): PreparedProgram {
  if (cache.has(source)) return program;
  cache.set(source, program);
  characters += source.length;
  for (const oldest of cache.keys()) {
    if (cache.size <= MAX_PROGRAMS && characters <= MAX_CHARACTERS) break;
    cache.delete(oldest);
    characters -= oldest.length;
  }
  return program;
}
