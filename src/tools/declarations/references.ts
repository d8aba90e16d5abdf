import { isPlainObject } from "../show.ts";

const MOST_NODES = 20_000;

/** Finds what a local `$ref` points to: `#`, `#/pointer`, `#anchor`, or an `$id` of the same document. Never fetches. */
export type ReferenceFinder = (reference: unknown) => unknown;

/** A finder for one schema document; the index of anchors is made when the first one is asked for. */
export function referenceFinder(root: unknown): ReferenceFinder {
  let named: Map<string, unknown> | undefined;
  return (reference) => {
    if (typeof reference !== "string") return undefined;
    if (reference === "#") return root;
    if (reference.startsWith("#/")) return followPointer(root, reference.slice(2));
    named ??= indexNames(root);
    return named.get(reference);
  };
}

function followPointer(root: unknown, pointer: string): unknown {
  let current = root;
  for (const step of pointer.split("/")) {
    const key = decodeStep(step);
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

function decodeStep(step: string): string {
  const unescaped = (text: string) => text.replace(/~1/g, "/").replace(/~0/g, "~");
  try {
    return unescaped(decodeURIComponent(step));
  } catch {
    return unescaped(step);
  }
}

function indexNames(root: unknown): Map<string, unknown> {
  const named = new Map<string, unknown>();
  const seen = new Set<unknown>();
  const waiting = [root];
  while (waiting.length > 0 && seen.size < MOST_NODES) {
    const node = waiting.pop();
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    if (isPlainObject(node)) addNames(named, node);
    for (const child of Object.values(node)) waiting.push(child);
  }
  return named;
}

function addNames(named: Map<string, unknown>, node: Record<string, unknown>): void {
  if (typeof node.$anchor === "string") named.set(`#${node.$anchor}`, node);
  if (typeof node.$id === "string") named.set(node.$id, node);
}
