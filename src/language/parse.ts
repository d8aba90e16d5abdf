import { type FunctionExpression, parse as parseText, type Statement } from "acorn";

import { walkOwn } from "./walk.ts";

/** A parsed program: the text with its wrapper, and where in it the program stands. */
export interface ParsedProgram {
  /** The wrapper with the code in it; node positions count in this text. */
  text: string;
  /** Offsets of the code in `text`. */
  start: number;
  end: number;
  body: Statement[];
  generator: boolean;
  /** Name of the variable that holds the line that waits. */
  lineName: string;
  /** Name of the function that is told how to read it. */
  watchName: string;
  /** Name of the variable that holds the guest's helpers (guest/aid.js). */
  aidName: string;
}

/** Why code does not parse: a message and the offset in the code, and what to do if that is known. */
export interface ParseFailure {
  message: string;
  offset: number;
  hint?: string;
}

/**
 * Parses code as the body of an async function, or of an async generator if it yields at its own level or must be one.
 * `aidName` is given where the code uses the guest's helpers already.
 */
export function parseProgram(
  code: string,
  mustBeGenerator = false,
  aidName: string = newAidName(code),
): ParsedProgram | ParseFailure {
  if (mustBeGenerator) return parseBody(code, true, aidName);
  if (!/\byield\b/.test(code)) return parseBody(code, false, aidName);
  const asGenerator = parseBody(code, true, aidName);
  if (!isFailure(asGenerator) && yieldsItself(asGenerator)) return asGenerator;
  const asFunction = parseBody(code, false, aidName);
  if (isFailure(asFunction) && isFailure(asGenerator)) {
    return asGenerator.offset > asFunction.offset ? asGenerator : asFunction;
  }
  return asFunction;
}

/** A name for the guest's helpers that occurs nowhere in the code. */
export const newAidName = (code: string): string => unusedName("$aid", code);

/** Whether parsing failed. */
export function isFailure(result: object): result is ParseFailure {
  return "message" in result;
}

/** An identifier that occurs nowhere in the code, nor is written with escapes in it. */
export function unusedName(base: string, code: string): string {
  if (!code.includes(base) && !code.includes("\\u")) return base;
  const used = new Set(withoutEscapes(code).match(/\$[a-z]+\d*/g));
  let name = base;
  for (let count = 2; used.has(name); count++) name = `${base}${count}`;
  return name;
}

/** A start for identifiers with which none in the code begins, nor one written with escapes in it. */
export function unusedPrefix(base: string, code: string): string {
  if (!code.includes(base) && !code.includes("\\u")) return base;
  let underscores = 0;
  for (const part of withoutEscapes(code).split(base).slice(1)) {
    underscores = Math.max(underscores, (/^_*/.exec(part)?.[0].length ?? 0) + 1);
  }
  return base + "_".repeat(underscores);
}

function withoutEscapes(code: string): string {
  return code.replace(/\\u(?:\{0*([\da-f]{1,6})\}|([\da-f]{4}))/gi, (written, braced, short) => {
    const point = Number.parseInt(braced ?? short, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : written;
  });
}

const SUFFIX = "\n}; })";

function parseBody(code: string, generator: boolean, aidName: string): ParsedProgram | ParseFailure {
  const lineName = unusedName("$line", code);
  const watchName = unusedName("$watch", code);
  const prefix = `((${watchName}, ${aidName}) => { let ${lineName} = 0; ${watchName}(() => ${lineName}); return async function${generator ? "*" : ""} () { `;
  const text = prefix + code + SUFFIX;
  try {
    const body = wrappedBody(text, prefix);
    const end = prefix.length + code.length;
    if (body) return { text, start: prefix.length, end, body, generator, lineName, watchName, aidName };
    return earlyClose(code) ?? { message: "Unexpected token", offset: 0 };
  } catch (error) {
    const failure = failureOf(error, prefix.length, code.length);
    const early = earlyClose(code);
    return early && early.offset < failure.offset ? early : failure;
  }
}

/** How acorn reads programs: sloppy scripts; imports and exports are parsed so that they can be mended or refused. */
export const PARSE_OPTIONS = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowImportExportEverywhere: true,
} as const;

/** The statements of the wrapped function; undefined if the code closed the wrapper and opened another. */
function wrappedBody(text: string, prefix: string): Statement[] | undefined {
  const program = parseText(text, PARSE_OPTIONS);
  const outer = program.body[0];
  if (program.body.length !== 1 || outer?.type !== "ExpressionStatement") return undefined;
  const setup = outer.expression.type === "ArrowFunctionExpression" ? outer.expression.body : undefined;
  if (setup?.type !== "BlockStatement" || setup.body.length !== 3) return undefined;
  const last = setup.body[2];
  const inner = last?.type === "ReturnStatement" ? last.argument : undefined;
  return inner?.type === "FunctionExpression" && isWhole(inner, text, prefix) ? inner.body.body : undefined;
}

function isWhole(inner: FunctionExpression, text: string, prefix: string): boolean {
  return inner.body.start === prefix.length - 2 && inner.end === text.length - SUFFIX.length + 2;
}

/** Parses code without a wrapper: a bracket too many is found where it stands. */
function earlyClose(code: string): ParseFailure | undefined {
  try {
    parseText(code, { ...PARSE_OPTIONS, allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true });
    return undefined;
  } catch (error) {
    const failure = failureOf(error, 0, code.length);
    return code[failure.offset] === "}" ? failure : undefined;
  }
}

function failureOf(error: unknown, prefixLength: number, codeLength: number): ParseFailure {
  const { message, pos } = error as { message?: unknown; pos?: unknown };
  if (typeof pos !== "number" || /stack space/.test(String(message))) return { ...TOO_DEEP };
  const offset = pos - prefixLength;
  const text = String(message).replace(/ \(\d+:\d+\)$/, "");
  if (offset >= codeLength && text === "Unexpected token")
    return { message: "Unexpected end of input", offset: codeLength };
  return { message: text, offset: Math.min(Math.max(offset, 0), codeLength) };
}

/** The parser's recursion met the end of the host's stack. */
const TOO_DEEP: ParseFailure = {
  message: "The source is nested too deeply to be read",
  offset: 0,
  hint: "Split deeply nested expressions into several statements.",
};

function yieldsItself(program: ParsedProgram): boolean {
  let found = false;
  walkOwn(program.body, (node) => {
    if (node.type === "YieldExpression") found = true;
    return !found;
  });
  return found;
}
