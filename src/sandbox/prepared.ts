import type { PreparedProgram, PrepareOptions } from "../language/index.ts";

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

  add(source: string, program: PreparedProgram): void {
    const { programs } = this;
    if (programs.has(source)) return;
    programs.set(source, program);
    this.characters += source.length;
    for (const oldest of programs.keys()) {
      if (programs.size <= MAX_PROGRAMS && this.characters <= MAX_CHARACTERS) break;
      programs.delete(oldest);
      this.characters -= oldest.length;
    }
  }
}

/** By form, so that a source itself is the key: a text put together would be hashed anew at each run. */
const forms = new Map<string, PreparedPrograms>();

/** The prepared form of a source, if it was seen before. */
export function knownProgram(source: string, options: PrepareOptions): PreparedProgram | undefined {
  return cacheOf(options).get(source);
}

/** Keeps the prepared form of a source. */
export function keepProgram(source: string, options: PrepareOptions, program: PreparedProgram): void {
  cacheOf(options).add(source, program);
}

function cacheOf({ comments, jsx, session, track }: PrepareOptions): PreparedPrograms {
  const form = (comments ? "c" : "") + (jsx ? "j" : "") + (session ? "s" : "") + (track ? "t" : "");
  const known = forms.get(form);
  if (known) return known;
  const made = new PreparedPrograms();
  forms.set(form, made);
  return made;
}
