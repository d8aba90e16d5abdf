import type { AnyNode, Function as FunctionNode, Node, Pattern, VariableDeclarator } from "acorn";

import type { Edits } from "./edits.ts";
import type { WithoutExports } from "./modules.ts";
import type { ParsedProgram } from "./parse.ts";
import { isFunction, walk } from "./walk.ts";

/** A mended thing: the sentence, and the offset of what it is about. */
export interface Mend {
  message: string;
  offset: number;
}

/** How a program got its value. */
export interface Returned {
  mends: Mend[];
  /** The program hands over to a generator function, so it must be a generator itself. */
  delegates: boolean;
  /** Nodes beside the statements whose waiting is the program's waiting: the returned expression, called functions. */
  waiting: { returned?: Node; functions: FunctionNode[] };
}

/**
 * Makes the program return its value: what `export default` names, the result of a function that is the whole program
 * or that nothing calls, or the last statement if it is an expression. In a session a declared function may be meant for
 * later: it is not called.
 */
export function returnValue(
  program: ParsedProgram,
  content: WithoutExports,
  edits: Edits,
  { session = false }: { session?: boolean } = {},
): Returned {
  const { dropped } = content;
  const mends = dropped.slice(0, 1).map((offset) => ({ message: droppedExports(dropped.length), offset }));
  const statements = content.statements.filter((node) => node.type !== "EmptyStatement") as AnyNode[];
  const entry = content.default ? defaultEntry(content, content.default) : findEntry(statements, session);
  if (entry) {
    appendEntry(program, entry, edits);
    const functions = entry.called ? [entry.called] : [];
    const delegates = entry.called?.generator === true;
    return { mends: [...mends, { message: entry.message, offset: entry.offset }], delegates, waiting: { functions } };
  }
  const last = statements.at(-1);
  if (last?.type !== "ExpressionStatement") return { mends, delegates: false, waiting: { functions: [] } };
  edits.insert(last.start, "return ", last.start);
  const called = calledFunction(last.expression, statements);
  return { mends, delegates: false, waiting: { returned: last.expression, functions: called ? [called] : [] } };
}

/** The program's function that an expression such as `await main()` or `main().catch(…)` calls. */
function calledFunction(expression: Node, statements: readonly Node[]): FunctionNode | undefined {
  let node = expression as AnyNode;
  for (;;) {
    if (node.type === "AwaitExpression") node = node.argument;
    else if (node.type === "MemberExpression") node = node.object;
    else if (node.type !== "CallExpression") return undefined;
    else if (node.callee.type === "Identifier") return declaredFunction(statements, node.callee.name);
    else if (isFunction(node.callee)) return asFunction(node.callee);
    else node = node.callee;
  }
}

function droppedExports(count: number): string {
  const times = count === 1 ? "" : ` (${count} times)`;
  return `Dropped \`export\`${times}: a program is not a module.`;
}

/** A function or value that is the program's result though no statement says so. */
interface Entry extends Mend {
  /** A name, or undefined for the program's only statement. */
  name?: string;
  expression?: Node;
  called: FunctionNode | undefined;
}

function defaultEntry(
  content: WithoutExports,
  exported: { name: string; value: Node | undefined; offset: number },
): Entry {
  const called = asFunction(exported.value) ?? declaredFunction(content.statements, exported.name);
  const what = called ? "the function is called and its result" : "it";
  return {
    name: exported.name,
    called,
    offset: exported.offset,
    message: `Dropped \`export default\`: ${what} is the value of the program.`,
  };
}

/** The function that is meant to run: the only statement, an uncalled `main` or `run`, or the only declaration. */
function findEntry(statements: readonly AnyNode[], session: boolean): Entry | undefined {
  const code = statements.filter((node) => !(node.type === "ExpressionStatement" && node.directive !== undefined));
  const [only] = code;
  if (code.length === 1 && only?.type === "ExpressionStatement") {
    const called = asFunction(only.expression);
    if (!called) return undefined;
    const message = "The program is a bare function: it is called and its result is the value of the program.";
    return { expression: only.expression, called, offset: only.start, message };
  }
  const declared = session ? undefined : declaredFunctions(code);
  const uncalled = declared && entryFunction(code, declared);
  if (!uncalled) return undefined;
  const message = `Nothing calls \`${uncalled.name}\`: it is called and its result is the value of the program.`;
  return { name: uncalled.name, called: uncalled.node, offset: uncalled.offset, message };
}

interface Declared {
  name: string;
  node: FunctionNode;
  offset: number;
}

/** The functions of a program that only declares; undefined if it does anything else. */
function declaredFunctions(statements: readonly AnyNode[]): Declared[] | undefined {
  const declared: Declared[] = [];
  for (const statement of statements) {
    if (statement.type === "FunctionDeclaration") {
      declared.push({ name: statement.id?.name ?? "", node: statement, offset: statement.start });
    } else if (statement.type === "VariableDeclaration") {
      for (const declarator of statement.declarations) pushDeclarator(declarator, declared);
    } else if (statement.type !== "ClassDeclaration") return undefined;
  }
  return declared;
}

function pushDeclarator(declarator: VariableDeclarator, declared: Declared[]): void {
  const node = asFunction(declarator.init ?? undefined);
  if (node && declarator.id.type === "Identifier") {
    declared.push({ name: declarator.id.name, node, offset: declarator.start });
  }
}

function entryFunction(statements: readonly AnyNode[], declared: readonly Declared[]): Declared | undefined {
  for (const name of ["main", "run"]) {
    const found = declared.find((candidate) => candidate.name === name);
    if (found) return isReferenced(statements, found) ? undefined : found;
  }
  const [single] = declared;
  if (declared.length !== 1 || !single || isReferenced(statements, single)) return undefined;
  const mayRun = single.node.params.every((param) => param.type !== "Identifier" || GLOBALS.has(param.name));
  return mayRun && !doesSomething(statements, single) ? single : undefined;
}

const GLOBALS = new Set(["input", "tools"]);

function isReferenced(statements: readonly AnyNode[], declared: Declared): boolean {
  let found = false;
  walk(statements, (node) => {
    if (node === (declared.node as Node)) return false;
    if (node.type === "VariableDeclarator" && node.init === (declared.node as Node)) return false;
    if (node.type === "Identifier" && node.name === declared.name) found = true;
    return !found;
  });
  return found;
}

/** Whether the declarations beside a function already call or await something: then they are the program. */
function doesSomething(statements: readonly AnyNode[], except: Declared): boolean {
  let found = false;
  walk(statements, (node) => {
    if (node === (except.node as Node)) return false;
    if (["CallExpression", "AwaitExpression", "YieldExpression", "TaggedTemplateExpression"].includes(node.type))
      found = true;
    return !found;
  });
  return found;
}

function asFunction(node: Node | undefined): FunctionNode | undefined {
  return node && isFunction(node) ? (node as unknown as FunctionNode) : undefined;
}

function declaredFunction(statements: readonly Node[], name: string): FunctionNode | undefined {
  for (const statement of statements as readonly AnyNode[]) {
    const found = declaredFunctions([statement])?.find((declared) => declared.name === name);
    if (found) return found.node;
  }
  return undefined;
}

/** Adds the call after the program's last line, or around its only expression. */
function appendEntry(program: ParsedProgram, entry: Entry, edits: Edits): void {
  const keyword = entry.called?.generator ? "return yield* " : "return ";
  const call = entry.called ? `(${entry.called.params.map(argumentFor).join(", ")})` : "";
  if (!entry.expression) {
    edits.insert(program.end + 1, `${keyword}${entry.called ? `(0, ${entry.name})${call}` : entry.name};`);
    return;
  }
  edits.insert(entry.offset, keyword);
  edits.wrap(entry.expression.start, entry.expression.end, "(", `)${call}`);
}

/** Models write `async function main(tools)`: a parameter gets the global of its name, if there is one. */
function argumentFor(param: Pattern): string {
  if (param.type === "AssignmentPattern") return argumentFor(param.left);
  if (param.type === "Identifier") return globalNamed(param.name);
  if (param.type !== "ObjectPattern") return "undefined";
  const names = param.properties.flatMap((property) =>
    property.type === "Property" && property.key.type === "Identifier" && !property.computed ? [property.key.name] : [],
  );
  return `{ ${names.map((name) => `${name}: ${globalNamed(name)}`).join(", ")} }`;
}

function globalNamed(name: string): string {
  return `typeof ${name} === "undefined" ? undefined : ${name}`;
}
