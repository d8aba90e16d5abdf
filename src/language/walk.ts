import type { AnyNode, Node } from "acorn";

/**
 * Visits a tree in source order, parents first; `visit` returns false to leave a node's children out.
 * Keeps its own stack: long chains nest deeper than the host's stack holds.
 */
export function walk(roots: readonly Node[], visit: (node: AnyNode) => boolean | undefined): void {
  const stack: Node[] = [...roots].reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (visit(node as AnyNode) === false) continue;
    const children = childrenOf(node);
    for (let index = children.length - 1; index >= 0; index--) stack.push(children[index] as Node);
  }
}

/** As `walk`, without the inside of nested functions, class fields and static blocks: what runs in the program's own function. */
export function walkOwn(roots: readonly Node[], visit: (node: AnyNode) => boolean | undefined): void {
  walk(roots, (node) => {
    if (isFunction(node) || node.type === "StaticBlock") return false;
    if (visit(node) === false) return false;
    if (node.type === "PropertyDefinition") {
      if (node.computed) walkOwn([node.key], visit);
      return false;
    }
    return undefined;
  });
}

/** Whether a node is a function of any kind. */
export function isFunction(node: Node): boolean {
  return (
    node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"
  );
}

/** The statements that follow each other in a node; undefined where it has no list of them. */
export function listedStatements(node: AnyNode): readonly Node[] | undefined {
  if (node.type === "BlockStatement" || node.type === "StaticBlock" || node.type === "Program") return node.body;
  return node.type === "SwitchCase" ? node.consequent : undefined;
}

/** The statements of a node that stand where only one may: branches, bodies of loops. */
export function loneStatements(node: AnyNode): readonly Node[] {
  switch (node.type) {
    case "IfStatement":
      return node.alternate ? [node.consequent, node.alternate] : [node.consequent];
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
      return [node.body];
    default:
      return NONE;
  }
}

const NONE: readonly Node[] = [];

function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) children.push(item);
    } else if (isNode(value)) children.push(value);
  }
  return children;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}
