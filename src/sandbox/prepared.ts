import { type PreparedProgram, type PrepareOptions, prepare } from "../language/index.ts";

const MAX_PROGRAMS = 256;
const MAX_CHARACTERS = 4 << 20;

/** Prepared programs of one form by their source, the latest used last. */
class PreparedPrograms {
  private readonly programs = new Map<string, PreparedProgram>();
  private characters = 0;

  get(source: string): PreparedProgram | undefined {
    const known = this.programs.get(source);
    if (!known) return undefined;
    this.programs.delete(source);
    this.programs.set(source, known);
    return known;
  }

  add(source: string, program: PreparedProgram): PreparedProgram {
    const { programs } = this;
    if (programs.has(source)) return program;
    programs.set(source, program);
    this.characters += source.length;
    for (const oldest of programs.keys()) {
      if (programs.size <= MAX_PROGRAMS && this.characters <= MAX_CHARACTERS) break;
      programs.delete(oldest);
      this.characters -= oldest.length;
    }
    return program;
  }
}

/** By form, so that a source itself is the key: a text put together would be hashed anew at each run. */
const forms = new Map<string, PreparedPrograms>();

/** The prepared form of a source, from the cache if it was seen before. Throws, or rejects with, SourceError. */
export function preparedProgram(
  source: string,
  options: PrepareOptions = {},
): PreparedProgram | Promise<PreparedProgram> {
  const cache = cacheOf(options);
  return cache.get(source) ?? prepare(source, options).then((program) => cache.add(source, program));
}

function cacheOf({ comments, jsx, session, track }: PrepareOptions): PreparedPrograms {
  const form = (comments ? "c" : "") + (jsx ? "j" : "") + (session ? "s" : "") + (track ? "t" : "");
  const known = forms.get(form);
  if (known) return known;
  const made = new PreparedPrograms();
  forms.set(form, made);
  return made;
}
