import { type Comment, type Node, parse, type Statement } from "acorn";
import type { Edits } from "./edits.ts";
import { lineIndex, lineStarts } from "./lines.ts";
import { isDirective } from "./names.ts";
import { PARSE_OPTIONS, type ParsedProgram } from "./parse.ts";
import { walk } from "./walk.ts";

/** A comment that stands between statements: its text without the marks, and its line. */
export interface NotedComment {
  text: string;
  line: number;
}

/** Makes the program tell when it passes a comment that stands between statements, by its index in the list. */
export function noteComments(program: ParsedProgram, edits: Edits): NotedComment[] {
  const comments = commentsOf(program);
  if (comments.length === 0) return [];
  const starts = lineStarts(program.text);
  const noted: NotedComment[] = [];
  for (const { comment, offset } of placed(comments, gapsOf(program))) {
    const text = comment.value.trim();
    // The semicolon ends a statement before it that has none of its own.
    edits.insert(offset, `;${program.aidName}.comment(${noted.length}, ${text.length});`);
    noted.push({ text, line: lineIndex(starts, comment.start) + 1 });
  }
  return noted;
}

/** Where comments are statements of their own: from an offset to another one, told not before `earliest`. */
interface Gap {
  start: number;
  end: number;
  earliest: number;
}

function commentsOf({ start, end, text }: ParsedProgram): Comment[] {
  if (!/\/[/*]|<!--|-->/.test(text.slice(start, end))) return [];
  const comments: Comment[] = [];
  parse(text, { ...PARSE_OPTIONS, onComment: comments });
  return comments.filter((comment) => comment.start >= start && comment.end <= end);
}

function gapsOf({ body, end, start }: ParsedProgram): Gap[] {
  const gaps = gapsBetween(body, start, end);
  walk(body, (node) => {
    if (node.type === "BlockStatement") gaps.push(...gapsBetween(node.body, node.start + 1, node.end - 1));
    if (node.type !== "SwitchStatement") return undefined;
    for (const [index, { consequent }] of node.cases.entries()) {
      const [first] = consequent;
      if (first) gaps.push(...gapsBetween(consequent, first.start, node.cases[index + 1]?.start ?? node.end - 1));
    }
    return undefined;
  });
  return gaps.sort((a, b) => a.start - b.start);
}

function gapsBetween(statements: readonly (Statement | Node)[], from: number, to: number): Gap[] {
  const gaps: Gap[] = [];
  const earliest = directivesEnd(statements, from);
  let start = from;
  for (const statement of statements) {
    gaps.push({ start, end: statement.start, earliest });
    start = statement.end;
  }
  gaps.push({ start, end: to, earliest });
  return gaps.filter((gap) => gap.end > gap.start);
}

/** A statement before "use strict" would make it an ordinary string. */
function directivesEnd(statements: readonly Node[], from: number): number {
  const directives = statements.filter(isDirective);
  return directives.at(-1)?.end ?? from;
}

/** The comments that lie in a gap, each in its own order; both lists are sorted and gaps do not overlap. */
function placed(comments: readonly Comment[], gaps: readonly Gap[]): { comment: Comment; offset: number }[] {
  const found: { comment: Comment; offset: number }[] = [];
  let at = 0;
  for (const comment of comments) {
    while (at < gaps.length && (gaps[at]?.end ?? 0) < comment.end) at++;
    const gap = gaps[at];
    if (gap && gap.start <= comment.start) found.push({ comment, offset: Math.max(comment.start, gap.earliest) });
  }
  return found;
}
