import { escapeInvisible } from "./code-frame.ts";
import { fenceOffsets } from "./fences.ts";
import { lineIndex, lineStarts } from "./lines.ts";
import { type AuthorPosition, errorAt, type SourceError } from "./source-error.ts";
import { IMPORT_HINT } from "./typescript.ts";

/** A problem at an offset of the author's text. */
export interface Problem {
  message: string;
  offset: number;
  hint?: string;
  /** Whether JSX was allowed. */
  jsx?: boolean;
}

/** The error for a problem: position, code frame, and a hint about what models commonly mean. */
export function sourceError(source: string, problem: Problem): SourceError {
  const hint = problem.hint ?? hintFor(source, problem);
  return errorAt(source, describe(source, problem), positionOf(source, problem.offset), hint);
}

/** The line and column of an offset. */
export function positionOf(source: string, offset: number): Required<AuthorPosition> {
  const starts = lineStarts(source);
  const index = lineIndex(starts, offset);
  return { line: index + 1, column: offset - (starts[index] ?? 0) + 1 };
}

function describe(source: string, { message, offset }: Problem): string {
  if (!/^Unexpected (?:token|character)\b/.test(message)) return message;
  const found = /^(?:[\p{ID_Start}$_][\p{ID_Continue}$]{0,40}|\d{1,20}|=>|\S)/u.exec(source.slice(offset, offset + 80));
  return found ? `Unexpected token '${escapeInvisible(found[0])}'` : message;
}

type Rule = [test: (context: HintContext) => boolean, hint: string];

interface HintContext {
  jsx: boolean;
  source: string;
  message: string;
  /** The line with the problem, what stands before the problem in it, and what stands from there on. */
  line: string;
  before: string;
  after: string;
}

const RULES: Rule[] = [
  [({ after }) => /^import\b/.test(after), IMPORT_HINT],
  [
    ({ before, message }) => /\bawait\s+$/.test(before) || /'await' outside/.test(message),
    "`await` stands in a function that is not async: write `async` before that function.",
  ],
  [
    ({ before, after }) => /\bawait\b/.test(after.slice(0, 6)) && before.length > 0,
    "Inside a nested function `await` needs that function to be async.",
  ],
  [
    ({ source }) => /[;,{})\]]\s*\\n/.test(source) && !source.trim().includes("\n"),
    "The source holds backslash sequences instead of real line breaks or quotes: send it unescaped once.",
  ],
  [({ after }) => /^[“”‘’«»]/.test(after), "These are typographic quotes: write straight quotes (\" or ')."],
  [({ after }) => after.startsWith("@"), "Decorators are not supported: call the function yourself."],
  [
    (context) => context.jsx && looksLikeJsx(context),
    "Check the JSX: each tag must be closed, and braces hold one expression; `<` and `{` in text are written `{'<'}` and `{'{'}`.",
  ],
  [
    (context) => !context.jsx && looksLikeJsx(context),
    "JSX and HTML are not supported in a program: return data, or build text in a template string.",
  ],
  [
    ({ line }) => /^\s*(?:def |elif |from \S+ import |except\b|print\s+\S|(?:if|for|while)\b[^({]*:\s*$)/.test(line),
    "This looks like Python: write JavaScript or TypeScript.",
  ],
  [
    ({ line }) => /^\s*(?:\$ |npm |npx |curl |cd |ls |cat |sudo |echo |git |pip )/.test(line),
    "This looks like a shell command: write JavaScript or TypeScript that calls the tools.",
  ],
  [({ source }) => fenceOffsets(source).length > 0, "Send the program alone, without Markdown around it."],
  [
    ({ line }) => isProse(line.slice(0, 200)),
    "This reads like prose, not like a program: send only JavaScript or TypeScript, and put remarks in comments.",
  ],
  [
    ({ message }) => /end of input|Unterminated/.test(message),
    "Something that was opened is never closed, or the text was cut off: check brackets, quotes, templates and comments.",
  ],
];

function looksLikeJsx({ after, before, source }: HintContext): boolean {
  return /^\s*<[A-Za-z>]/.test(after) || (/<[A-Za-z][\w.]*[\s>][^;]*$/.test(before) && /<\/?[A-Za-z>]/.test(source));
}

function hintFor(source: string, { jsx = false, message, offset }: Problem): string | undefined {
  const start = source.lastIndexOf("\n", offset - 1) + 1;
  const end = source.indexOf("\n", offset);
  const line = source.slice(start, end === -1 ? source.length : end).slice(0, 2000);
  const before = source.slice(start, offset).slice(-2000);
  const context = { jsx, source, message, line, before, after: source.slice(offset, offset + 200) };
  return RULES.find(([test]) => test(context))?.[1];
}

/** Several plain words in a row that are no code: "Here is the program:". */
function isProse(line: string): boolean {
  return /^\s*[\p{Lu}"'*#-][^;={}()]*\p{L}+[,:]?(?: [\p{L}'’-]+[,.:!?]?){3,}/u.test(line);
}
