import type { AnyNode, Node } from "acorn";

import { isFunction, walkOwn } from "../walk.ts";
import type { Occurrences } from "./occurrences.ts";

const CANNOT_FAIL = new Set([
  ...[
    "Literal",
    "TemplateLiteral",
    "TemplateElement",
    "ArrayExpression",
    "ObjectExpression",
    "ParenthesizedExpression",
  ],
  ...["LogicalExpression", "ConditionalExpression", "SequenceExpression", "ExpressionStatement", "ReturnStatement"],
  ...["VariableDeclaration", "BlockStatement", "EmptyStatement", "IfStatement", "ForStatement", "WhileStatement"],
  ...["DoWhileStatement", "SwitchStatement", "SwitchCase", "BreakStatement", "ContinueStatement", "LabeledStatement"],
]);

/**
 * Whether running a node can throw: calls, member access, unknown names, anything that is not plain arithmetic on the
 * program's own variables. (Operators that meet an object or a BigInt are taken for plain arithmetic.)
 */
export function mayFail(occurrences: Occurrences, root: Node): boolean {
  if (isFunction(root)) return false;
  let may = false;
  walkOwn([root], (node) => {
    may ||= !isHarmless(occurrences, node);
    return !may;
  });
  return may;
}

function isHarmless(occurrences: Occurrences, node: AnyNode): boolean {
  switch (node.type) {
    case "Identifier":
      return occurrences.labels.has(node) || occurrences.declared.has(node.name);
    case "UnaryExpression":
      return node.operator !== "delete";
    case "BinaryExpression":
      return node.operator !== "in" && node.operator !== "instanceof";
    case "Property":
      return !node.computed;
    case "VariableDeclarator":
      return node.id.type === "Identifier";
    case "AssignmentExpression":
      return isVariable(occurrences, node.left);
    case "UpdateExpression":
      return isVariable(occurrences, node.argument);
    default:
      return CANNOT_FAIL.has(node.type);
  }
}

function isVariable({ constants }: Occurrences, target: Node): boolean {
  return target.type === "Identifier" && !constants.has((target as Node & { name: string }).name);
}
