import type { AnyNode, Node, Pattern, Property } from "acorn";

import { isFunction, walkOwn } from "./walk.ts";

/** The names that a pattern binds, in source order. */
export function patternNames(pattern: Pattern): string[] {
  const names: string[] = [];
  const stack: (Pattern | Property | null)[] = [pattern];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node?.type === "Identifier") names.push(node.name);
    else if (node?.type === "AssignmentPattern") stack.push(node.left);
    else if (node?.type === "RestElement") stack.push(node.argument);
    else if (node?.type === "ArrayPattern") stack.push(...[...node.elements].reverse());
    else if (node?.type === "Property") stack.push(node.value as unknown as Pattern);
    else if (node?.type === "ObjectPattern") stack.push(...([...node.properties].reverse() as Property[]));
  }
  return names;
}

/** The names that statements declare for their whole function: theirs, and each `var` inside of them. */
export function declaredNames(statements: readonly Node[]): string[] {
  const names = new Set<string>();
  for (const statement of statements) {
    const node = declarationOf(statement);
    if ((node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") && node.id) names.add(node.id.name);
    if (isFunction(node)) continue;
    walkOwn([node], (inner) => {
      if (inner.type !== "VariableDeclaration" || (inner.kind !== "var" && inner !== node)) return undefined;
      for (const { id } of inner.declarations) for (const name of patternNames(id)) names.add(name);
      return undefined;
    });
  }
  return [...names];
}

/** What an `export` exports; any other statement as it is. */
export function declarationOf(statement: Node): AnyNode {
  const node = statement as AnyNode;
  if (node.type !== "ExportNamedDeclaration" && node.type !== "ExportDefaultDeclaration") return node;
  return (node.declaration as AnyNode | null | undefined) ?? node;
}

/** Statements after the directives that stand first. */
export function afterDirectives<T extends Node>(statements: readonly T[]): readonly T[] {
  const first = statements.findIndex((statement) => !isDirective(statement));
  return first < 0 ? [] : statements.slice(first);
}

/** Whether a statement is a directive such as "use strict". */
export function isDirective(statement: Node): boolean {
  return (
    statement.type === "ExpressionStatement" && (statement as Node & { directive?: string }).directive !== undefined
  );
}

/** The text of a function that gives names and, for each, a function that reads it; ASCII only. */
export function readerText(names: readonly string[], mark: (name: string) => string = (name) => name): string {
  return `()=>[${names.map((name) => `"${ascii(mark(name))}",()=>${ascii(name)}`).join(",")}]`;
}

/** What is put into a program must be ASCII, as columns are counted in bytes; escapes mean the same in names and strings. */
export function ascii(name: string): string {
  return name.replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
