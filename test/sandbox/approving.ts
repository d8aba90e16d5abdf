import { z } from "zod";
import { defineTool, type ToolTree } from "../../src/index.ts";

/** A tool that refunds and remembers what it refunded. */
export function refunds(
  options: { approval?: boolean | ((input: Refund) => boolean | Promise<boolean>); expiresMs?: number } = {},
): { done: Refund[]; tools: ToolTree } {
  const done: Refund[] = [];
  const refund = defineTool({
    input: z.object({ order: z.string(), amount: z.number().positive() }),
    approval: true,
    ...options,
    run: (input: Refund) => {
      done.push(input);
      return `refunded ${input.amount}`;
    },
  });
  return { done, tools: { refund } as ToolTree };
}

export type Refund = { order: string; amount: number };

/** A program that asks for a refund. */
export const SOURCE =
  "try { return await tools.refund({ order: 'A1', amount: 50 }) } catch (e) { return [e.code, e.message] }";
