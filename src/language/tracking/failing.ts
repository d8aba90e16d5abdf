import type { AnyNode, ArrowFunctionExpression, Function as FunctionNode, Node, VariableDeclaration } from "acorn";

import type { Edits } from "../edits.ts";
import { afterDirectives, declaredNames, patternNames, readerText } from "../names.ts";
import type { ParsedProgram } from "../parse.ts";
import { mayFail } from "./effects.ts";
import { mayBeVar, scopeOf } from "./hoisting.ts";
import type { Occurrences } from "./occurrences.ts";

/** A function gets this many `try` at most; what follows them is not watched. */
const MAX_PARTS = 20;
/** Before the name of a variable that has `undefined` as long as it has no value yet. */
const MAYBE_UNSET = "?";

/** What watching needs: names that occur nowhere in the program, for the helpers and for what is caught. */
export interface FunctionWatch {
  readonly program: ParsedProgram;
  readonly edits: Edits;
  readonly occurrences: Occurrences;
  readonly errorName: string;
}

/**
 * Makes a function that has variables hand over a reader of them when an error leaves it, at no cost but that of a `try`
 * as long as none does. Gets the functions of a program with the outer ones first.
 */
export function watchFunction(watch: FunctionWatch, node: FunctionNode): void {
  const { body } = node;
  if (body.type === "BlockStatement") watchBody(watch, node, body.body);
  else watchExpression(watch, node as ArrowFunctionExpression);
}

function parameterNames(node: FunctionNode): string[] {
  return node.params.flatMap(patternNames);
}

/** `failed` takes which function it was, too: a thrown text or number has no identity of its own. */
function catchText({ errorName, program }: FunctionWatch, node: FunctionNode, reader: string): string {
  return `} catch (${errorName}) { throw ${program.aidName}.failed(${errorName},${node.start},${reader}) }`;
}

/** `x => f(x)` becomes `x => { try { return (f(x)) } catch … }`. */
function watchExpression(watch: FunctionWatch, node: ArrowFunctionExpression): void {
  const names = parameterNames(node);
  if (names.length === 0 || !mayFail(watch.occurrences, node.body)) return;
  const start = afterArrow(watch.program.text, node);
  watch.edits.wrap(start, node.end, " { try { return (", `) ${catchText(watch, node, readerText(names))} }`);
}

/** The offset after `=>`; only comments and brackets can stand between that and the last parameter. */
function afterArrow(text: string, node: ArrowFunctionExpression): number {
  const pattern = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|=>/g;
  pattern.lastIndex = node.params.at(-1)?.end ?? node.start;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[0] === "=>") return pattern.lastIndex;
  }
  throw new Error("an arrow function without its arrow");
}

interface Part {
  start: number;
  end: number;
  failing: boolean;
}

/**
 * Puts the statements into `try`. What must stay at the function's own level stays outside: functions, classes, and
 * variables that cannot become `var`. All others do, so that a `catch` sees them.
 */
function watchBody(watch: FunctionWatch, node: FunctionNode, body: readonly Node[]): void {
  const statements = afterDirectives(body) as readonly AnyNode[];
  const names = [...new Set([...parameterNames(node), ...declaredNames(statements)])];
  if (names.length === 0) return;
  const { lifted, parts } = split(watch, node, statements);
  if (parts.length === 0) return;
  const unset = new Set(lifted.flatMap(({ declarations }) => declarations.flatMap(({ id }) => patternNames(id))));
  const ordered = [...names.filter((name) => !unset.has(name)), ...unset];
  const reader = readerText(ordered, (name) => (unset.has(name) ? MAYBE_UNSET + name : name));
  for (const { end, start } of parts) watch.edits.wrap(start, end, "try { ", ` ${catchText(watch, node, reader)}`);
  for (const { kind, start } of lifted) watch.edits.replace(start, "var".padEnd(kind.length));
}

function split(
  { occurrences }: FunctionWatch,
  node: FunctionNode,
  statements: readonly AnyNode[],
): { parts: Part[]; lifted: VariableDeclaration[] } {
  const scope = scopeOf(occurrences, node, statements);
  // Code in an `eval` can use any name.
  const closed = !occurrences.all.has("eval");
  const lifted: VariableDeclaration[] = [];
  const parts: Part[] = [];
  let part: Part | undefined;
  for (const statement of statements) {
    const lexical = statement.type === "VariableDeclaration" && statement.kind !== "var";
    const liftable = lexical && closed && mayBeVar(occurrences, scope, statement);
    if (liftable) lifted.push(statement);
    if (staysOutside(statement) || (lexical && !liftable)) part = undefined;
    else {
      if (!part) {
        part = { start: statement.start, end: statement.end, failing: false };
        parts.push(part);
      }
      part.end = statement.end;
      part.failing ||= mayFail(occurrences, statement);
    }
  }
  return { lifted, parts: parts.filter(({ failing }) => failing).slice(0, MAX_PARTS) };
}

function staysOutside(statement: AnyNode): boolean {
  let node = statement;
  while (node.type === "LabeledStatement") node = node.body as AnyNode;
  return node.type === "FunctionDeclaration" || node.type === "ClassDeclaration";
}
