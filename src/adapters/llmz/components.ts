import type { LlmzContext } from "./types.ts";

/** A component as handlers of LLMz get it: its type in capitals, so that `<message/>` and `<Message/>` are one. */
export interface LlmzComponent {
  readonly __jsx: true;
  readonly type: string;
  readonly props: Record<string, unknown>;
  readonly children: readonly unknown[];
}

/** Gives what was yielded to the function of the context that has its name, in any case. Throws where there is none. */
export async function handleYield(
  context: LlmzContext,
  yielded: unknown,
): Promise<{ value: unknown; answer: unknown }> {
  const value = componentOf(yielded);
  const type = typeof value === "object" && value !== null ? (value as { type?: unknown }).type : undefined;
  if (typeof type !== "string") throw new Error("A yield statement must yield a valid tool");
  const name = Object.keys(context).find((key) => key.toUpperCase() === type.toUpperCase());
  const handler: unknown = name === undefined ? undefined : context[name];
  if (typeof handler !== "function") throw new Error(`Yield tool "${type}", but tool is not found`);
  return { value, answer: await handler(value) };
}

/** The same tree with its elements as LLMz has them. */
function componentOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(componentOf);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, componentOf(member)]));
  return isElement(value) ? { __jsx: true, ...members, type: value.type.toUpperCase() } : members;
}

function isElement(value: object): value is { type: string; props: object; children: unknown[] } {
  const { children, props, type, ...rest } = value as Record<string, unknown>;
  const plain = typeof props === "object" && props !== null && Array.isArray(children);
  return typeof type === "string" && plain && Object.keys(rest).length === 0;
}
