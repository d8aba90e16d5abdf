import type { GuestProgram } from "./program.ts";

/** Leaves out parts of a program, ever smaller groups of them, as long as it still fails; gives the last that did. */
export async function shrink(
  program: GuestProgram,
  stillFails: (smaller: GuestProgram) => Promise<boolean>,
): Promise<GuestProgram> {
  let parts = [...program.parts];
  for (let size = Math.ceil(parts.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < parts.length && parts.length > 1; ) {
      const fewer = [...parts.slice(0, at), ...parts.slice(at + size)];
      if (fewer.length > 0 && (await stillFails({ parts: fewer }))) parts = fewer;
      else at += size;
    }
  }
  return { parts };
}
