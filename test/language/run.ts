import vm from "node:vm";
import { type PreparedProgram, prepare } from "../../src/language/index.ts";
import { newAid } from "./scope.ts";

/** Runs prepared text in Node's own engine; `line()` tells the line that waits. */
export function start(
  program: PreparedProgram,
  globals: Record<string, unknown> = {},
): { result: Promise<unknown> & AsyncGenerator<unknown, unknown>; line(): number } {
  const context = vm.createContext({ ...globals });
  let line = (): number => 0;
  const make = vm.runInContext(program.text, context, { filename: "program.js" });
  const run = make(
    (read: () => number) => {
      line = read;
    },
    vm.runInContext(newAid, context),
  );
  return { result: run(), line: () => line() };
}

/** Prepares and runs a source; the value it completes with. */
export async function run(source: string, globals: Record<string, unknown> = {}): Promise<unknown> {
  const { result } = start(await prepare(source), globals);
  const value = await result;
  return value === undefined ? undefined : structuredClone(value);
}

/** The error that preparing a source ends with. */
export async function refusalOf(source: string): Promise<import("../../src/language/index.ts").SourceError> {
  const { SourceError } = await import("../../src/language/index.ts");
  const error = await prepare(source).then(
    (program) => new Error(`prepared: ${program.text}`),
    (reason: unknown) => reason,
  );
  if (error instanceof SourceError) return error;
  throw error;
}

/** The value of a program and the lines of its repairs. */
export async function mended(
  source: string,
  globals: Record<string, unknown> = {},
): Promise<{ value: unknown; lines: unknown[] }> {
  const program = await prepare(source);
  const value = await start(program, globals).result;
  return { value, lines: program.repairs.map((repair) => repair.line) };
}
