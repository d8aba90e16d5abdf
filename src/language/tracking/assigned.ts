import type { AnyNode, CallExpression, Expression, Node, Pattern, SpreadElement } from "acorn";
import { patternNames } from "../names.ts";
import type { ParsedProgram } from "../parse.ts";
import { mapStack, type Positions } from "../positions.ts";
import { walk } from "../walk.ts";

/** Where a call stands and what its result is assigned to. Calls without that are kept where one could be taken for the other. */
export interface AssignedCall {
  readonly from: Place;
  readonly until: Place;
  /** The last name of what is called, such as `tools.github.list`; absent if it is computed. */
  readonly callee?: string;
  /** Names joined by ", ". */
  readonly to?: string;
}

type Place = readonly [line: number, column: number];

/**
 * The variables that the result of a call goes into: `stack` is where the call was made, `tool` its tool's name.
 * Undefined if there are none, or if more than one call could be meant.
 */
export function assignedTo(
  prepared: { positions: Positions; assigned?: readonly AssignedCall[] },
  stack: string,
  tool: string,
): string | undefined {
  if (!prepared.assigned) return undefined;
  const { column, line } = mapStack(prepared, stack);
  if (line === undefined) return undefined;
  const name = plainName(tool.slice(tool.lastIndexOf(".") + 1));
  const meant = prepared.assigned.filter(
    ({ callee, from, until }) =>
      (callee === undefined || plainName(callee) === name) && isWithin({ from, until }, line, column),
  );
  // In source order: the innermost of those around one place comes last.
  return column === undefined && meant.length > 1 ? undefined : meant.at(-1)?.to;
}

/** A tool's name has aliases in other spellings. */
const plainName = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

function isWithin({ from, until }: { from: Place; until: Place }, line: number, column?: number): boolean {
  if (line < from[0] || line > until[0]) return false;
  if (column === undefined) return true;
  return (line > from[0] || column >= from[1]) && (line < until[0] || column <= until[1]);
}

/** Finds the calls whose results are assigned: `const x = await f()`, `[a, b] = await Promise.all([f(), g()])`. */
export function assignedCalls(program: ParsedProgram, place: (offset: number) => Place): AssignedCall[] {
  const targets = new Map<Node, string>();
  const calls: CallExpression[] = [];
  walk(program.body, (node) => {
    if (node.type === "VariableDeclarator" && node.init) assign(targets, node.id, node.init);
    else if (node.type === "AssignmentExpression" && ASSIGNING.has(node.operator)) {
      assign(targets, node.left as Pattern, node.right);
    } else if (node.type === "CallExpression") calls.push(node);
    return undefined;
  });
  const callees = new Set([...targets.keys()].map((call) => calleeOf(call as CallExpression)));
  return calls
    .filter((call) => callees.has(calleeOf(call)))
    .map((call) => {
      const [callee, to] = [calleeOf(call), targets.get(call)];
      const range = { from: place(call.start), until: place(call.end) };
      return { ...range, ...(callee !== undefined && { callee }), ...(to !== undefined && { to }) };
    });
}

const ASSIGNING = new Set(["=", "??=", "||=", "&&="]);

function assign(targets: Map<Node, string>, target: Pattern, from: Node): void {
  const to = patternNames(target).join(", ");
  if (to === "") return;
  for (const value of valuesOf(from as AnyNode)) {
    if (value.type !== "CallExpression") continue;
    const together = target.type === "ArrayPattern" ? joinedBy(value) : undefined;
    if (together && target.type === "ArrayPattern") assignEach(targets, target.elements, together);
    else targets.set(value, to);
  }
}

function assignEach(
  targets: Map<Node, string>,
  elements: readonly (Pattern | null)[],
  values: readonly (Expression | SpreadElement | null)[],
): void {
  for (const [index, element] of elements.entries()) {
    const value = values[index];
    if (!value || value.type === "SpreadElement" || element?.type === "RestElement") return;
    if (element) assign(targets, element, value);
  }
}

/** What an expression can give as its value without changing it. */
function valuesOf(root: AnyNode): AnyNode[] {
  const values: AnyNode[] = [];
  const stack: Node[] = [root];
  for (let node = stack.pop() as AnyNode | undefined; node; node = stack.pop() as AnyNode | undefined) {
    if (node.type === "AwaitExpression") stack.push(node.argument);
    else if (node.type === "ChainExpression") stack.push(node.expression);
    else if (node.type === "LogicalExpression") stack.push(node.left, node.right);
    else if (node.type === "ConditionalExpression") stack.push(node.consequent, node.alternate);
    else values.push(node);
  }
  return values;
}

/** The members of a list that `Promise.all` or `allSettled` waits for. */
function joinedBy({
  arguments: args,
  callee,
}: CallExpression): readonly (Expression | SpreadElement | null)[] | undefined {
  const [list] = args;
  const isPromise =
    callee.type === "MemberExpression" && callee.object.type === "Identifier" && callee.object.name === "Promise";
  const joins = isPromise && callee.property.type === "Identifier" && /^all(?:Settled)?$/.test(callee.property.name);
  return joins && list?.type === "ArrayExpression" ? list.elements : undefined;
}

function calleeOf({ callee }: CallExpression): string | undefined {
  if (callee.type === "Identifier") return callee.name;
  if (callee.type !== "MemberExpression") return undefined;
  if (!callee.computed) return callee.property.type === "Identifier" ? callee.property.name : undefined;
  return callee.property.type === "Literal" ? String(callee.property.value) : undefined;
}
