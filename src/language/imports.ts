import type { Positions } from "./positions.ts";
import { IMPORT_HINT } from "./typescript.ts";

/** What to tell about a failure with the message that the engine gives to a dynamic import; undefined for any other. */
export function explainImport(
  { imports = [] }: Positions,
  message: string,
): { hint: string; line?: number } | undefined {
  const name = /^could not load module '(.*)'$/s.exec(message)?.[1];
  if (name === undefined) return undefined;
  const [only, ...others] = imports.filter((found) => found.name === undefined || found.name === name);
  return { hint: IMPORT_HINT, ...(only && others.length === 0 && { line: only.line }) };
}
