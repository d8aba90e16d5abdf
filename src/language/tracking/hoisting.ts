import type { AnyNode, Function as FunctionNode, Node, VariableDeclaration } from "acorn";

import { patternNames } from "../names.ts";
import { firstFrom, type Occurrences } from "./occurrences.ts";

/** A function that declares more functions at its own level is not looked into. */
const MAX_INNER = 16;

interface InnerFunction {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** No call of it stands before this offset. */
  runsFrom: number;
}

/** A function, and the functions that it declares at its own level: they may run before the place where they stand. */
export interface Scope {
  readonly node: FunctionNode;
  readonly inner: readonly InnerFunction[];
}

/** The scope of a function with these statements. */
export function scopeOf({ all }: Occurrences, node: FunctionNode, statements: readonly Node[]): Scope {
  const inner: InnerFunction[] = [];
  for (const statement of statements as readonly AnyNode[]) {
    if (statement.type !== "FunctionDeclaration" || !statement.id) continue;
    const { end, id, start } = statement;
    inner.push({ name: id.name, start, end, runsFrom: Number.POSITIVE_INFINITY });
  }
  const scope = { node, inner };
  if (inner.length > MAX_INNER) return scope;
  for (let changed = true; changed; ) {
    changed = false;
    for (const declared of inner) {
      const from = runsFrom(all, scope, declared.name);
      changed ||= from < declared.runsFrom;
      declared.runsFrom = from;
    }
  }
  return scope;
}

/** The first place where a name is used; what stands in a declared function is used where that may run. */
function runsFrom(all: Occurrences["all"], { inner, node }: Scope, name: string): number {
  let from = Number.POSITIVE_INFINITY;
  let at = firstFrom(all, name, node.start);
  while (at < node.end) {
    const holder = holderOf(inner, at);
    from = Math.min(from, holder ? holder.runsFrom : at);
    if (!holder) break;
    at = firstFrom(all, name, holder.end);
  }
  return from;
}

function holderOf(inner: readonly InnerFunction[], at: number): InnerFunction | undefined {
  return inner.find(({ end, start }) => at >= start && at < end);
}

/**
 * Whether `var` in place of `let` or `const` changes nothing but that the whole function sees the names: nothing that
 * may run before a name has its value uses it, and nothing assigns to a constant.
 */
export function mayBeVar(occurrences: Occurrences, scope: Scope, declaration: VariableDeclaration): boolean {
  if (scope.inner.length > MAX_INNER || (declaration.kind !== "let" && declaration.kind !== "const")) return false;
  return declaration.declarations.every(({ end, id }) =>
    patternNames(id).every((name) => {
      const { functions, written } = occurrences;
      if (occursIn(functions, name, scope.node)) return false;
      if (declaration.kind === "const" && occursIn(written, name, scope.node)) return false;
      return isFirstUsedAfter(occurrences, scope, { name, id, end });
    }),
  );
}

function occursIn(
  map: ReadonlyMap<string, readonly number[]>,
  name: string,
  { end, start }: { start: number; end: number },
): boolean {
  return firstFrom(map, name, start) < end;
}

/** Whether a name occurs once where it is declared and not before. */
function isFirstUsedAfter(
  { all }: Occurrences,
  { inner, node }: Scope,
  declared: { name: string; id: Node; end: number },
): boolean {
  const { end, id, name } = declared;
  if (inner.some((holder) => holder.runsFrom < end && occursIn(all, name, holder))) return false;
  let seen = 0;
  for (let at = firstFrom(all, name, node.start); at < end; ) {
    const holder = holderOf(inner, at);
    if (!holder && (at < id.start || at >= id.end || ++seen > 1)) return false;
    at = firstFrom(all, name, holder ? holder.end : at + 1);
  }
  return seen === 1;
}
