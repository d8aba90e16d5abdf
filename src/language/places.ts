import type { AnyNode, Class, Node, VariableDeclaration } from "acorn";

import type { Edits } from "./edits.ts";
import { lineIndex, lineStarts } from "./lines.ts";
import type { ParsedProgram } from "./parse.ts";
import type { Positions } from "./positions.ts";
import { isFunction, listedStatements, loneStatements, walk, walkOwn } from "./walk.ts";

/** Places that the engine does not tell as they are. */
export type Places = Required<Pick<Positions, "constructors" | "imports">>;

/** Makes the engine note where destructuring, loops and error constructors stand, and finds the places that it cannot note. */
export function notePlaces(program: ParsedProgram, edits: Edits): Places {
  const places: Places = { constructors: [], imports: [] };
  const notes: Notes = {
    program,
    edits,
    starts: lineStarts(program.text),
    errorClasses: new Set(),
    names: new Map(),
    places,
  };
  for (const statement of program.body) noteStatement(notes, statement, false);
  walk(program.body, (node) => {
    noteChildren(notes, node);
    return undefined;
  });
  return places;
}

interface Notes {
  program: ParsedProgram;
  edits: Edits;
  starts: readonly number[];
  errorClasses: Set<string>;
  /** Names that classes without an own name have by their variables. */
  names: Map<Node, string>;
  places: Places;
}

function noteChildren(notes: Notes, node: AnyNode): void {
  for (const statement of listedStatements(node) ?? []) noteStatement(notes, statement, false);
  for (const statement of loneStatements(node)) noteStatement(notes, statement, true);
  switch (node.type) {
    case "VariableDeclaration":
      noteLaterPatterns(notes, node);
      return;
    case "VariableDeclarator":
      if (node.id.type === "Identifier" && node.init?.type === "ClassExpression")
        nameErrorClass(notes, node.id.name, node.init);
      return;
    case "ClassDeclaration":
    case "ClassExpression":
      noteErrorClass(notes, node);
      return;
    case "ImportExpression":
      noteImport(notes, node.start, literalOf(node.source));
  }
}

/**
 * The engine notes no place for a pattern or the head of a loop, but does so for each statement that is an expression:
 * `0;` before it (the engine counts from the last space, so there is one), in a block of their own where only one statement may stand.
 */
function noteStatement(notes: Notes, statement: Node, alone: boolean): void {
  let node = statement as AnyNode;
  if (node.type === "ExportNamedDeclaration" && node.declaration) node = node.declaration as AnyNode;
  const start = node.start;
  while (node.type === "LabeledStatement") node = node.body as AnyNode;
  const subject = subjectOf(node);
  if (!subject) return;
  const anchor = lineOf(notes, start) === lineOf(notes, subject.start) ? subject.start : start;
  if (alone) notes.edits.wrap(start, statement.end, "{ 0;", "}", anchor);
  else notes.edits.insert(start, " 0;", anchor);
}

/** The part of a statement that fails without a place: what a loop goes through, or the first pattern. */
function subjectOf(node: AnyNode): Node | undefined {
  if (node.type === "ForOfStatement" || node.type === "ForInStatement") return node.right;
  if (node.type !== "VariableDeclaration") return undefined;
  return node.declarations.find(({ id }) => id.type !== "Identifier")?.id;
}

/** The program's lines are the author's. */
function lineOf({ starts }: Notes, offset: number): number {
  return lineIndex(starts, offset) + 1;
}

/** `const a = f(), { b } = a`: an empty pattern before the pattern notes its place. */
function noteLaterPatterns({ program, edits }: Notes, node: VariableDeclaration): void {
  for (const { id } of node.declarations.slice(1)) {
    if (id.type !== "Identifier") edits.insert(id.start, `{} = ${program.lineName}, `, id.start);
  }
}

function nameErrorClass(notes: Notes, name: string, node: Class): void {
  if (makesErrors(notes, node)) notes.errorClasses.add(name);
  if (!node.id) notes.names.set(node, name);
}

/** The parent's name tells whether a class is one of errors. */
function makesErrors({ errorClasses }: Notes, { superClass }: Class): boolean {
  const parent = superClass ? nameOf(superClass as AnyNode) : undefined;
  return parent !== undefined && (/(?:Error|Exception)$/.test(parent) || errorClasses.has(parent));
}

function nameOf(node: AnyNode): string | undefined {
  if (node.type === "Identifier") return node.name;
  return node.type === "MemberExpression" && node.property.type === "Identifier" ? node.property.name : undefined;
}

/** Where `super(…)` is called the engine notes its last argument: it gets an own note, so that failing arguments differ. */
function noteErrorClass(notes: Notes, node: Class): void {
  if (!makesErrors(notes, node)) return;
  if (node.id) notes.errorClasses.add(node.id.name);
  const made = node.body.body.find((member) => member.type === "MethodDefinition" && member.kind === "constructor");
  if (made?.type !== "MethodDefinition") {
    const implicit = node.id?.name ?? notes.names.get(node);
    if (implicit !== undefined) notes.places.constructors.push({ line: lineOf(notes, node.end - 1), implicit });
    return;
  }
  walkOwn([made.value.body], (inner) => {
    if (inner.type === "CallExpression" && inner.callee.type === "Super") noteSuper(notes, inner);
    return undefined;
  });
}

function noteSuper(notes: Notes, call: AnyNode & { type: "CallExpression" }): void {
  const { edits, program } = notes;
  const last = call.arguments.at(-1);
  const value = last?.type === "SpreadElement" ? last.argument : last;
  if (value && isFunction(value)) return;
  if (value) edits.wrap(value.start, value.end, "[", `, ${program.lineName}][0]`);
  else edits.insert(call.end - 1, `...(${program.lineName}, [])`);
  notes.places.constructors.push({ line: lineOf(notes, value?.end ?? call.end - 1) });
}

function noteImport(notes: Notes, offset: number, name: string | undefined): void {
  notes.places.imports.push({ line: lineOf(notes, offset), ...(name !== undefined && { name }) });
}

function literalOf(node: Node): string | undefined {
  const { type, value } = node as AnyNode & { value?: unknown };
  return type === "Literal" && typeof value === "string" ? value : undefined;
}
