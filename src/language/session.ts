import type { AnyNode, ClassDeclaration, FunctionDeclaration, Node, VariableDeclaration } from "acorn";

import type { Edits } from "./edits.ts";
import { ascii, declarationOf, isDirective, patternNames } from "./names.ts";
import { type ParsedProgram, unusedName } from "./parse.ts";
import { listedStatements, walk, walkOwn } from "./walk.ts";

/**
 * Makes what a program declares at its top level live on: declarations become assignments to the session's scope
 * (guest/scope.js), in which the whole program stands by `with`. To be called before the program's waits are noted.
 */
export function keepDeclarations(program: ParsedProgram, edits: Edits): void {
  const kept = collect(program);
  if (kept.names.size === 0) return;
  const keep: Keep = { program, edits, local: `${unusedName("$own", program.text)}_` };
  enterScope(keep, kept);
  for (const node of kept.functions) edits.insert(node.id.start, keep.local);
  for (const node of kept.classes) edits.wrap(node.start, node.end, `;${ascii(node.id.name)} = `, ";");
  for (const { node, place } of kept.variables) keepVariables(keep, node, place);
}

/**
 * Makes calls of plain names pass no `this`: what is found by `with` would get the scope itself.
 * To be called when all other edits are made.
 */
export function isolateCalls(program: ParsedProgram, returned: Node | undefined, edits: Edits): void {
  const starts = new Set<number>();
  const isolate = (callee: Node) => {
    if (callee.type !== "Identifier" || (callee as AnyNode & { name: string }).name === "eval") return;
    // The bracket must not go on with the statement before it.
    edits.wrap(callee.start, callee.end, starts.has(callee.start) ? ";(0, " : "(0, ", ")");
  };
  const visit = (node: AnyNode): boolean | undefined => {
    if (node.type === "WithStatement") {
      walk([node.object], visit);
      return false;
    }
    for (const { start, type } of listedStatements(node) ?? []) {
      if (type === "ExpressionStatement" && start !== returned?.start) starts.add(start);
    }
    if (node.type === "CallExpression") isolate(node.callee);
    else if (node.type === "TaggedTemplateExpression") isolate(node.tag);
    return undefined;
  };
  walk([programNode(program)], visit);
}

/** The text around a program of a session: names that it does not declare itself are looked for in the scope first. */
export function scopeWrapper({ aidName, watchName }: ParsedProgram): { before: string; after: string } {
  const both = `(${watchName}, ${aidName})`;
  return { before: `(${both} => (() => { with (${aidName}.scope) return `, after: `; })()${both})` };
}

/** Where a declaration stands: among statements, as the only statement of a branch or loop, or in the head of a loop. */
type Place = "listed" | "alone" | "head" | "async of";

interface Kept {
  /** Where each name is declared first. */
  names: Map<string, number>;
  variables: { node: VariableDeclaration; place: Place }[];
  functions: FunctionDeclaration[];
  classes: ClassDeclaration[];
}

interface Keep {
  program: ParsedProgram;
  edits: Edits;
  /** What a function is called inside begins with: a declaration of its own name would hide the scope's. */
  local: string;
}

/** What lives on: all that is declared among the program's own statements, and each `var` of its own function. */
function collect(program: ParsedProgram): Kept {
  const kept: Kept = { names: new Map(), variables: [], functions: [], classes: [] };
  const places = new Map<Node, Place>();
  for (const statement of program.body) {
    const node = declarationOf(statement);
    places.set(node, "listed");
    if (node.type === "FunctionDeclaration" && node.id) kept.functions.push(node as FunctionDeclaration);
    else if (node.type === "ClassDeclaration" && node.id) kept.classes.push(node as ClassDeclaration);
    else if (node.type === "VariableDeclaration" && node.kind !== "var") addVariables(kept, node, "listed");
  }
  for (const { id } of [...kept.functions, ...kept.classes]) addName(kept, id.name, id.start);
  walkOwn(program.body, (node) => {
    for (const statement of listedStatements(node) ?? []) places.set(statement, "listed");
    noteHead(places, node);
    if (node.type === "VariableDeclaration" && node.kind === "var") addVariables(kept, node, places.get(node));
    return undefined;
  });
  return kept;
}

function noteHead(places: Map<Node, Place>, node: AnyNode): void {
  if (node.type === "ForStatement" && node.init) places.set(node.init, "head");
  else if (node.type === "ForInStatement" || node.type === "ForOfStatement") {
    places.set(node.left, node.type === "ForOfStatement" && isNamed(node.left, "async") ? "async of" : "head");
  }
}

function isNamed(left: Node, name: string): boolean {
  const [first] = left.type === "VariableDeclaration" ? (left as VariableDeclaration).declarations : [];
  return first?.id.type === "Identifier" && first.id.name === name;
}

function addVariables(kept: Kept, node: VariableDeclaration, place: Place = "alone"): void {
  const names = node.declarations.flatMap(({ id }) => patternNames(id));
  // Every function has its own `arguments`, and `using` is not a thing to live on.
  if (names.includes("arguments") || !["var", "let", "const"].includes(node.kind)) return;
  for (const name of names) addName(kept, name, node.start);
  kept.variables.push({ node, place });
}

function addName({ names }: Kept, name: string, offset: number): void {
  names.set(name, Math.min(offset, names.get(name) ?? offset));
}

/** Before anything else runs, there is room for each name, and the functions are there. */
function enterScope({ edits, local, program }: Keep, kept: Kept): void {
  const names = [...kept.names].sort(([, a], [, b]) => a - b).map(([name]) => quoted(name));
  const functions = kept.functions.map(({ id: { name } }) => `${quoted(name)}, ${local}${ascii(name)}`).join(", ");
  const enter = `${program.aidName}.enter([${names.join(", ")}], [${functions}]);`;
  const directive = program.body.findLast(isDirective);
  if (directive) edits.wrap(directive.start, directive.end, "", `;${enter}`);
  else edits.insert(program.start - 1, enter);
}

function keepVariables({ edits, program }: Keep, node: VariableDeclaration, place: Place): void {
  edits.blank(node.start, node.start + node.kind.length);
  if (place === "listed" || place === "alone") {
    const end = program.text[node.end - 1] === ";" ? "" : ";";
    edits.wrap(node.start, node.end, place === "listed" ? ";" : "", `${end}${fixed(program, node)}`);
  }
  for (const { id, init } of node.declarations) {
    // Anchored: what fails in the pattern stands at its start (the engine counts from the last space, so there is one).
    if (id.type !== "Identifier" && init) edits.wrap(id.start, init.end, " (", ")", id.start);
    else if (node.kind === "let" && !init) edits.wrap(id.start, id.end, "", " = void 0");
    else if (place === "async of") edits.wrap(id.start, id.end, "(", ")");
  }
}

/** From here on an assignment to a constant throws. */
function fixed({ aidName }: ParsedProgram, { declarations, kind }: VariableDeclaration): string {
  if (kind !== "const") return "";
  const names = declarations.flatMap(({ id }) => patternNames(id));
  return names.length === 0 ? "" : `${aidName}.fix(${names.map(quoted).join(", ")});`;
}

function programNode({ body, end, start }: ParsedProgram): AnyNode {
  return { type: "Program", start, end, body, sourceType: "script" };
}

function quoted(name: string): string {
  return `"${ascii(name)}"`;
}
