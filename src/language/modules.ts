import type { AnyNode, ExportDefaultDeclaration, ExportNamedDeclaration, Node } from "acorn";

import type { Edits } from "./edits.ts";
import { type ParsedProgram, unusedName } from "./parse.ts";
import { IMPORT_HINT } from "./typescript.ts";
import { isFunction, walk } from "./walk.ts";

/** A syntax that programs cannot use, found in code that parses. */
export interface Refusal {
  message: string;
  offset: number;
  hint?: string;
}

/** What is left of a program after its exports: its statements, and what `export default` named. */
export interface WithoutExports {
  statements: Node[];
  /** The variable or function that `export default` stands for. */
  default?: { name: string; value: Node | undefined; offset: number };
  /** Offsets of the dropped `export` keywords, the default left out. */
  dropped: number[];
}

/** Finds imports, `import.meta` and exports that cannot be dropped; offsets count in the program's text. */
export function refusedModuleSyntax(program: ParsedProgram): Refusal | undefined {
  if (!/\b(?:im|ex)port\b/.test(program.text)) return undefined;
  const top = new Set<Node>(program.body);
  let refusal: Refusal | undefined;
  walk(program.body, (node) => {
    refusal ??= refuse(node, top.has(node));
    return refusal === undefined;
  });
  return refusal;
}

const REEXPORT_HINT =
  "Programs neither import nor export. The tools are there already, as tools.<name>(…); delete the `export … from`.";

function refuse(node: AnyNode, atTop: boolean): Refusal | undefined {
  const at = { offset: node.start };
  if (node.type === "ImportDeclaration")
    return { ...at, message: "Static `import` is not available", hint: IMPORT_HINT };
  if (node.type === "MetaProperty" && node.meta.name === "import") {
    return {
      ...at,
      message: "`import.meta` is not available",
      hint: "A program is not a module; `input` and `tools` are its only surroundings.",
    };
  }
  if (!node.type.startsWith("Export")) return undefined;
  if (node.type === "ExportAllDeclaration" || (node.type === "ExportNamedDeclaration" && node.source)) {
    return { ...at, message: "`export … from` is not available", hint: REEXPORT_HINT };
  }
  return atTop || node.type === "ExportSpecifier"
    ? undefined
    : { ...at, message: "`export` must stand at the top level" };
}

/** Drops `export` from a program, keeping what it exports. */
export function dropExports(program: ParsedProgram, edits: Edits): WithoutExports {
  const result: WithoutExports = { statements: [], dropped: [] };
  for (const statement of program.body as (AnyNode & { start: number })[]) {
    if (statement.type === "ExportNamedDeclaration") dropNamed(statement, edits, result);
    else if (statement.type === "ExportDefaultDeclaration") dropDefault(program, statement, edits, result);
    else result.statements.push(statement);
  }
  return result;
}

function dropNamed(node: ExportNamedDeclaration, edits: Edits, result: WithoutExports): void {
  if (node.declaration) {
    edits.blank(node.start, node.declaration.start);
    result.statements.push(node.declaration);
    result.dropped.push(node.start);
    return;
  }
  dropStatement(node, edits);
  const asDefault = node.specifiers.find((specifier) => nameOf(specifier.exported) === "default");
  if (asDefault) result.default = { name: nameOf(asDefault.local), value: undefined, offset: node.start };
  else result.dropped.push(node.start);
}

/** The semicolon keeps apart what stood before and after the statement. */
function dropStatement(node: Node, edits: Edits): void {
  edits.blank(node.start, node.end);
  edits.insert(node.start, ";");
}

function nameOf(node: Node & { name?: string; value?: unknown }): string {
  return node.name ?? String(node.value);
}

function dropDefault(
  program: ParsedProgram,
  node: ExportDefaultDeclaration,
  edits: Edits,
  result: WithoutExports,
): void {
  const value = node.declaration;
  if (value.type === "Identifier") {
    dropStatement(node, edits);
    result.default = { name: value.name, value: undefined, offset: node.start };
    return;
  }
  edits.blank(node.start, program.text.indexOf("default", node.start) + "default".length);
  const declares = value.type === "FunctionDeclaration" || value.type === "ClassDeclaration";
  const name = (declares && value.id?.name) || unusedName("$default", program.text);
  if (!declares) edits.insert(node.start, `var ${name} =`);
  else if (!value.id) nameDeclaration(program, value, { name, edits });
  if (declares) result.statements.push(value);
  if (value.type === "ClassDeclaration") result.dropped.push(node.start);
  else result.default = { name, value, offset: node.start };
}

/** An anonymous function gets a name before its parameters; an anonymous class becomes a variable's value. */
function nameDeclaration(program: ParsedProgram, value: Node, by: { name: string; edits: Edits }): void {
  if (!isFunction(value)) {
    by.edits.wrap(value.start, value.end, `var ${by.name} = `, ";");
    return;
  }
  const head = /^(?:async\s+)?function\s*\*?/.exec(program.text.slice(value.start, value.end));
  by.edits.insert(value.start + (head?.[0].length ?? 0), ` ${by.name}`);
}
