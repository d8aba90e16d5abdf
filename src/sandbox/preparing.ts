import { type PreparedProgram, type PrepareOptions, SourceError } from "../language/index.ts";
import { keepProgram } from "./prepared.ts";

/** Where a text is made runnable, and for whom. */
export interface Preparer {
  /** Whether the run still has a machine. */
  readonly isOpen: boolean;
  /** Rejects with SourceError for what is no program. */
  prepare(source: string, options: PrepareOptions): Promise<PreparedProgram>;
}

type UnderWay = Map<string, Promise<PreparedProgram>>;

/** By what runs have in common that can wait for each other. */
const groups = new WeakMap<object, UnderWay>();

/**
 * Prepares a program that was not seen before, once for all runs of a group and tenant that want it meanwhile. Rejects with
 * SourceError, and if the run is over. A run that fails by itself fails for itself: the next one tries again.
 */
export async function freshlyPrepared(
  source: string,
  options: PrepareOptions,
  { group, link, tenant }: { group: object; link: Preparer; tenant: string | undefined },
): Promise<PreparedProgram> {
  const underWay = groups.get(group) ?? new Map<string, Promise<PreparedProgram>>();
  groups.set(group, underWay);
  const key = JSON.stringify([tenant, options]) + source;
  for (let other = underWay.get(key); other; other = underWay.get(key)) {
    try {
      return await other;
    } catch (error) {
      if (error instanceof SourceError) throw error;
    }
    if (!link.isOpen) throw new Error("the run is over");
  }
  const own = link.prepare(source, options).finally(() => underWay.delete(key));
  underWay.set(key, own);
  const program = await own;
  keepProgram(source, options, program);
  return program;
}
