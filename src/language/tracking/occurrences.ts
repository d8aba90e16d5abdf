import type { AnyNode, Function as FunctionNode, Node, Pattern } from "acorn";
import { patternNames } from "../names.ts";
import type { ParsedProgram } from "../parse.ts";
import { isFunction, walk } from "../walk.ts";

/** Where each name occurs in a program, whatever it is bound to. Offsets are in source order. */
export interface Occurrences {
  all: Map<string, number[]>;
  /** Where a name is assigned to, a declaration's own value apart. */
  written: Map<string, number[]>;
  /** Names of function declarations. */
  functions: Map<string, number[]>;
  /** Everything that some declaration or parameter of the program binds, and what of it is constant. */
  declared: Set<string>;
  constants: Set<string>;
  /** Identifiers that are no variables: members, keys, labels. */
  labels: Set<Node>;
}

/** Finds all names of a program in one walk. */
export function occurrencesOf(program: ParsedProgram): Occurrences {
  const found: Occurrences = {
    all: new Map(),
    written: new Map(),
    functions: new Map(),
    declared: new Set(),
    constants: new Set(),
    labels: new Set(),
  };
  walk(program.body, (node) => {
    noteLabels(found, node);
    noteBindings(found, node);
    noteWrites(found, node);
    if (node.type === "Identifier" && !found.labels.has(node)) add(found.all, node.name, node.start);
    return undefined;
  });
  for (const map of [found.all, found.written, found.functions]) {
    for (const offsets of map.values()) offsets.sort((a, b) => a - b);
  }
  return found;
}

/** The first occurrence of a name from an offset on; Infinity if there is none. */
export function firstFrom(map: ReadonlyMap<string, readonly number[]>, name: string, offset: number): number {
  const offsets = map.get(name) ?? [];
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return offsets[low] ?? Number.POSITIVE_INFINITY;
}

function add(map: Map<string, number[]>, name: string, offset: number): void {
  const offsets = map.get(name);
  if (!offsets) map.set(name, [offset]);
  // `{ a }` is a key and a name in one place.
  else if (offsets.at(-1) !== offset) offsets.push(offset);
}

function noteLabels({ labels }: Occurrences, node: AnyNode): void {
  switch (node.type) {
    case "MemberExpression":
      if (!node.computed) labels.add(node.property);
      return;
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      if (!node.computed) labels.add(node.key);
      return;
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      if (node.label) labels.add(node.label);
      return;
    case "MetaProperty":
      labels.add(node.meta).add(node.property);
  }
}

function noteBindings({ constants, declared, functions }: Occurrences, node: AnyNode): void {
  for (const pattern of boundBy(node)) {
    for (const name of patternNames(pattern)) {
      declared.add(name);
      if (node.type === "VariableDeclaration" && node.kind === "const") constants.add(name);
    }
  }
  if (node.type === "FunctionDeclaration" && node.id) {
    declared.add(node.id.name);
    add(functions, node.id.name, node.id.start);
  }
}

function boundBy(node: AnyNode): readonly Pattern[] {
  if (node.type === "VariableDeclaration") return node.declarations.map(({ id }) => id);
  if (node.type === "CatchClause") return node.param ? [node.param] : [];
  return isFunction(node) ? (node as FunctionNode).params : [];
}

function noteWrites({ written }: Occurrences, node: AnyNode): void {
  let target: Node | undefined;
  if (node.type === "AssignmentExpression") target = node.left;
  else if (node.type === "UpdateExpression") target = node.argument;
  else if (node.type === "ForOfStatement" || node.type === "ForInStatement") target = node.left;
  if (target) for (const name of patternNames(target as Pattern)) add(written, name, target.start);
}
