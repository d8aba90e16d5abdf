import type { AnyNode, ForOfStatement, Node } from "acorn";

import type { Edits } from "./edits.ts";
import { lineIndex, lineStarts } from "./lines.ts";
import type { ParsedProgram } from "./parse.ts";
import { walkOwn } from "./walk.ts";

/** Where a program waits: its statements, the expression it returns, and functions of its own that it only hands over to. */
export interface Waiting {
  statements: readonly Node[];
  returned?: Node;
  functions: readonly { body: Node }[];
}

/** Makes the program note the author's line before each place where it waits, so that a deadlock has a line. */
export function noteWaits(program: ParsedProgram, waiting: Waiting, edits: Edits): void {
  const starts = lineStarts(program.text);
  const notes: Notes = {
    program,
    edits,
    note: (offset) => `${program.lineName} = ${lineIndex(starts, offset) + 1}`,
  };
  if (waiting.returned) noteSettled(notes, waiting.returned, waiting.returned.start);
  const bodies = waiting.functions.map((called) => called.body);
  walkOwn([...waiting.statements, ...bodies], (node) => noteNode(notes, node));
}

interface Notes {
  program: ParsedProgram;
  edits: Edits;
  note(offset: number): string;
}

function noteNode(notes: Notes, node: AnyNode): undefined {
  if (node.type === "AwaitExpression") noteAwait(notes, node);
  else if (node.type === "ForOfStatement" && node.await) noteLoop(notes, node);
  else if (node.type === "ReturnStatement" && node.argument) noteSettled(notes, node.argument, node.start);
  else if (node.type === "YieldExpression" && node.argument) noteSettled(notes, node.argument, node.start);
}

function noteAwait(notes: Notes, node: AnyNode & { argument: Node }): void {
  const { start, end } = node.argument;
  const note = notes.note(node.start);
  // An inner await on another line would leave its own line behind: there the note comes after the value.
  if (awaitsElsewhere(notes, node)) notes.edits.wrap(start, end, "[(", `), ${note}][0]`);
  else notes.edits.wrap(start, end, `(${note}, `, ")");
}

function awaitsElsewhere(notes: Notes, node: AnyNode & { argument: Node }): boolean {
  const text = notes.program.text.slice(node.start, node.argument.end);
  if (!text.includes("\n") || text.lastIndexOf("await") === 0) return false;
  let found = false;
  walkOwn([node.argument], (inner) => {
    if (inner.type === "AwaitExpression") found = true;
    return !found;
  });
  return found;
}

/** The iterator is waited for before each turn, so the note is renewed at the end of the body. */
function noteLoop(notes: Notes, node: ForOfStatement): void {
  const note = notes.note(node.start);
  notes.edits.wrap(node.right.start, node.right.end, `(${note}, `, ")");
  if (node.body.type === "BlockStatement") notes.edits.insert(node.body.end - 1, `;${note};`);
}

const MAY_WAIT = new Set([
  ...[
    "CallExpression",
    "NewExpression",
    "TaggedTemplateExpression",
    "ImportExpression",
    "Identifier",
    "MemberExpression",
  ],
  ...["ChainExpression", "ConditionalExpression", "LogicalExpression", "SequenceExpression", "AssignmentExpression"],
]);

/** What an async function returns and what a generator yields is waited for like an await. */
function noteSettled(notes: Notes, value: Node, at: number): void {
  if (MAY_WAIT.has(value.type)) notes.edits.wrap(value.start, value.end, `(${notes.note(at)}, `, ")");
}
