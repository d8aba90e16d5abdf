import { type NotedComment, noteComments } from "./comments.ts";
import { positionOf, sourceError } from "./diagnose.ts";
import { Edits } from "./edits.ts";
import { fenceOffsets, unfence } from "./fences.ts";
import { quoteTags } from "./jsx.ts";
import { lineIndex, lineStarts } from "./lines.ts";
import { dropExports, refusedModuleSyntax } from "./modules.ts";
import { normalize, separatorOffsets } from "./normalize.ts";
import type { ParsedProgram } from "./parse.ts";
import { notePlaces } from "./places.ts";
import { makePositions, type Positions } from "./positions.ts";
import { authorColumn, authorOffset, type ReadCode, readCode } from "./read.ts";
import { isolateCalls, keepDeclarations, scopeWrapper } from "./session.ts";
import { SourceError } from "./source-error.ts";
import { type AssignedCall, assignedCalls } from "./tracking/assigned.ts";
import { ProgramTracker } from "./tracking/track.ts";
import { returnValue } from "./value.ts";
import { noteWaits } from "./waits.ts";
import { walk } from "./walk.ts";

/** How a program is prepared; everything is off by default. */
export interface PrepareOptions {
  /** Notes variables and lines. */
  track?: boolean;
  /** Tells when the program passes a comment that stands between statements. */
  comments?: boolean;
  /** Reads JSX. */
  jsx?: boolean;
  /** What it declares at its top level lives on in the machine, for programs that run there later. */
  session?: boolean;
}

/** A program ready to run. Plain data: it may be cached and sent to a thread. */
export interface PreparedProgram {
  /** An expression that evaluates to `(watch, aid) => programFunction`; `watch` gets a function that tells the line that waits. */
  text: string;
  /** "generator" if the program yields at its top level: programFunction is then an async generator function. */
  form: "async" | "generator";
  /** What was mended, one sentence each, with the author's line. */
  repairs: { message: string; line?: number }[];
  /** For `locate` and `mapStack`. */
  positions: Positions;
  /** For `assignedTo`; only of a tracked program. */
  assigned?: readonly AssignedCall[];
  /** With `comments`: the comments that the program tells about by their index. */
  comments?: NotedComment[];
}

/**
 * Makes a model's text runnable: strips TypeScript, mends fences, exports and uncalled functions, returns the value of
 * the last expression. Throws SourceError for what is no program.
 */
export async function prepare(source: string, options: PrepareOptions = {}): Promise<PreparedProgram> {
  const author = normalize(source);
  try {
    return await prepareNormalized(author, options);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    // A parser's own failure, such as a stack overflow, says something about the source, never about the host.
    throw sourceError(author, { message: "The source cannot be read as a program", offset: 0 });
  }
}

async function prepareNormalized(author: string, options: PrepareOptions): Promise<PreparedProgram> {
  const { read, fence } = await readWithoutFences(author, options);
  const repairs =
    fence === undefined ? [] : [{ message: "Took the program out of its Markdown code block.", line: fence }];
  const program = finish(author, read, options);
  return { ...program, repairs: [...repairs, ...program.repairs] };
}

/** Fences are looked at even in text that parses: three backticks around code are a valid chain of templates. */
async function readWithoutFences(
  author: string,
  { jsx = false }: PrepareOptions,
): Promise<{ read: ReadCode; fence?: number }> {
  const fences = fenceOffsets(author);
  if (fences.length === 0) return { read: await readCode(author, author, jsx) };
  let read: ReadCode | undefined;
  let failure: unknown;
  try {
    read = await readCode(author, author, jsx);
    if (!callsTemplate(read.program)) return { read };
  } catch (error) {
    failure = error;
  }
  const unfenced = unfence(author);
  if (!unfenced && read) return { read };
  if (!unfenced) throw failure;
  if ("refused" in unfenced) throw refusedFences(author, unfenced);
  return { read: await readCode(author, unfenced.code, jsx), fence: unfenced.line };
}

function refusedFences(author: string, unfenced: { refused: string; line: number }): SourceError {
  const offset = author.split("\n", unfenced.line - 1).join("\n").length + (unfenced.line > 1 ? 1 : 0);
  return sourceError(author, {
    message: `The text is not one program: ${unfenced.refused}`,
    offset,
    hint: "Send one program: only the code, or one ```js block.",
  });
}

/** A template used as the tag of a template: never a program, always a fence. */
function callsTemplate(program: ParsedProgram): boolean {
  let found = false;
  walk(program.body, (node) => {
    if (node.type === "TaggedTemplateExpression" && node.tag.type === "TemplateLiteral") found = true;
    return !found;
  });
  return found;
}

/** Puts the edits into a program that was read: exports, value, line notes. */
function finish(author: string, read: ReadCode, options: PrepareOptions): PreparedProgram {
  const { program, code, spans, reread } = read;
  const refusal = refusedModuleSyntax(program);
  const inAuthor = (offset: number): number => authorOffset(author, { code, spans }, offset - program.start);
  if (refusal) throw sourceError(author, { ...refusal, offset: inAuthor(refusal.offset) });
  const edits = new Edits(program.text);
  const tracker = options.track ? new ProgramTracker(program, edits) : undefined;
  tracker?.begin();
  const content = dropExports(program, edits);
  const { mends, delegates, waiting } = returnValue(program, content, edits, options);
  if (delegates && !program.generator) return finish(author, reread(), options);
  tracker?.finish();
  const places = notePlaces(program, edits);
  if (options.session) keepDeclarations(program, edits);
  const comments = options.comments ? noteComments(program, edits) : undefined;
  if (options.jsx) quoteTags(program, edits);
  noteWaits(program, { statements: program.body, ...waiting }, edits);
  if (options.session) isolateCalls(program, waiting.returned, edits);
  for (const offset of separatorOffsets(program)) edits.wrap(offset, offset + 1, "/*", "*/");
  const { text, insertions } = edits.apply();
  const { before, after } = options.session ? scopeWrapper(program) : { before: "", after: "" };
  const inCode = insertions
    .filter(({ offset }) => offset <= program.end)
    .map(({ offset, length, anchor }) => ({
      offset: offset - program.start,
      length,
      ...(anchor !== undefined && { anchor: anchor - program.start }),
    }));
  const repairs = mends.map(({ message, offset }) => ({ message, line: positionOf(author, inAuthor(offset)).line }));
  const positions = {
    ...makePositions({ code, prefix: before.length + program.start, insertions: inCode, spans }),
    ...(places.constructors.length > 0 && { constructors: places.constructors }),
    ...(places.imports.length > 0 && { imports: places.imports }),
  };
  const assigned = tracker && { assigned: assignedCalls(program, authorPlaces(read)) };
  return {
    text: `${before}${text}${after}`,
    form: program.generator ? "generator" : "async",
    repairs,
    positions,
    ...assigned,
    ...(comments && { comments }),
  };
}

/** Gives the author's line and column of an offset in the program's text. */
function authorPlaces({ code, program, spans }: ReadCode): (offset: number) => [line: number, column: number] {
  const starts = lineStarts(code);
  return (offset) => {
    const index = lineIndex(starts, offset - program.start);
    const column = offset - program.start - (starts[index] ?? 0);
    return [index + 1, authorColumn(spans.get(index), column) + 1];
  };
}
